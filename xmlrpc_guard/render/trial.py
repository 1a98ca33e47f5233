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

from xmlrpc_guard.render.affected import find_affected, find_unproven_proxies
from xmlrpc_guard.render.copied import ConfigurationCopy, copy_configuration, replace_name
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
        shows=("-t", "-D", "DUMP_INCLUDES", "-d", "@folder", "-f", "@config"),
    ),
}
_APACHE_MODULE_FOLDERS = ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules", "/etc/httpd/modules")


_NEEDED = {
    "log_append": "Caddy 2.8 or later",
    "client_ip": "Caddy 2.7 or later",
    "'RequestHeader'": "mod_headers and mod_remoteip (Debian: a2enmod headers remoteip)",
    "'RemoteIPHeader'": "mod_remoteip (Debian: a2enmod remoteip)",
}
"""What a server lacks that does not know a word of a rule."""


def try_rule(
    server: str, candidate: str, output: str, config: str = "", lists: tuple[str, str] | None = None
) -> list[str]:
    """Have a server test the rule in the file ``candidate``, alone and in the place of ``output``.

    ``config`` is the server's configuration, where it is not at its usual place. ``lists`` is the file of lists that
    the rule names, and the one to test in its stead. Returns what was tested, a sentence each; TrialError if the server
    refuses it, or does not end.
    """
    trial = TRIALS.get(server)
    program = _find_program(trial.programs) if trial else None
    if trial is None or program is None:
        return []
    with _scratch() as root:
        rule, copied_lists = root / "rule", root / "lists"
        listed = _read(lists[1]) if lists else ""
        if lists:
            shutil.copyfile(lists[1], copied_lists)
            lists = lists[0], str(copied_lists)
        rule.write_bytes(replace_name(Path(candidate).read_bytes(), lists))
        asked = _Asked(trial, program, root, rule, _read(candidate), listed)
        named = Path(config or trial.config)
        copy = copy_configuration(named, rule, output, root, lists)
        asked.test(asked.framed)
        in_place = _try_in_place(asked, copy, [copied_lists] if lists else []) if copy else []
        return [f"{server} reads the rule", *in_place, *_find_outside(asked, copy, named, output)]


def _read(file: str) -> str:
    return Path(file).read_text("utf-8", "replace")


def _find_program(names: Iterable[str]) -> str | None:
    """Find the first that is installed, also where only root's shell looks: cron's PATH has none of these folders."""
    folders = os.pathsep.join([os.environ.get("PATH", os.defpath), *_ROOTS_FOLDERS])
    return next(filter(None, (shutil.which(name, path=folders) for name in names)), None)


_ROOTS_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")


def _try_in_place(asked: "_Asked", copy: ConfigurationCopy, lists: list[Path]) -> Iterator[str]:
    """Test the copy, and then a copy with a broken rule: only where that fails too, the rule is read there."""
    written = asked.test(copy.config)
    gaps = _find_gaps(asked, copy, written)  # before the rule in the copy is broken
    if not _is_read_broken(asked, copy.config, [*copy.places, *lists]):
        yield _INCLUDED.format(copy.original)
    elif not asked.trial.pasted:
        yield _NOT_INCLUDED.format(copy.original)
    yield from gaps


def _find_gaps(asked: "_Asked", copy: ConfigurationCopy, written: str) -> list[str]:
    """Give a sentence for each site that does not come to the rule, and for each line about the client's address."""
    if asked.trial is TRIALS[CADDY]:
        return find_unguarded(asked.show(copy.config), asked.show(asked.framed))
    if asked.trial is TRIALS[APACHE]:
        own = [*copy.places, asked.root / "lists"]
        return [*map(copy.rename, find_affected(asked.whole, asked.show(copy.config), own))]
    dump = copy.rename(written)
    return [*find_gaps(dump), *find_unproven_proxies(dump)] if asked.trial is TRIALS[NGINX] else []


def _find_outside(asked: "_Asked", copy: ConfigurationCopy | None, config: Path, output: str) -> list[str]:
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
    lists: str
    """The file of lists that it names, if any."""

    @property
    def whole(self) -> str:
        """The rule with its lists, which may hold the lines about proxies."""
        return self.text + self.lists

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
        needed = next((f"; the rule needs {lacking}" for word, lacking in _NEEDED.items() if word in written), "")
        return f"{self.program}: {written[-400:]}{needed}"
