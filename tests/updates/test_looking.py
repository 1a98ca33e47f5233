"""``ranges show``, ``diff`` and ``check``: what they print, and the status they end with."""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from xmlrpc_guard import Networks, Policy
from xmlrpc_guard.cli import run
from xmlrpc_guard.entries import read_entry
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.files import LARGEST_LIST
from xmlrpc_guard.published import PUBLISHED, published_entries
from xmlrpc_guard.ranges import format_cidr
from xmlrpc_guard.sources import File, LivePolicy
from xmlrpc_guard.updates.header import format_file

NOW = datetime.now(UTC)


def run_ranges(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = run(["ranges", *arguments])
    return (status, *capsys.readouterr())


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "list.txt"


def test_show_lists_the_packaged_lists(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run_ranges(capsys, "show")
    assert (status, err, out.count("\n")) == (0, "", len(PUBLISHED))
    assert re.match(
        r"jetpack: 8 entries \(8 IPv4, 0 IPv6\); dated 2025 \(at most \d+ days old\); https://jetpack.com/ips-v4.txt\n",
        out,
    )


def test_show_a_packaged_list(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run_ranges(capsys, "show", "jetpack")
    first, *entries = out.splitlines()
    assert (status, err, first.partition(" (")[0]) == (0, "", "# jetpack: 8 entries")
    assert sorted(entries) == sorted(PUBLISHED["jetpack"].ranges)


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_is_shown_is_a_list_that_a_guard_takes(name: str, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text(run_ranges(capsys, "show", name)[1])
    assert File(path).read().networks == Networks([name])


def test_a_range_is_shown_as_it_was_written(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text("10.0.0.1 - 10.0.0.9\n")
    assert run_ranges(capsys, "show", "list.txt")[1].splitlines()[1:] == ["10.0.0.1-10.0.0.9"]
    path.with_name("other.txt").write_text("10.0.0.1\n10.0.0.2/31\n10.0.0.4/30\n10.0.0.8/31\n")
    assert run_ranges(capsys, "diff", "list.txt", "other.txt") == (0, "", "")


def test_show_a_packaged_list_that_leaves_something_out(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run_ranges(capsys, "show", "cloudflare")
    assert out.splitlines()[1:] == [*map(format_cidr, published_entries("cloudflare"))]


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_place_says_the_same_number_of_entries(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live = LivePolicy(Policy(allow=[]), deny=[File(tmp_path / "missing", fallback=name)])
    counts = {
        len(read_entry(name)),
        live.status()[0].entries,
        len(run_ranges(capsys, "show", name)[1].splitlines()) - 1,
    }
    (tmp_path / "list.txt").write_text(f"{name}\n")
    counts.add(len(run_ranges(capsys, "show", str(tmp_path / "list.txt"))[1].splitlines()) - 1)
    assert counts == {len(published_entries(name))}


@pytest.mark.parametrize(
    ("age", "message"),
    [
        pytest.param(timedelta(minutes=5), "0 hours old", id="a fresh list"),
        pytest.param(timedelta(hours=1, minutes=5), "1 hour old", id="a list of an hour ago"),
        pytest.param(timedelta(hours=30, minutes=5), "30 hours old", id="a list of yesterday"),
        pytest.param(timedelta(days=2, minutes=5), "2 days old", id="a list of the day before yesterday"),
        pytest.param(timedelta(days=800, minutes=5), "800 days old", id="an old list"),
        pytest.param(-timedelta(days=2, minutes=5), "in the future by this clock", id="a clock that jumped back"),
    ],
)
def test_show_a_file_dated_by_its_header_or_by_itself(
    age: timedelta, message: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    when = NOW - age
    path.write_bytes(format_file("x", [], [(4, 8, 8)], f"{when:%Y-%m-%dT%H:%M:%SZ}"))
    expected = f"# list.txt: 1 entry (1 IPv4, 0 IPv6); dated {when:%Y-%m-%d %H:%M} UTC ({message})\n0.0.0.8/32\n"
    assert run_ranges(capsys, "show", "list.txt") == (0, expected, "")
    path.write_bytes(b"# fetched: the other day\n0.0.0.8\n")
    os.utime(path, (when.timestamp(), when.timestamp()))
    assert run_ranges(capsys, "show", "list.txt") == (0, expected, "")


@pytest.mark.parametrize(
    ("lists", "status", "printed"),
    [
        pytest.param("list.txt list.txt", 0, "", id="a file and itself"),
        pytest.param("jetpack jetpack", 0, "", id="a packaged list and itself"),
        pytest.param(
            "jetpack jetpack.txt", 0, "", id="a packaged list and a file that has its addresses in more ranges"
        ),
        pytest.param("list.txt other.txt", 1, "+ 8.8.8.8/32\n- 9.9.9.9/32\n", id="two files"),
    ],
)
def test_diff(lists: str, status: int, printed: str, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text("9.9.9.9\n::1\n")
    path.with_name("jetpack.txt").write_text("\n".join(PUBLISHED["jetpack"].ranges))
    path.with_name("other.txt").write_text('["::1", "8.8.8.8"]')
    assert run_ranges(capsys, "diff", *lists.split()) == (status, printed, "")


def test_diff_with_a_packaged_list(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text("192.0.64.0/18\n195.234.108.0/22\n8.8.8.8\n")
    status, out, err = run_ranges(capsys, "diff", "jetpack", "list.txt")
    assert (status, err, out.count("- "), out.count("+ ")) == (1, "", 3, 1)


def test_check_names_what_is_odd(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text("10.0.0.0/8\n10.0.0.0/8\n")
    assert run_ranges(capsys, "check", "list.txt") == (0, "list.txt:2: 10.0.0.0/8 is on line 1 already\n", "")
    path.write_text("10.0.0.0/8\n10.0.0.1/8\n10/8\n")
    assert run_ranges(capsys, "check", "list.txt") == (
        1,
        """\
list.txt:2: '10.0.0.1/8' has host bits set; write 10.0.0.0/8
list.txt:3: '10/8' is a partial address; write 10.0.0.0/8
""",
        "xmlrpc-guard: list.txt: is refused for 2 reasons\n",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("", "list.txt: is empty; write a # comment if it should have no entries\n", id="no bytes"),
        pytest.param(
            "<html>", "list.txt:1: looks like an HTML page; fetch the list itself, one entry a line\n", id="HTML"
        ),
    ],
)
def test_check_refuses_what_is_not_a_list(
    content: str, message: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path.write_text(content)
    assert run_ranges(capsys, "check", "list.txt") == (
        1,
        message,
        "xmlrpc-guard: list.txt: is refused for 1 reason\n",
    )


@pytest.mark.parametrize(
    "arguments", ["show none.txt", "diff jetpack none.txt", "diff none.txt jetpack", "check none.txt"]
)
def test_a_file_that_is_not_there(arguments: str, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = "xmlrpc-guard: cannot read none.txt: No such file or directory\n"
    assert run_ranges(capsys, *arguments.split()) == (2, "", message)
    assert not path.exists()


@pytest.mark.parametrize("arguments", ["show list.txt", "diff list.txt jetpack"])
def test_a_file_that_is_not_a_list(arguments: str, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text("10.0.0.0/8\n10/8\n")
    message = "xmlrpc-guard: list.txt:2: '10/8' is a partial address; write 10.0.0.0/8\n"
    assert run_ranges(capsys, *arguments.split()) == (2, "", message)


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-01"])
def test_a_date_that_cannot_be_read_is_the_files_own(date: str, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_bytes(format_file("x", [], [(4, 8, 8)], "DATE").replace(b"DATE", date.encode()))
    os.utime(path, (0, 0))
    assert run_ranges(capsys, "show", "list.txt")[1].startswith(
        "# list.txt: 1 entry (1 IPv4, 0 IPv6); dated 1970-01-01 00:00"
    )


def too_large(path: Path) -> None:
    path.write_bytes(b"# some comment\n")
    os.truncate(path, LARGEST_LIST + 1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(os.mkfifo, "list.txt: is a FIFO; write the path of a file", id="a FIFO, which is not waited for"),
        pytest.param(Path.mkdir, "list.txt: is a directory; write the path of a file", id="a directory"),
        pytest.param(too_large, "list.txt: is larger than 64 MB; write a shorter list", id="a file that is too large"),
    ],
)
def test_what_a_guard_does_not_read_is_not_read(
    make: Callable[[Path], None], message: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(path)
    with pytest.raises(SourceError) as caught:
        File(path).read()
    assert str(caught.value).endswith(message)
    for status, arguments in ((2, "show list.txt"), (2, "diff jetpack list.txt"), (1, "check list.txt")):
        assert run_ranges(capsys, *arguments.split()) == (status, "", f"xmlrpc-guard: {message}\n")


def test_a_list_as_large_as_a_guard_reads_is_read(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_bytes((b"#" * 4095 + b"\n") * (LARGEST_LIST >> 12))
    assert run_ranges(capsys, "check", "list.txt") == (0, "", "")


@pytest.mark.parametrize("control", ["\x1b[2J", "\x9b2J"])
def test_a_name_cannot_drive_a_terminal(control: str, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.with_name(control).write_text("8.8.8.8\n8.8.8.8\n")
    assert control not in "".join(run_ranges(capsys, "show", control)[1])
    assert control not in "".join(run_ranges(capsys, "check", control)[1])
