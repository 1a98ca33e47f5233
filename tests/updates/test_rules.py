"""``xmlrpc-guard ranges update --rule``: the rules of servers in front are written again with the new list."""

import shlex
import subprocess
from pathlib import Path

import pytest

from tests.updates.mirrors import Authority, Mirror, page
from xmlrpc_guard.cli import run

JETPACK, OTHERS = b"192.0.64.0/18\n", b"192.0.64.0/18\n195.234.108.0/22\n"


class Updating:
    """A list of jetpack in a folder, and how it is updated."""

    def __init__(self, folder: Path, mirror: Mirror, authority: Authority) -> None:
        self.folder, self._mirror = folder, mirror
        self._options = ["--output", f"{folder}/jetpack.txt", "--ca-file", str(authority.path), "--force"]

    def render(self, name: str, options: str = "") -> Path:
        """Write a rule for Traefik, which has no test of its own that would take time."""
        policy = f"--allow file:{self.folder}/jetpack.txt --accept live-lists {options}"
        command = f"render traefik --host a --service b {policy} --output {self.folder}/{name}"
        assert run(shlex.split(command)) == 0
        return self.folder / name

    def update(self, entries: bytes, *rules: Path) -> int:
        url = self._mirror.serve(page(entries))
        named = [option for rule in rules for option in ("--rule", str(rule))]
        return run(["ranges", "update", "jetpack", *self._options, "--url", url, *named])


@pytest.fixture
def updating(tmp_path: Path, mirror: Mirror, authority: Authority) -> Updating:
    (tmp_path / "jetpack.txt").write_bytes(JETPACK)
    return Updating(tmp_path, mirror, authority)


def test_each_rule_has_the_new_list(updating: Updating) -> None:
    rules = [updating.render("one"), updating.render("two", "--deny ::1")]
    assert updating.update(OTHERS, *rules) == 0
    assert all("195.234.108.0/22" in rule.read_text("utf-8") for rule in rules)


def test_a_rule_that_cannot_be_written_stays_and_the_others_are_written(
    updating: Updating, capfd: pytest.CaptureFixture[str]
) -> None:
    (updating.folder / "deny.txt").write_text("::1\n", "utf-8")
    rules = [updating.render("one", f"--deny file:{updating.folder}/deny.txt"), updating.render("two")]
    (updating.folder / "deny.txt").unlink()
    assert updating.update(OTHERS, *rules) == 2
    assert "deny.txt' does not exist" in capfd.readouterr().err
    assert ["195.234.108.0/22" in rule.read_text("utf-8") for rule in rules] == [False, True]


def test_a_file_that_is_no_rule_is_named_before_the_list_changes(
    updating: Updating, capsys: pytest.CaptureFixture[str]
) -> None:
    assert updating.update(OTHERS, updating.folder / "jetpack.txt") == 2
    assert "does not say how render wrote it" in capsys.readouterr().err
    assert (updating.folder / "jetpack.txt").read_bytes() == JETPACK


def test_a_command_that_is_killed_is_an_error(updating: Updating, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = updating.render("one")
    killed: subprocess.CompletedProcess[bytes] = subprocess.CompletedProcess([], -9)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: killed)
    assert updating.update(OTHERS, rule) == 2
