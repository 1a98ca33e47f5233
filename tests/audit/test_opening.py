"""Opening logs: what they are compressed with, rotated sets, blocks that end where lines do, and what breaks off."""

import bz2
import gzip
import io
import lzma
import os
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xmlrpc_guard import Policy
from xmlrpc_guard.audit import opening
from xmlrpc_guard.audit.opening import OpenLog, in_order, open_log, take_head
from xmlrpc_guard.audit.running import ObstacleError, Plan, count_logs
from xmlrpc_guard.audit.tally import Tally
from xmlrpc_guard.errors import SourceError

zstd = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
LINE = b'203.0.113.9 - - [29/Nov/2026:11:00:00 +0000] "POST /xmlrpc.php HTTP/1.1" 200 370 "-" "probe/1"\n'
COMPRESSIONS: list[Callable[[bytes], bytes]] = [bytes, gzip.compress, bz2.compress, lzma.compress, zstd.compress]


def read(path: Path) -> bytes:
    log = open_log(str(path))
    with log.file, log.content:
        return b"".join(log.blocks())


def test_a_path_that_leads_to_standard_input_stands_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as pipe, os.fdopen(writing, "w"):
        monkeypatch.setattr(sys, "stdin", pipe)
        assert opening.is_standard_input("-")
        assert opening.is_standard_input(f"/dev/fd/{reading}")
        assert not opening.is_standard_input("/dev/null")
        assert not opening.is_standard_input("/none")
    monkeypatch.setattr(sys, "stdin", None)
    assert not opening.is_standard_input("/dev/null")


@pytest.mark.parametrize("compress", COMPRESSIONS)
def test_a_log_is_read_whatever_it_is_compressed_with_and_called(
    compress: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    (tmp_path / "log").write_bytes(compress(LINE * 3) + compress(LINE))
    assert read(tmp_path / "log") == LINE * 4


def test_a_log_may_come_by_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(gzip.compress(LINE)))))
    assert b"".join(open_log("-").blocks()) == LINE


def test_without_a_reader_for_zstd_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log").write_bytes(zstd.compress(LINE))
    monkeypatch.setattr(opening, "import_module", _find_nothing)
    with pytest.raises(SourceError, match=r"log: is compressed with zstd; run: pip install 'xmlrpc_guard\[zstd\]'$"):
        open_log(str(tmp_path / "log"))


def _find_nothing(name: str) -> None:
    raise ModuleNotFoundError(name)


@pytest.mark.parametrize(("name", "problem"), [("none", "No such file"), (".", "Is a directory")])
def test_a_log_that_cannot_be_opened(name: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=rf"cannot be read \({problem}.*\); name another file$"):
        open_log(str(tmp_path / name))


class Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False


def plain(content: io.BytesIO) -> OpenLog:
    file: io.BufferedReader = io.BufferedReader(content)
    return OpenLog(file, file)


def unpacked(content: io.BytesIO) -> OpenLog:
    return OpenLog(io.BufferedReader(content), io.BufferedReader(io.BytesIO()))


KINDS: list[Any] = [
    pytest.param(plain, io.BytesIO, id="a file"),
    pytest.param(plain, Pipe, id="a pipe"),
    pytest.param(unpacked, io.BytesIO, id="a compressed file"),
]


@pytest.mark.parametrize(("make", "source"), KINDS)
@given(content=st.lists(st.sampled_from([b"a", b"bb", b"\n"]), max_size=30).map(b"".join), size=st.integers(1, 9))
@example(content=b"a\nbb\nc", size=3)
def test_blocks_end_where_lines_do_and_add_up(
    make: Callable[[io.BytesIO], OpenLog], source: Callable[[bytes], io.BytesIO], content: bytes, size: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "BLOCK", size)
        blocks = list(make(source(content)).blocks())
    assert b"".join(blocks) == content
    assert [block for block in blocks[:-1] if not block.endswith(b"\n")] == []


def test_a_line_without_an_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "BLOCK", 4)
    monkeypatch.setattr(opening, "LONGEST_LINE", 8)
    blocks = list(OpenLog(io.BufferedReader(io.BytesIO(b"a" * 30)), io.BufferedReader(io.BytesIO())).blocks())
    assert max(map(len, blocks)) == 12


