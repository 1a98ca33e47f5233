"""The benchmarks run, print every row, and say what they lack; what they measure is not judged here."""

import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication, WSGIEnvironment

import pytest

from tests import upstreams
from tests.benchmarks import __main__ as everything
from tests.benchmarks import (
    audits,
    calls,
    growth,
    hotpath,
    instructions,
    loading,
    pages,
    peers,
    processes,
    proxies,
    refusals,
    reloads,
    report,
    scale,
    servers,
    shapes,
)
from tests.benchmarks.contenders import (
    Naive,
    Passing,
    guard,
    inner,
    ordinary,
    request,
    spread,
    stranger,
    stranger_anywhere,
)
from tests.commands import as_command
from tests.formats.writers import WRITERS
from tests.frontends import ROOT
from tests.lab.soak.watch import measure
from xmlrpc_guard import Networks
from xmlrpc_guard.records import logger

Benchmark = Callable[[Sequence[str]], int]

needs_wrk = pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is missing")
needs_nginx = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is missing")


@pytest.fixture(autouse=True)
def _log_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give back the log of refusals, which the benchmarks switch off for the whole process."""
    monkeypatch.setattr(logger, "disabled", False)


@pytest.mark.parametrize(
    ("benchmark", "arguments", "rows"),
    [
        pytest.param(hotpath.main, "--requests 2 --rounds 1 --ranges 20", 20, id="time"),
        pytest.param(servers.main, "--seconds 0.1 --rounds 1", 4, id="servers", marks=needs_wrk),
    ],
)
def test_a_benchmark_prints_a_row_for_each_goal(
    benchmark: Benchmark,
    arguments: str,
    rows: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = benchmark(arguments.split())
    heading, *lines = capsys.readouterr().out.splitlines()
    assert ", Python 3." in heading
    verdicts = [
        re.fullmatch(r".+ +[0-9.]+ +at (?:most|least) +[0-9.]+ +(ok|over|under)(?: \(median .+\))?", line)
        for line in lines
    ]
    words = [match[1] for match in verdicts if match]
    assert len(words) == len(lines) == rows
    assert status == (0 if set(words) == {"ok"} else 1)


def test_every_shape_of_a_list_has_a_row_for_its_time_and_one_for_its_memory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = shapes.main(["--entries", "20", "--rounds", "1", "lines", "nginx"])
    _, *lines = capsys.readouterr().out.splitlines()
    assert [line.partition(",")[0] for line in lines] == [
        f"{name}: {what}" for name in ("lines", "nginx") for what in ("processor time", "memory")
    ]
    assert status == (0 if all(line.endswith(" ok") for line in lines) else 1)
    shapes.main(["--entries", "20", "--rounds", "1", "--into", str(tmp_path)])
    written = (tmp_path / "shapes.md").read_text("utf-8")
    assert re.findall(r"(?m)^\| ([^|]+?) \| [0-9.]+ \|", written) == [*WRITERS]


def test_rows_of_some_shapes_take_their_place_in_the_page(tmp_path: Path) -> None:
    page = tmp_path / "shapes.md"
    rows = "| nginx | 9 |\n| lines | 9 |\n| pf | 9 |"
    old = shapes.PAGE.format(entries=20, rounds=1, limit=3, date="2026-01-01", python="3.11.2", rows=rows)
    page.write_text(old, "utf-8")
    shapes.main(["--entries", "20", "--rounds", "1", "--into", str(tmp_path), "lines", "csv"])
    written = page.read_text("utf-8")
    seconds = dict(re.findall(r"(?m)^\| (\S+) \| ([0-9.]+)", written))
    assert [name for name, text in seconds.items() if text == "9"] == ["nginx", "pf"]
    assert [*seconds] == [name for name in WRITERS if name in ("lines", "csv", "nginx", "pf")]
    others = [re.sub(r"(?m)^\| \S+ \| [0-9].*\n", "", each) for each in (old, written)]
    assert others[0] == others[1]


def test_the_reader_of_calls_is_measured_beside_another_and_on_hostile_bodies(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = calls.main(["--rounds", "1"])
    _, *lines = capsys.readouterr().out.splitlines()
    verdicts = [line.split()[-1] for line in lines[: len(calls.ROWS)]]
    assert status == (0 if set(verdicts) == {"ok"} else 1)
    assert len([line for line in lines if line.endswith("MB beside the body")]) == len(calls.BOUNDS) + 2


def test_the_reloads_print_what_lists_cost_and_what_they_cost_meanwhile(capsys: pytest.CaptureFixture[str]) -> None:
    status = reloads.main(["--lines", "20", "--reloads", "2", "--requests", "2", "--rounds", "1"])
    heading, *lines = capsys.readouterr().out.splitlines()
    assert ", Python 3." in heading
    verdicts = [words[-1] for line in lines if (words := line.split(" (")[0].split())[-1] in ("ok", "over")]
    assert len(verdicts) == 6
    assert status == (0 if set(verdicts) == {"ok"} else 1)
    assert [re.split("  +", line)[0] for line in lines[2:]] == [
        f"20 lines: {what}"
        for what in (
            "seconds for a reading, median",
            "milliseconds of a piece, median",
            "a request beside a reading / without",
            "slowest, ms beyond without",
            "longest piece, ms of the processor",
            "one line changed beside them, seconds",
        )
    ]


@needs_nginx
@needs_wrk
def test_the_refusals_have_a_row_for_each_server(capsys: pytest.CaptureFixture[str]) -> None:
    status = refusals.main(["--seconds", "0.1", "--rounds", "1"])
    _, *lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["nginx's", *servers.SERVERS]
    assert status == 0


@needs_nginx
@needs_wrk
def test_the_proxies_print_what_they_did_and_a_row_for_each_goal(capsys: pytest.CaptureFixture[str]) -> None:
    status = proxies.main(["--megabytes", "1", "--clients", "4", "--seconds", "0.1", "--rounds", "1"])
    heading, *lines = capsys.readouterr().out.splitlines()
    assert ", Python 3." in heading
    printed = [line for line in lines if re.search(r" [0-9,]+ (MB|pages) a second ", line)]
    everything = product(servers.SERVERS, ("down", "up", "pages"), proxies.CONTENDERS)
    assert [line.split("  ")[0] for line in printed] == [", ".join(each) for each in everything]
    assert sum(bool(re.fullmatch(r".+ (webob_client|nginx) / .+ +[0-9.]+", line)) for line in lines) == 8
    verdict = re.compile(r".+ +[0-9.]+ +at (?:most|least) +[0-9.]+ +(ok|over|under)(?: \([0-9.]+ to [0-9.]+\))?")
    words = [match[1] for match in map(verdict.fullmatch, lines) if match]
    assert (len(words), len(lines)) == (19, 61)
    assert status == (0 if set(words) == {"ok"} else 1)


@needs_nginx
def test_the_scale_prints_every_figure_and_a_row_for_each_goal_and_draws_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--entries", "20", "40", "--rounds", "1", "--requests", "2"]
    status = scale.main([*flags, "--into", str(tmp_path)])
    heading, *lines = capsys.readouterr().out.splitlines()
    assert ", Python 3." in heading
    assert [line.partition(" entries:")[0] for line in lines[:6]] == [
        f"{name}, {number}" for number in (20, 40) for name in ("xmlrpc_guard", "netaddr.IPSet", "nginx geo")
    ]
    verdicts = [re.fullmatch(r".+ +[0-9.-]+ +at (?:most|least) +[0-9.]+ +(ok|over|under)", line) for line in lines[6:]]
    words = [match[1] for match in verdicts if match]
    assert len(words) == 3
    assert status == (0 if set(words) == {"ok"} else 1)
    table = (tmp_path / "scale.md").read_text("utf-8")
    assert re.findall(r"(?m)^\| ([0-9]+) \|", table) == ["20"] * 3 + ["40"] * 3
    assert "not measured" in (tmp_path / "scale.svg").read_text("utf-8")


def test_nothing_is_written_without_a_folder_to_write_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    of_each = loading.Figures(load=1, kept=26, peak=30, decision=2e-6, few=1e-6)
    monkeypatch.setattr(scale, "measure", lambda *_: {10: dict.fromkeys((scale.GUARD, scale.IP_SET), of_each)})
    monkeypatch.setattr(report, "lacks", lambda _: False)
    assert scale.main([]) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("contender", loading.LOADERS)
def test_a_list_is_loaded_and_measured(contender: str, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("10.0.0.0/8\n11.0.0.1\n", "ascii")
    figures = loading.measured(contender, str(tmp_path / "list"), str(tmp_path / "list"), requests=2, rounds=2)
    assert min(figures.load, figures.decision, figures.few) > 0
    assert figures.peak >= figures.kept
    ask = loading.LOADERS[contender](tmp_path / "list")
    assert [bool(getattr(answer, "allowed", answer)) for answer in (ask("10.0.0.1", None), ask("12.0.0.1", None))] == [
        True,
        False,
    ]


@pytest.mark.parametrize("number", [1, 20, 5_000])
def test_the_ranges_of_a_long_list_never_merge_and_are_always_the_same(number: int) -> None:
    drawn = list(scale.ranges(number))
    assert list(Networks(drawn)) == drawn == list(scale.ranges(number))
    assert len(drawn) == number


@pytest.mark.parametrize("contender", [*proxies.OURS, *proxies.OTHERS])
def test_the_proxies_that_are_compared_answer_alike(contender: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
    with upstreams.Upstream(upstreams.Talk((answer,))) as upstream:
        monkeypatch.setenv("UPSTREAM", upstream.url.removeprefix("http://"))
        proxied = runpy.run_path(str(Path(report.__file__).with_name("proxied.py")))
        status, headers, body = exchange(proxied[contender], {**request("/page"), "wsgi.input": BytesIO()})
    assert (status, headers, body) == ("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")], b"ok")
    assert upstream.requests[0].startswith(b"GET /page HTTP/1.1\r\n")


@pytest.mark.skipif(None in (shutil.which("goaccess"), shutil.which("gawk")), reason="goaccess or gawk is missing")
def test_an_audit_is_measured_beside_gawk_and_goaccess(capsys: pytest.CaptureFixture[str]) -> None:
    assert audits.main(["--lines", "3000", "--clients", "20"]) in (0, 1)
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("a combined log of 3000 lines, 20 clients, Python 3.")
    beside = ["gawk in the C locale", *(["mawk"] if shutil.which("mawk") else []), "gawk", "GoAccess"]
    first, *ratios = [f"lines a second of CPU, beside {other}" for other in beside]
    many = "seconds and megabytes for a client a line"
    rows = ["CPU seconds of two processes, beside one", first, many, *ratios, "compressed", "megabytes"]
    assert [line.startswith(row) for line, row in zip(shown[2:], rows, strict=True)] == [True] * len(rows)


def test_another_awk_does_not_stand_for_gawk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("goaccess", "awk", "gzip"):
        (tmp_path / name).symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert audits.main([]) == 2
    assert capsys.readouterr() == ("", "gawk is not installed; this benchmark measures with it\n")


@pytest.mark.parametrize(
    ("benchmark", "program"),
    [
        ("instructions", "valgrind"),
        ("servers", "wrk"),
        ("proxies", "nginx"),
        ("scale", "nginx"),
        ("audits", "goaccess"),
    ],
)
def test_a_missing_program_is_one_line_and_status_2(
    benchmark: str, program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run_as_command(benchmark) == 2
    assert capsys.readouterr() == ("", f"{program} is not installed; this benchmark measures with it\n")


@pytest.mark.parametrize("benchmark", ["hotpath", "reloads"])
def test_a_benchmark_explains_its_flags(benchmark: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_as_command(benchmark, "--help") == 0
    assert "requests in a round (200)" in capsys.readouterr().out


def run_as_command(benchmark: str, *arguments: str) -> object:
    with pytest.raises(SystemExit) as ended:
        as_command(f"tests.benchmarks.{benchmark}", *arguments)
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


def test_the_fastest_round_stands_for_a_contender() -> None:
    contender, baseline = iter([6.0, 4.0, 5.0]), iter([2.0, 3.0, 4.0])
    row = hotpath.Row("title", 1, lambda: next(contender), lambda: next(baseline), weight=2)
    turns = hotpath.take_turns(row, rounds=6)
    assert hotpath.measured(turns) == 4 / 2
    assert hotpath.spread_of(turns) == "median 1.33, 1.25 to 3"
    assert next(contender, None) is None


def test_the_growth_prints_an_exponent_a_row_and_draws_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(growth, "SECONDS", 1e-9)
    monkeypatch.setattr(growth, "ROWS", [row._replace(sizes=(8, 16)) for row in growth.ROWS])
    status = growth.main(["--rounds", "1", "--into", str(tmp_path)])
    _, *lines = capsys.readouterr().out.splitlines()
    verdicts = [re.search(r" at most [0-9.]+ +(ok|over) \(8: .+, 16: .+\)$", line) for line in lines]
    words = [match[1] for match in verdicts if match]
    assert len(words) == len(lines) == len(growth.ROWS)
    assert status == (0 if set(words) == {"ok"} else 1)
    assert "path of dots: " in (tmp_path / "growth.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("measured", "slope"),
    [
        pytest.param({1: 3.0, 10: 30.0, 100: 300.0}, 1, id="ten times as long, ten times as much"),
        pytest.param({1: 3.0, 10: 3.0}, 0, id="as much at any size"),
        pytest.param({1: 1.0, 10: 100.0}, 2, id="ten times as long, a hundred times as much"),
    ],
)
def test_an_exponent_is_a_slope(measured: dict[int, float], slope: float) -> None:
    assert growth.exponent(measured) == pytest.approx(slope)


def test_the_peers_have_a_row_each_or_are_not_installed(capsys: pytest.CaptureFixture[str]) -> None:
    status = peers.main(["--requests", "2", "--rounds", "2"])
    _, *lines = capsys.readouterr().out.splitlines()
    rows = [line for line in lines if not line.endswith(" is not installed")]
    assert len(lines) == len(peers.OTHERS) + len(peers.DECIDERS)
    assert len(rows) >= 4  # of libraries that other tests need
    assert status == (0 if all(re.search(r" ok \(median ", row) for row in rows) else 1)


def made(other: Callable[[], peers.Resolve]) -> peers.Resolve:
    try:
        return other()
    except ImportError as error:
        pytest.skip(f"{error.name} is not installed")


@pytest.mark.parametrize("other", [other for other, _ in peers.DECIDERS.values()])
def test_those_who_decide_find_the_same(other: Callable[[], peers.Resolve]) -> None:
    decide = made(other)
    for address in ("192.0.64.9", "203.0.113.9"):
        assert bool(decide(address)) is bool(peers.decide(address))


@pytest.mark.parametrize("other", [lambda: peers.ours, *(other for other, _ in peers.OTHERS.values())])
def test_those_who_work_out_the_client_find_the_same(other: Callable[[], peers.Resolve]) -> None:
    found = made(other)("203.0.113.9")
    assert "203.0.113.9" in (found[1] if isinstance(found, tuple) else str(found))


def test_all_benchmarks_are_one_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(everything, "run", lambda name, **_: {"proxies": 2, "calls": 1}.get(name, 0))
    assert (everything.main([]), everything.main(["calls", "peers"]), everything.main(["peers"])) == (2, 1, 0)
    assert "versions" in capsys.readouterr().out


class Figure(float):
    """A figure of any benchmark: a number, or several by name."""

    def __getattr__(self, name: str) -> "Figure":
        return self


class AnyFigures(dict[str, Figure]):
    def __missing__(self, title: str) -> Figure:
        return Figure(4711)


@pytest.fixture
def manual(tmp_path: Path) -> Path:
    """Give a copy of the pages on evidence."""
    shutil.copytree(ROOT / "docs" / "evidence", tmp_path / "evidence")
    return tmp_path / "evidence"


def test_each_block_of_figures_has_a_place_on_its_page(manual: Path) -> None:
    for name in (*pages.BLOCKS, "servers"):
        pages.write(manual, name, AnyFigures(), "shown")
    for name, block in pages.BLOCKS.items():
        written = (manual / f"{block.page}.md").read_text("utf-8").partition(f"<!-- {name}: ")[2].partition("<!-- to")
        assert re.search(r"4,?711", written[0])
        assert written[1]
    assert "```text\nshown\n```" in (manual / "benchmarks.md").read_text("utf-8")


def test_a_run_writes_the_figures_of_what_was_run_and_what_it_printed(
    manual: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(everything.BENCHMARKS, "calls", "--rounds 1")
    before = (manual / "speed.md").read_text("utf-8")
    everything.main(["--quick", "--into", str(manual), "calls"])
    printed = capsys.readouterr().out
    (ratio,) = re.findall(r"newPost / loads \(944 bytes\) +([0-9.]+)", printed)
    assert f"| wp.newPost, 944 bytes | {float(ratio):.2f} | |" in (manual / "methods.md").read_text("utf-8")
    assert printed.strip() in (manual / "benchmarks.md").read_text("utf-8")
    assert (manual / "speed.md").read_text("utf-8") == before


def test_the_page_names_the_benchmarks() -> None:
    table = (ROOT / "docs" / "evidence" / "speed.md").read_text("utf-8").partition("## A request")[0]
    first_columns = re.findall(r"(?m)^\| (`.+?) \|", table)
    assert sorted(re.findall("`(.+?)`", " ".join(first_columns))) == sorted(everything.BENCHMARKS)


def test_a_family_has_the_children_of_each_thread() -> None:
    with ThreadPoolExecutor(1) as apart:
        before = {*processes.family(os.getpid())}, measure(os.getpid(), 0).threads
        child = apart.submit(subprocess.Popen, ("sleep", "60")).result()
        after = {*processes.family(os.getpid())}, measure(os.getpid(), 0).threads
        child.terminate()
        child.wait()
    assert (after[0] - before[0], after[1] - before[1]) == ({child.pid}, 2)  # threads: the child's, and the one apart


def test_a_process_that_has_ended_is_a_family_of_one() -> None:
    child = subprocess.Popen("true")
    child.wait()
    assert [*processes.family(child.pid)] == [child.pid]


def test_an_unknown_benchmark_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        everything.main(["speed"])
    assert ended.value.code == 2
    assert "'speed' is no benchmark; write one of hotpath, " in capsys.readouterr().err


def test_instructions_are_those_of_the_application_alone() -> None:
    row = instructions.Row("title", 1, guard, Passing, ordinary)
    counts = dict(zip(instructions.pairs_of(row), (1_500, 1_100, 1_000), strict=True))
    assert instructions.ratio(row, counts) == 500 / 100


def test_the_median_turn_counts_and_the_first_does_not() -> None:
    counted = [(("guard", "ordinary", 1), turn, number) for turn, number in enumerate([900, 30, 10, 20])]
    assert instructions.medians(counted) == {("guard", "ordinary", 1): 20}


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        pytest.param(
            "desc: Trigger: Client Request: guard ordinary 1 2\nsummary: 1234\n",
            (("guard", "ordinary", 1), 2, 1234),
            id="a turn",
        ),
        pytest.param("desc: Trigger: Program termination\ntotals: 99\n", None, id="what the program does at its end"),
    ],
)
def test_what_valgrind_counted_is_read(text: str, counted: object) -> None:
    assert instructions.read_count(text) == counted


def test_no_stranger_is_in_the_spread_ranges() -> None:
    networks = Networks(spread(1_000))
    assert len(list(networks)) == 1_000
    assert not any(stranger_anywhere(number)["REMOTE_ADDR"] in networks for number in range(1_000))


@pytest.fixture
def served() -> dict[str, Any]:
    """Give what the servers serve, without leaving the module that switches the log off imported."""
    return runpy.run_path(str(Path(report.__file__).with_name("served.py")))


def exchange(app: WSGIApplication, environ: WSGIEnvironment) -> tuple[str, list[tuple[str, str]], bytes]:
    """Give the status, the headers and the body that an application answers with."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _: object = None) -> Callable[[bytes], object]:
        started.append((status, headers))
        return bytes

    body = b"".join(app(environ, start))
    return *started[0], body


@pytest.mark.parametrize(
    ("path", "peer", "status"),
    [
        pytest.param("/xmlrpc.php", "203.0.113.9", "403 Forbidden", id="a stranger at the script"),
        pytest.param("/xmlrpc.php", "192.0.64.5", "200 OK", id="a listed client at the script"),
        pytest.param("/", "203.0.113.9", "200 OK", id="a stranger elsewhere"),
    ],
)
def test_the_guards_that_are_compared_answer_alike(path: str, peer: str, status: str) -> None:
    statuses = [exchange(app, request(path, peer=peer))[0] for app in (Naive(inner), guard(inner))]
    assert statuses == [status, status]


@pytest.mark.parametrize(
    ("baseline", "make"),
    [
        pytest.param("refusing", stranger, id="what refuses by itself answers as the guard does"),
        pytest.param("unguarded", ordinary, id="what is served bare is what is guarded"),
    ],
)
def test_the_applications_that_are_served_answer_alike(
    baseline: str, make: Callable[[int], WSGIEnvironment], served: dict[str, Any]
) -> None:
    assert exchange(served[baseline], make(1)) == exchange(served["guarded"], make(1))
