"""The package as it is published: built, compared, installed, and looked at by type checkers. What the tests share.

    python -m tests.lab.package [--audit]

prints the hashes of two builds, what the wheel holds, its score with pyright, and the licences of what is required or
an extra; ``--audit`` asks pip-audit about each of these too, and fails if it cannot look one up.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import distribution
from pathlib import Path
from zipfile import ZipFile

from packaging.requirements import Requirement

from tests.frontends import ROOT
from tests.inherited import inherited
from tests.lowest import PROJECT

EXTRAS = ("cli", "metrics", "zstd", "docs")
"""All extras but the one for tests, which stays on developers' machines."""

LICENCES = Path(__file__).with_name("licences.toml")
STUBS = ("types-WebOb", "types-netaddr")
BIN = Path(sys.prefix, "bin")


def copy_sources(folder: Path) -> Path:
    """Copy what git has of the checkout."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():  # not one that is being removed
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def build(sources: Path, output: Path, umask: int = 0o022) -> dict[str, Path]:
    """Build the two archives, with the tool that pyproject names; by their kinds."""
    tool = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", str(output)]
    environ = {name: text for name, text in inherited().items() if name != "SOURCE_DATE_EPOCH"}
    subprocess.run(tool, cwd=sources, env=environ, check=True, capture_output=True, umask=umask)
    return {"sdist": next(output.glob("*.tar.gz")), "wheel": next(output.glob("*.whl"))}


def touch(folder: Path, time: float) -> Path:
    """Make all files as old as another checkout's would be."""
    for path in folder.rglob("*"):
        os.utime(path, (time, time))
    return folder


def unpack(sdist: Path, folder: Path) -> Path:
    """Unpack an sdist; returns the one folder that it holds."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.iterdir())


def digest(archive: Path) -> str:
    return hashlib.sha256(archive.read_bytes()).hexdigest()


def names(wheel: Path) -> list[str]:
    return ZipFile(wheel).namelist()


def install(wheel: Path, folder: Path) -> Path:
    """Install a wheel as a user does who checks types; returns the environment."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "--python", str(folder / "bin/python")]
    subprocess.run([*pip, "install", "--no-compile", f"{wheel}[metrics]", *STUBS, "waitress", "click"], check=True)
    return folder


def pyright(environment: Path, folder: Path, *arguments: str) -> dict[str, object]:
    """Run pyright with an environment's packages, in a folder; returns what it reports."""
    path = f"{environment / 'bin'}:{os.environ['PATH']}"
    tool = [str(BIN / "pyright"), "--outputjson", *arguments]
    ran = subprocess.run(tool, cwd=folder, env=inherited(PATH=path), capture_output=True, text=True, check=False)
    report: dict[str, object] = json.loads(ran.stdout)
    return report


def completeness(report: Mapping[str, object]) -> tuple[float, list[str]]:
    """Return pyright's score, and the symbols that have no known type."""
    whole = report["typeCompleteness"]
    assert isinstance(whole, dict)
    lacking = [each["name"] for each in whole["symbols"] if each["isExported"] and not each["isTypeKnown"]]
    return whole["completenessScore"], lacking


def requirements(extras: Iterable[str] = EXTRAS) -> dict[str, str]:
    """Return what is required or comes with the extras, and what these require: the licence that each names."""
    pending = [PROJECT["dependencies"], *(PROJECT["optional-dependencies"][extra] for extra in extras)]
    needed = [Requirement(text) for texts in pending for text in texts]
    return dict(sorted(_follow(needed)))


def _follow(needed: list[Requirement]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    while needed:
        requirement = needed.pop()
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if name in seen or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        seen.add(name)
        needed += [Requirement(text) for text in distribution(name).requires or ()]
        yield name, licence(name)


def licence(name: str) -> str:
    """Return the licence that an installed distribution names: its expression, its classifiers or its one line."""
    about = distribution(name).metadata
    if "License-Expression" in about:
        return about["License-Expression"]
    classifiers = [text.split(" :: ")[-1] for text in about.get_all("Classifier", []) if text.startswith("License ::")]
    return ", ".join(sorted(classifiers)) or about["License"].split("\n")[0]


def recorded_licences() -> dict[str, str]:
    recorded: dict[str, str] = tomllib.loads(LICENCES.read_text())["licences"]
    return recorded


def audit() -> int:
    """Ask pip-audit for known vulnerabilities; without its database it fails, since nothing was looked up."""
    pinned = "".join(f"{name}=={distribution(name).version}\n" for name in requirements())
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(pinned)
        file.flush()
        tool = [sys.executable, "-m", "pip_audit", "--strict", "--no-deps", "--disable-pip", "-r", file.name]
        return subprocess.run(tool, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the package twice, and look at what was built.")
    parser.add_argument("--audit", action="store_true", help="ask pip-audit about known vulnerabilities too")
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = build(ROOT, folder / "first")
        second = build(touch(copy_sources(folder / "copy"), 1_000_000_000), folder / "second", umask=0o077)
        for kind, archive in first.items():
            print(f"{kind}: {digest(archive)} {'twice' if digest(archive) == digest(second[kind]) else 'ONCE'}")
        outside = [path for path in names(first["wheel"]) if not path.startswith("xmlrpc_guard/")]
        print(f"wheel: {len(names(first['wheel']))} files; outside the package {', '.join(outside)}")
        environment = install(first["wheel"], folder / "environment")
        report = pyright(environment, folder, "--verifytypes", "xmlrpc_guard", "--ignoreexternal")
        print("pyright --verifytypes: {:.1%} {}".format(*completeness(report)))
    for name, terms in requirements().items():
        print(f"{name}: {terms}")
    return audit() if flags.audit else 0


if __name__ == "__main__":
    sys.exit(main())