SETS = [
    pytest.param(["a.log", "a.log.1", "a.log.2.gz"], ["a.log.2.gz", "a.log.1", "a.log"], id="numbers count backwards"),
    pytest.param(
        ["a.log", "a.log.10.xz", "a.log.9"], ["a.log.10.xz", "a.log.9", "a.log"], id="as numbers, not as text"
    ),
    pytest.param(["a-20261129.log", "b"], ["a-20261129.log", "b"], id="a date in the name is no rotation"),
    pytest.param(["a.log-20261129.gz", "a.log-20261128"], ["a.log-20261128", "a.log-20261129.gz"], id="dates grow"),
    pytest.param(
        ["a.log-20261129-1795950000", "a.log-20261128-1795863600.zst"],
        ["a.log-20261128-1795863600.zst", "a.log-20261129-1795950000"],
        id="dates with seconds grow",
    ),
    pytest.param(
        ["b.log", "a.log", "b.log.1"], ["b.log.1", "b.log", "a.log"], id="sets stay apart, in their own order"
    ),
    pytest.param(["a.log", "a.log"], ["a.log"], id="a log that is named twice is read once"),
    pytest.param(["-"], ["-"], id="standard input"),
]


@pytest.mark.parametrize(("given_", "ordered"), SETS)
def test_rotated_sets_are_put_in_the_order_of_time(given_: list[str], ordered: list[str]) -> None:
    assert in_order(given_) == ordered


def count(*paths: Path) -> tuple[Tally, int]:
    tally, advances = Tally(), list[int]()
    count_logs(map(str, paths), Plan(Policy(allow=["192.0.64.7"])), tally, advances.append)
    return tally, sum(advances)


@pytest.mark.parametrize("compress", COMPRESSIONS[1:])
def test_a_log_that_breaks_off_is_counted_up_to_there_and_the_next_is_read(
    compress: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "BLOCK", 8192)
    whole = compress(LINE * 9) + compress(LINE)
    (tmp_path / "one").write_bytes(whole[: len(whole) - 20])
    (tmp_path / "two").write_bytes(compress(LINE))
    tally, _ = count(tmp_path / "one", tmp_path / "two")
    assert tally.lines["read"] >= 10
    assert len(tally.problems) == 1
    assert tally.problems[0].startswith(f"{tmp_path / 'one'}: breaks off (")


def test_a_log_of_another_format_is_read_line_by_line(tmp_path: Path) -> None:
    (tmp_path / "log").write_text('{"request_uri":"/xmlrpc.php","remote_addr":"::1"}\n' * 3)
    tally, _ = count(tmp_path / "log")
    assert (tally.formats, +tally.lines, tally.period.requests) == ({"json": 1}, {"read": 3, "without_a_time": 3}, 3)


def test_progress_is_told_in_bytes_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(gzip.compress(LINE * 10))
    tally, advanced = count(tmp_path / "log")
    assert (tally.lines["read"], advanced) == (10, (tmp_path / "log").stat().st_size)
    assert opening.size_of(str(tmp_path / "log")) == advanced


def test_a_pipe_has_no_position(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.write(writing, LINE)
    os.close(writing)
    monkeypatch.setattr(sys, "stdin", os.fdopen(reading))
    tally, advanced = count(Path("-"))
    assert (tally.lines["read"], advanced) == (1, len(LINE))


def test_what_has_no_size(tmp_path: Path) -> None:
    assert opening.size_of("-") is opening.size_of(str(tmp_path / "none")) is None
    assert opening.name_of("-") == "standard input"


class Lines(io.RawIOBase):
    """A pipe into which another program writes a line at a time."""

    def __init__(self, *lines: bytes) -> None:
        self._lines = iter(lines)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        line = next(self._lines, b"")
        buffer[: len(line)] = line
        return len(line)


def test_what_the_first_lines_show_does_not_depend_on_how_many_a_pipe_gives_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = [LINE.replace(b"203.0.113.9", b"10.0.0.5")] * 30
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Lines(*lines))))
    with pytest.raises(ObstacleError, match=r"^30 of the first 30 lines have the peer 10\.0\.0\.5"):
        count_logs(["-"], Plan(Policy(allow=["jetpack"])), Tally())


def broken(error: BaseException) -> Iterator[bytes]:
    yield b"a\n"
    raise error


def test_the_first_lines_are_taken_in_as_many_blocks_as_it_takes() -> None:
    head, left = take_head(iter([b"a\nb\n", b"c\n", b"d\n"]), 3)
    assert (head, [*left]) == (b"a\nb\nc\n", [b"d\n"])
    head, left = take_head(iter([b"a\n"]), 3)
    assert (head, [*left]) == (b"a\n", [])


def test_long_lines_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_LONGEST_HEAD", 4)
    assert take_head(iter([b"aa\n", b"bb\n", b"cc\n"]), 3)[0] == b"aa\nbb\n"


@pytest.mark.parametrize(
    "error", [pytest.param(EOFError(), id="a file that breaks off"), pytest.param(KeyboardInterrupt(), id="Ctrl-C")]
)
def test_what_ends_the_reading_within_the_first_lines_loses_none_of_them(error: BaseException) -> None:
    head, left = take_head(broken(error), 3)
    assert (head, next(left)) == (b"a\n", b"")
    with pytest.raises(type(error)):
        next(left)
