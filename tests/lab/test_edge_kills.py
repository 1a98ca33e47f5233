"""``xmlrpc-guard render --lists``, killed at each step: a rule with its own lists is left, and nginx reads it."""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.frontends import ROOT
from xmlrpc_guard.render.trial import try_rule

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
    pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed"),
]

CHANGING = {"openat", "ftruncate", "write", "fchmod", "fsync", "renameat"}
OLD = ["--allow", "192.0.2.1", "--deny", "192.0.2.9"]


def render(folder: Path, options: Sequence[str], inject: str = "") -> int:
    """Write a rule and its lists without a server's test, under strace; return the exit status."""
    files = [path for name in ("rule", *_lists(folder)) for path in _names(folder, name)]
    traced = [option for path in (folder, *files) for option in ("-P", str(path))]
    injected = ["-e", f"inject={inject}"] if inject else []
    strace = [str(shutil.which("strace")), "-f", "--seccomp-bpf", "-qq", "-o", f"{folder}.trace", *traced, *injected]
    python = [sys.executable, "-m", "xmlrpc_guard", "render", "nginx", *options]
    command = [*strace, *python, "--lists", str(folder), "--output", f"{folder}/rule"]
    environ = {"PATH": "/nowhere"}  # so that no nginx is found, whose test would only take time
    return subprocess.run(command, cwd=ROOT, env=environ, check=False, capture_output=True).returncode


def _lists(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*.lists")]


def _names(folder: Path, name: str) -> list[Path]:
    return [folder / each for each in (name, f".{name}.new", f".{name}.old", f"..{name}.old.new")]


def read(folder: Path) -> tuple[str, str]:
    """Give the rule and the lists that it names, without the command that wrote them."""
    rule = (folder / "rule").read_text("utf-8")
    lists = re.search(r"include (\S+);", rule)
    assert lists
    return tuple(re.sub("Written by: .*", "", text) for text in (rule, Path(lists[1]).read_text("utf-8")))  # type: ignore[return-value]


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(["--allow", "192.0.2.2", "--deny", "192.0.2.8"], id="other entries"),
        pytest.param(["--allow", "192.0.2.2", "--trusted-proxies", "10.0.0.1"], id="other lines"),
    ],
)
def test_a_kill_at_any_step_leaves_a_rule_with_its_own_lists(new: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "edge"
    folder.mkdir()
    assert render(folder, OLD) == 0
    old = read(folder)
    kept = tmp_path / "kept"
    shutil.copytree(folder, kept)
    assert render(folder, new) == 0
    wanted = read(folder)
    calls = re.findall(r"^[0-9]+ +([a-z0-9_]+)\(", Path(f"{folder}.trace").read_text("utf-8"), re.MULTILINE)
    kills = [(name, calls[: place + 1].count(name)) for place, name in enumerate(calls) if name in CHANGING]
    assert {name for name, _ in kills} == CHANGING
    seen = []
    for name, number in kills:
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
        assert render(folder, new, f"{name}:signal=SIGKILL:when={number}") == -signal.SIGKILL
        found = read(folder)
        assert found in (old, wanted), (name, number)
        assert try_rule("nginx", f"{folder}/rule", f"{folder}/rule")
        seen.append(found == wanted)
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (False, True)
    assert render(folder, new) == 0  # what was left is taken up
    assert read(folder) == wanted
