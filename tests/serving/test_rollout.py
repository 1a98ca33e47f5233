"""docs/guides/rollout.md: its commands in a shell, from a guard that only reports to one that enforces."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.frontends import ROOT, Listener, free_port, serving

PAGE = (ROOT / "docs" / "guides" / "rollout.md").read_text("utf-8")
COMMAND = f"{sys.executable} -m xmlrpc_guard"
SITE = "import wsgiref.simple_server as w; w.make_server('127.0.0.1', {}, w.demo_app).serve_forever()"
TIME = re.compile(r"^[\d-]{10} [\d:,]{12}", re.MULTILINE)


def shown() -> list[tuple[str, str]]:
    """Give the commands of the page, each with what it prints."""
    blocks = re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return re.findall(r"^\$ (.*)\n((?:[^$].*\n)*)", "".join(blocks), re.MULTILINE)


class Shell:
    """A shell on this machine whose guard, status page and site listen on ports of their own."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self._stack = folder, stack
        self._ports = {port: free_port() for port in ("8000", "8080", "9100")}
        self._end: Callable[[], object] = lambda: None

    def start_site(self) -> None:
        """Start what the guard forwards to."""
        at = Listener(port=self._ports["8080"])
        self._stack.enter_context(serving((sys.executable, "-c", SITE.format(at.port)), at, self.folder / "site.log"))

    def run(self, command: str) -> str:
        """Run a command; one that ends with ``&`` goes on until the next ``kill``."""
        for port, own in self._ports.items():
            command = command.replace(f":{port}", f":{own}")
        command = re.sub(r"^xmlrpc-guard", COMMAND, command)
        if command == "kill %1":
            self._end()
        elif command.endswith("&"):
            self._start(command.removesuffix("&"))
        else:
            return subprocess.run(
                ["bash", "-c", command], check=False, cwd=self.folder, stdout=subprocess.PIPE, text=True
            ).stdout
        return ""

    def _start(self, command: str) -> None:
        stack = self._stack.enter_context(ExitStack())
        at = Listener(port=self._ports["8000"])
        stack.enter_context(serving(("bash", "-c", f"exec {command}"), at, self.folder / "shell.log"))
        self._end = stack.close


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="not installed: curl, bash")
def test_the_shell_of_the_page_prints_what_it_shows(tmp_path: Path) -> None:
    (settings,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "guard.toml").write_text(settings)
    with ExitStack() as stack:
        shell = Shell(tmp_path, stack)
        shell.start_site()
        rows = shown()
        printed = [(command, TIME.sub("2026-11-29 11:00:00,000", shell.run(command))) for command, _ in rows]
    assert len(rows) == 9
    assert printed == rows
