"""A server's own test of a rule, before the rule takes its place.

Twice: alone in a small configuration, so that a rule that cannot be read fails even where nothing includes its file
yet; and in its place in a copy of the server's configuration, where the server has one that holds that place.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from xmlrpc_guard.render.frontends import find_frontends
from xmlrpc_guard.render.gaps import find_gaps
from xmlrpc_guard.render.limits import APACHE, CADDY, HAPROXY, NGINX
from xmlrpc_guard.render.routes import find_unguarded

SECONDS = 120
"""How long a server may take for a test: lists of a million entries take some."""


class TrialError(Exception):
    """A server refuses a rule: the message is what it wrote, on one line."""


@dataclass(frozen=True)
class Trial:
    """How a server tests a configuration."""

    programs: tuple[str, ...]
    """The first of them that is installed is asked."""
    arguments: tuple[str, ...]
    """With ``@config`` for the configuration, ``@folder`` for the one it is in, ``@root`` for one to write to."""
    config: str
    """Where a distribution puts the server's configuration."""
    frame: str
    """A small configuration around a rule: ``@candidate`` is the rule's file, ``@rule`` its text."""
    shows: tuple[str, ...] = ()
    """The arguments for what it makes of a configuration, where its test does not write that."""
    pasted: bool = False
    """Whether a rule's text is pasted into the configuration, which then does not include its file."""


_APACHE_MODULES = ("access_compat", "alias", "authz_core", "authz_host", "env", "headers", "remoteip")
_APACHE_LOADS = "".join(
    f"<IfModule !{name}_module>\nLoadModule {name}_module @modules/mod_{name}.so\n</IfModule>\n"
    for name in _APACHE_MODULES
)
TRIALS: Mapping[str, Trial] = {
    NGINX: Trial(
        ("nginx",),
        ("-T", "-q", "-c", "@config"),
        "/etc/nginx/nginx.conf",
        "pid @root/pid;\nevents {}\nhttp {\ninclude @candidate;\n"
        "server { listen unix:@root/socket; if ($xmlrpc_guard_refused) { return 403 'Forbidden'; } }\n}\n",
    ),
    CADDY: Trial(
        ("caddy",),
        ("validate", "--adapter", "caddyfile", "--config", "@config"),
        "/etc/caddy/Caddyfile",
        "http://localhost:8080 {\nimport @candidate\nhandle {\nrespond 204\n}\n}\n",
        shows=("adapt", "--adapter", "caddyfile", "--config", "@config"),
    ),
    HAPROXY: Trial(
        ("haproxy",),
        ("-c", "-f", "@config"),
        "/etc/haproxy/haproxy.cfg",
        "defaults\n mode http\n timeout client 9s\n timeout server 9s\n timeout connect 9s\n"
        "frontend trial\n bind unix@@root/socket\n@rule\n http-request return status 204\n",
        pasted=True,
    ),
    APACHE: Trial(
        ("apache2ctl", "apachectl", "httpd"),
        ("-t", "-d", "@folder", "-f", "@config"),  # Debian's includes files by names that are relative to -d
        "/etc/apache2/apache2.conf",
        f"ServerRoot @root\nServerName localhost\nErrorLog @root/errors\n"
        f"LoadModule mpm_event_module @modules/mod_mpm_event.so\n{_APACHE_LOADS}Include @candidate\n",
    ),
}
_APACHE_MODULE_FOLDERS = ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules", "/etc/httpd/modules")


_NEWER = {"log_append": "Caddy 2.8", "client_ip": "Caddy 2.7"}
"""What a server does not know that is too old for a rule."""


def try_rule(
    server: str, candidate: str, output: str, config: str = "", lists: tuple[str, str] | None = None
) -> list[str]:
    """Have a server test the rule in the file ``candidate``, alone and in the place of ``output``.

    ``config`` is the server's configuration, where it is not at its usual place. ``lists`` is the file of lists that
    the rule names, and the one to test in its stead. Returns what was tested, a sentence each; TrialError if the server
    refuses it, or does not end.
    """
    trial = TRIALS.get(server)
    program = next(filter(None, map(shutil.which, trial.programs)), None) if trial else None
    if trial is None or program is None:
        return []
    with _scratch() as root:
        rule, copied_lists = root / "rule", root / "lists"
        if lists:
            shutil.copyfile(lists[1], copied_lists)
            lists = lists[0], str(copied_lists)
        text = Path(candidate).read_bytes()
        rule.write_bytes(_replace(text, lists))
        asked = _Asked(trial, program, root, rule, text.decode("utf-8", "replace"))
        named = Path(config or trial.config)
        copy = _copy_configuration(named, rule, output, root, lists)
        asked.test(asked.framed)
        in_place = _try_in_place(asked, copy, [copied_lists] if lists else []) if copy else []
        return [f"{server} reads the rule", *in_place, *_find_outside(asked, copy, named, output)]


def _try_in_place(asked: "_Asked", copy: "_Copy", lists: list[Path]) -> Iterator[str]:
    """Test the copy, and then a copy with a broken rule: only where that fails too, the rule is read there."""
    written = asked.test(copy.config)
    gaps = _find_gaps(asked, copy, written)  # before the rule in the copy is broken
    if not _is_read_broken(asked, copy.config, [*copy.places, *lists]):
        yield _INCLUDED.format(copy.original)
    elif not asked.trial.pasted:
        yield _NOT_INCLUDED.format(copy.original)
    yield from gaps


