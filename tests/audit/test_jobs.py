"""Parts of logs: counted apart, in processes or anywhere, they add up to what one run counts."""

import gzip
import json
import pickle
import subprocess
from itertools import chain
from pathlib import Path

import pytest

from tests.benchmarks.accesslog import generate
from xmlrpc_guard import Policy
from xmlrpc_guard.audit import jobs, opening
from xmlrpc_guard.audit.evidence import Known
from xmlrpc_guard.audit.jobs import count_into_file, count_part, cut_logs
from xmlrpc_guard.audit.opening import open_log
from xmlrpc_guard.audit.report import build_report
from xmlrpc_guard.audit.running import ObstacleError, Plan, count_logs
from xmlrpc_guard.audit.spill import Spilling
from xmlrpc_guard.audit.tally import Tally
from xmlrpc_guard.cli import run

__all__ = ["subprocess"]  # by which these tests are known to start processes

PLAN = Plan(Policy(allow=["jetpack"]))


@pytest.fixture(name="logs")
def write_logs(tmp_path: Path) -> list[str]:
    lines = [*generate(900, 40), '::1 - - [01/Nov/2026:00:00:09 +0000] "GET /cut']
    (tmp_path / "one.log").write_text("".join(lines[:600]))
    (tmp_path / "two.log").write_text("".join(lines[600:]))
    (tmp_path / "three.gz").write_bytes(gzip.compress("".join(generate(50, 5, seed=2)).encode()))
    (tmp_path / "four.log").write_text('{"request_uri":"/xmlrpc.php","remote_addr":"::1","time":1795950000}\n')
    (tmp_path / "empty.log").write_text("")
    return [str(tmp_path / name) for name in ("one.log", "two.log", "three.gz", "four.log", "empty.log")]


@pytest.mark.parametrize("size", [1000, 77_777, 1 << 26])
def test_parts_add_up_to_what_one_run_counts(size: int, logs: list[str]) -> None:
    whole, tally = Tally(), Tally()
    count_logs(logs, PLAN, whole)
    for part in [*cut_logs(logs, PLAN, tally, size)][::-1]:
        tally.add(pickle.loads(pickle.dumps(count_part(pickle.loads(pickle.dumps(part)), PLAN))))
    assert build_report(tally, Known(), 0) == build_report(whole, Known(), 0)


def test_parts_whose_counts_stay_in_files_add_up_to_what_one_run_counts(logs: list[str], tmp_path: Path) -> None:
    whole = Tally()
    count_logs(logs, PLAN, whole)
    with Spilling() as counts:
        tally, file = Tally(counts), str(tmp_path / "counts")
        for part in cut_logs(logs, PLAN, tally, 77_777):
            tally.add(pickle.loads(pickle.dumps(count_into_file(part, PLAN, file))))
            counts.take(file)
            Path(file).unlink()
        assert build_report(tally, Known(), 0) == build_report(whole, Known(), 0)


@pytest.mark.parametrize("size", [2, 3, 4, opening.BLOCK])
def test_lines_begin_in_one_part_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(opening, "BLOCK", size)
    text = b"a\nbb\n\nccc\nd"
    (tmp_path / "log").write_bytes(text)
    for at in range(len(text) + 1):
        log = open_log(str(tmp_path / "log"))
        with log.file:
            blocks = [[*log.blocks_between(*part)] for part in ((0, at), (at, len(text)))]
        assert [block for block in [*chain(*blocks)][:-1] if not block.endswith(b"\n")] == []
        halves = [*map(b"".join, blocks)]
        assert b"".join(halves) == text
        assert halves[0] == b"" or halves[0].endswith(b"\n") or halves[1] == b""


def test_a_log_that_grew_shorter_ends_where_it_ends(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"a\n")
    log = open_log(str(tmp_path / "log"))
    with log.file:
        assert list(log.blocks_between(0, 99)) == [b"a\n"]


def test_two_processes_print_what_one_does(
    logs: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SMALLEST_PART", 40_000)
    monkeypatch.setattr(jobs, "LARGEST_PART", 40_000)
    printed = []
    for number in ("1", "2"):
        assert run(["audit", "--allow", "jetpack", "--json", "--jobs", number, *logs]) == 0
        printed.append(json.loads(capsys.readouterr().out))
    assert printed[0] == printed[1]
    assert printed[0]["requests"]["refused"]["all"] > 100


def test_a_log_that_cannot_tell_ends_processes_too(tmp_path: Path) -> None:
    (tmp_path / "log").write_text('10.0.0.5 - - [01/Nov/2026:00:00:09 +0000] "GET / HTTP/1.1" 200 5 "-" "-"\n' * 30)
    with pytest.raises(ObstacleError, match="30 of the first 30 lines have the peer 10"):
        list(cut_logs([str(tmp_path / "log")], PLAN, Tally()))


def test_standard_input_is_not_cut(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "--allow", "jetpack", "--jobs", "2", "-"]) == 2
    assert "standard input cannot be cut into parts; leave --jobs out" in capsys.readouterr().err


def test_a_log_that_breaks_off_at_once_is_named_and_the_next_is_cut(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(b"\x1f\x8b\x08\0")
    (tmp_path / "b").write_text("started\n")
    tally = Tally()
    (part,) = cut_logs([str(tmp_path / "a.gz"), str(tmp_path / "b")], PLAN, tally)
    assert (part.path, [problem.partition(":")[0] for problem in tally.problems]) == (
        str(tmp_path / "b"),
        [str(tmp_path / "a.gz")],
    )
