"""Run the suite on a CPython that this machine's Debian lacks, from a newer suite of the same mirror.

    python -m tests.lab.python314 [--python 3.14] [--suite forky] [-- ARGUMENTS OF PYTEST]

By root, on Debian; nothing is installed here. apt-get downloads the interpreter and what its programs need, with a
state of its own, they are unpacked into a temporary folder, and the suite runs with that as its root. What the suite
needs of PyPI comes by pip, in a virtual environment there. The servers of a site are not in it, so that their tests are
skipped, as the lab's are. The exit status is pytest's.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from tests.inherited import inherited
from tests.lab.package import copy_sources

T = TypeVar("T")
MIRROR = "http://deb.debian.org/debian"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
PROGRAMS = ("bash", "dash", "coreutils", "findutils", "grep", "sed", "git", "curl", "openssl", "procps", "libstdc++6")
"""What tests run beside Python."""
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
ACCOUNTS = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
GROUPS = "root:x:0:\nnogroup:x:65534:\n"
SUITE = ("-q", "-n", "2", "-p", "no:cacheprovider", "--hypothesis-profile", "quick", "-m", "not lab")
# A mount namespace of its own, so that nothing stays mounted; and a loopback, where the suite runs.
INSIDE = """
mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/tmp" || exit
exec chroot "$0" /usr/bin/env -i --chdir=/checkout \
    PATH=/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8 PIP_DISABLE_PIP_VERSION_CHECK=1 "$@"
"""
ALONE = 'ip link set lo up && exec sh -c "$0" "$@"'
APT = """
Dir::State "{folder}"; Dir::State::status "{folder}/status"; Dir::Cache "{folder}"; Dir::Log "{folder}";
Dir::Etc::sourcelist "{folder}/sources.list"; Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null"; Dir::Etc::preferencesparts "/dev/null";
APT::Install-Recommends "false"; APT::Sandbox::User "root"; Acquire::Languages "none"; quiet "2";
"""


def download(folder: Path, suite: str, python: str) -> list[Path]:
    """Download an interpreter and all that it needs; returns the packages."""
    for name in ("lists", "archives"):
        (folder / name / "partial").mkdir(parents=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text(f"deb [signed-by={KEYRING}] {MIRROR} {suite} main\n")
    settings = folder / "apt.conf"
    settings.write_text(APT.format(folder=folder))
    wanted = (f"python{python}-venv", *PROGRAMS, "ca-certificates", "tzdata", "netbase")
    for command in (("update",), ("install", "--yes", "--download-only", *wanted)):
        subprocess.run(["apt-get", *command], env=inherited(APT_CONFIG=str(settings)), check=True)
    return sorted((folder / "archives").glob("*.deb"))


def unpack(packages: Sequence[Path], root: Path) -> None:
    """Unpack packages without their scripts, and write the few files that these would have made."""
    for package in packages:
        subprocess.run(["dpkg-deb", "-x", package, root], check=True)
    for name, text in {"passwd": ACCOUNTS, "group": GROUPS, "hosts": "127.0.0.1 localhost\n::1 localhost\n"}.items():
        (root / "etc" / name).write_text(text)
    shutil.copy(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
    shutil.copy("/etc/resolv.conf", root / "etc")


def run_inside(root: Path, *command: str, alone: bool = False) -> int:
    """Run a command in the checkout, with a folder as its root; ``alone`` without any network but a loopback."""
    shell = ("--net", "sh", "-c", ALONE) if alone else ("sh", "-c")
    return subprocess.run(["unshare", "--mount", *shell, INSIDE, str(root), *command], check=False).returncode


def run_suite(folder: Path, suite: str, python: str, arguments: Sequence[str]) -> int:
    root = folder / "root"
    root.mkdir()
    unpack(_timed("packages of Debian", lambda: download(folder / "apt", suite, python)), root)
    copy_sources(root / "checkout")
    install = f"python{python} -m venv /v && /v/bin/pip install -q --no-compile '.[test]' && /v/bin/python -VV"
    if status := _timed("packages of PyPI", lambda: run_inside(root, "sh", "-c", install)):
        return status
    return _timed("the suite", lambda: run_inside(root, "/v/bin/python", "-m", "pytest", *arguments, alone=True))


def _timed(title: str, work: Callable[[], T]) -> T:
    """Work, and print how long it took, with the seconds of a processor."""
    start, before = perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    result = work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"-- {title}: {perf_counter() - start:.0f} s, {used:.0f} of a processor", flush=True)
    return result


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.python314", description="The suite on another CPython.")
    parser.add_argument("--python", default="3.14", help="its version (%(default)s)")
    parser.add_argument("--suite", default="forky", help="the suite of Debian that has it (%(default)s)")
    parser.add_argument("arguments", nargs="*", default=SUITE, help="of pytest, after --")
    flags = parser.parse_args()
    if os.geteuid() or not shutil.which("apt-get") or not shutil.which("unshare"):
        parser.error("this needs root on Debian, for apt-get, chroot and unshare")
    with tempfile.TemporaryDirectory(prefix="python314-") as folder:
        return run_suite(Path(folder), flags.suite, flags.python, flags.arguments)


if __name__ == "__main__":
    sys.exit(main())