def _find_gaps(asked: "_Asked", copy: "_Copy", written: str) -> list[str]:
    """Give a sentence for each site that does not come to the rule, where the server shows what it has read."""
    if asked.trial is TRIALS[CADDY]:
        return find_unguarded(asked.show(copy.config), asked.show(asked.framed))
    return find_gaps(copy.rename(written)) if asked.trial is TRIALS[NGINX] else []


def _find_outside(asked: "_Asked", copy: "_Copy | None", config: Path, output: str) -> list[str]:
    """Give a sentence for each frontend without the rule's text, or one that says that nothing was looked at."""
    if asked.trial.pasted and config.is_file():
        return find_frontends(config.read_text("utf-8", "replace"), asked.text, str(config))
    return [] if copy else [_NOT_LOOKED_AT.format(config, output)]


_NOT_LOOKED_AT = "no site was looked at: {} is not there, or {} is not below its folder; --server-config names another"
_INCLUDED = "{} includes it: a copy with the rule in its place is read, and with a broken one is not"
_NOT_INCLUDED = "{} does not include it: a copy with a broken rule in its place is read too"


def _is_read_broken(asked: "_Asked", config: Path, places: Iterable[Path]) -> bool:
    for place in places:
        place.write_text("no such directive {\n", "utf-8")
    try:
        asked.test(config)
    except TrialError:
        return False
    return True


def _replace(data: bytes, names: tuple[str, str] | None) -> bytes:
    return data.replace(os.fsencode(names[0]), os.fsencode(names[1])) if names else data


@contextmanager
def _scratch() -> Iterator[Path]:
    with TemporaryDirectory(prefix="xmlrpc-guard-") as folder:
        yield Path(folder)


def _fill(text: str, root: Path, candidate: str = "", config: str = "") -> str:
    modules = next(filter(os.path.isdir, _APACHE_MODULE_FOLDERS), "modules")
    rule = Path(candidate).read_text("utf-8") if "@rule" in text else ""
    folder = str(Path(config).parent)
    values = {
        "@config": config,
        "@folder": folder,
        "@candidate": candidate,
        "@modules": modules,
        "@rule": rule,
        "@root": str(root),
    }
    for place, value in values.items():
        text = text.replace(place, value)
    return text


class _Asked(NamedTuple):
    """A server's program that is asked about a rule."""

    trial: Trial
    program: str
    root: Path
    """A folder of its own."""
    rule: Path
    """Where the rule is in it, with the file of lists that is there too."""
    text: str
    """The rule as it is to be."""

    @property
    def framed(self) -> Path:
        """The small configuration around the rule."""
        path = self.root / "frame"
        if not path.exists():
            path.write_text(_fill(self.trial.frame, self.root, str(self.rule)), "utf-8")
        return path

    def test(self, config: Path) -> str:
        """Test a configuration; return what the server writes of it."""
        return self._run(self.trial.arguments, config)

    def show(self, config: Path) -> str:
        """Return what the server makes of a configuration."""
        return self._run(self.trial.shows, config)

    def _run(self, arguments: Iterable[str], config: Path) -> str:
        filled = [_fill(each, self.root, config=str(config)) for each in arguments]
        environ = {**os.environ, "HOME": str(self.root), "XDG_CONFIG_HOME": str(self.root)}  # where Caddy writes
        try:
            ended = subprocess.run(  # noqa: S603 - the server's own program, found by its name
                [self.program, *filled],
                env=environ,
                check=False,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise TrialError(f"{self.program} did not end within {SECONDS} s") from None
        if ended.returncode:
            raise TrialError(self._explain(f"{ended.stderr} {ended.stdout}"))
        return ended.stdout

    def _explain(self, text: str) -> str:
        written = " ".join(text.replace(str(self.root), "").split())
        needed = next((f"; the rule needs {newer} or later" for word, newer in _NEWER.items() if word in written), "")
        return f"{self.program}: {written[-400:]}{needed}"


class _Copy(NamedTuple):
    """A copy of a server's configuration."""

    original: Path
    folder: Path
    copied: Path
    config: Path
    places: list[Path]
    """Where the rule is in it."""

    def rename(self, text: str) -> str:
        """Name the files as those that they are copies of."""
        return text.replace(str(self.copied), str(self.folder))


def _copy_configuration(
    config: Path, rule: Path, output: str, root: Path, lists: tuple[str, str] | None
) -> _Copy | None:
    """Copy the folder of a configuration, with the rule in its place; None if that place is not in the folder.

    A file names others by their full path, so that the folder's name is replaced in the copies: what they include is
    then the copy.
    """
    folder, place = config.resolve().parent, Path(output).resolve()
    if not config.is_file() or not place.is_relative_to(folder):
        return None
    copied = root / "copy"
    shutil.copytree(folder, copied, symlinks=False, ignore=_find_dangling)
    links = (path for path in folder.rglob("*") if path.resolve() == place)
    places = [copied / path.relative_to(folder) for path in {place, *links}]
    for each in places:
        shutil.copyfile(rule, each)
    for path in filter(Path.is_file, copied.rglob("*")):
        data = _replace(path.read_bytes(), lists)
        path.write_bytes(data.replace(str(folder).encode(), str(copied).encode()))
    return _Copy(config, folder, copied, copied / config.resolve().relative_to(folder), places)


def _find_dangling(folder: str, names: list[str]) -> list[str]:
    # copytree has a switch for it, but looks for what a relative link leads to in the current folder.
    return [name for name in names if not Path(folder, name).exists()]
