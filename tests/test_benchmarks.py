"""The benchmarks run, print every row, and say what they lack; what they measure is not judged here."""

import re
import runpy
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.benchmarks import hotpath, instructions, report, served, servers
from tests.benchmarks.contenders import Naive, null, ordinary, request, start_response, stranger

Benchmark = Callable[[Sequence[str]], int]

needs_valgrind = pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is missing")
needs_wrk = pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is missing")


@pytest.mark.parametrize(
    ("benchmark", "arguments", "rows"),
    [
        pytest.param(hotpath.main, "--requests 2 --rounds 1 --ranges 20", 12, id="time"),
        pytest.param(instructions.main, "--requests 2", 1, id="instructions", marks=needs_valgrind),
        pytest.param(servers.main, "--seconds 1 --rounds 1", 4, id="servers", marks=needs_wrk),
    ],
)
def test_a_benchmark_prints_a_row_for_each_goal(
    benchmark: Benchmark,
    arguments: str,
    rows: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(instructions, "ROWS", instructions.ROWS[:1])  # a second row would take as long again
    status = benchmark(arguments.split())
    heading, *lines = capsys.readouterr().out.splitlines()
    assert ", Python 3." in heading
    verdicts = [re.fullmatch(r".+ +[0-9.]+ +at (?:most|least) +[0-9.]+ +(ok|over|under)", line) for line in lines]
    words = [match[1] for match in verdicts if match]
    assert len(words) == len(lines) == rows
    assert status == (0 if set(words) == {"ok"} else 1)


@pytest.mark.parametrize(("benchmark", "program"), [("instructions", "valgrind"), ("servers", "wrk")])
def test_a_missing_program_is_one_line_and_status_2(
    benchmark: str, program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run_as_command(benchmark, monkeypatch) == 2
    assert capsys.readouterr() == ("", f"{program} is not installed; this benchmark measures with it\n")


def test_a_benchmark_explains_its_flags(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_as_command("hotpath", monkeypatch, "--help") == 0
    assert "requests in a round (200)" in capsys.readouterr().out


def run_as_command(benchmark: str, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    monkeypatch.setattr(sys, "argv", [benchmark, *arguments])
    monkeypatch.delitem(sys.modules, f"tests.benchmarks.{benchmark}")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(f"tests.benchmarks.{benchmark}", run_name="__main__")
    return ended.value.code


@pytest.mark.parametrize(
    ("ratio", "at_least", "kept", "verdict"),
    [
        pytest.param(0.5, False, True, "at most 1      ok", id="a ratio within its limit"),
        pytest.param(1.5, False, False, "at most 1      over", id="a ratio over its limit"),
        pytest.param(1.5, True, True, "at least 1      ok", id="a ratio that reaches its goal"),
        pytest.param(0.5, True, False, "at least 1      under", id="a ratio under its goal"),
    ],
)
def test_a_row_is_judged_by_its_limit(
    ratio: float, at_least: bool, kept: bool, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report.row("title", ratio, 1, at_least=at_least) is kept
    assert capsys.readouterr().out.endswith(f"{verdict}\n")


def answered(app: Callable[..., object], path: str, peer: str) -> list[str]:
    """Give the statuses that an application answers with."""
    statuses: list[str] = []

    def note(status: str, *_: object) -> Callable[[bytes], object]:
        statuses.append(status)
        return bytes

    app(request(path, peer=peer), note)
    return statuses


@pytest.mark.parametrize(
    ("path", "peer", "status"),
    [
        ("/xmlrpc.php", "203.0.113.9", "403 Forbidden"),
        ("/xmlrpc.php", "192.0.64.5", "200 OK"),
        ("/", "203.0.113.9", "200 OK"),
    ],
)
def test_the_guards_that_are_compared_answer_alike(path: str, peer: str, status: str) -> None:
    assert answered(Naive(served.unguarded), path, peer) == answered(served.guarded, path, peer) == [status]


def test_what_refuses_by_itself_answers_as_the_guard_does() -> None:
    assert answered(served.refusing, "/xmlrpc.php", "203.0.113.9") == ["403 Forbidden"]
    assert list(served.refusing(stranger(1), start_response)) == list(served.guarded(stranger(1), start_response))


def test_the_null_application_does_nothing() -> None:
    assert null(served.unguarded)(ordinary(1), start_response) == ()
