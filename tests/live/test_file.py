"""Lists in files: the contract of a source, and what else may be found where a list should be."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.frontends import ROOT
from tests.live.contract import SourceContract
from tests.live.doubles import Memory
from xmlrpc_guard import Networks
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.files import LARGEST_LIST
from xmlrpc_guard.listfile import LONGEST_LINE
from xmlrpc_guard.live.file import _time_of
from xmlrpc_guard.published import PUBLISHED
from xmlrpc_guard.sources import File, Source

A, B = ["192.0.2.7", "10.0.0.0/8"], ["192.0.2.8"]


class TestMemory(SourceContract):
    """The tests' own double keeps the contract too."""

    @pytest.fixture(autouse=True)
    def _made(self) -> None:
        self.memory = Memory()

    def source(self) -> Source:
        return self.memory

    def write(self, *entries: str) -> None:
        self.memory.write(*entries)

    def remove(self) -> None:
        self.memory.fail(SourceError("memory", 0, "is not there"))


class TestFileOfLines(SourceContract):
    @pytest.fixture(autouse=True)
    def _made(self, tmp_path: Path) -> None:
        self.path = tmp_path / "list"
        self.path.write_text(self.text("192.0.2.1"))
        self.file = File(self.path)

    def source(self) -> Source:
        return self.file

    def write(self, *entries: str) -> None:
        """Put the list there as it should be done: a finished file, renamed."""
        finished = self.path.with_suffix(".new")
        finished.write_text(self.text(*entries))
        finished.replace(self.path)

    def remove(self) -> None:
        self.path.unlink()

    def text(self, *entries: str) -> str:
        return "\n".join(["# a list", *entries, ""])


class TestFileOfAnArray(TestFileOfLines):
    def text(self, *entries: str) -> str:
        return json.dumps(entries)


class TestFileOfFastly(TestFileOfLines):
    def text(self, *entries: str) -> str:
        return json.dumps({"addresses": entries, "ipv6_addresses": []})


class TestFileWrittenInPlace(TestFileOfLines):
    def write(self, *entries: str) -> None:
        self.path.write_text(self.text(*entries))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "list"


def lines(entries: list[str]) -> str:
    return "".join(f"{entry}\n" for entry in entries)


CHANGES: list[Any] = [
    pytest.param(lambda path: os.utime(path, ns=(0, 0)), id="a time of change that is set back"),
    pytest.param(lambda path: path.chmod(0o600), id="a new mode, which may be why it could not be read"),
    pytest.param(
        lambda path: (path.rename(f"{path}.old"), shutil.copy2(f"{path}.old", path)), id="a copy in its place"
    ),
    pytest.param(
        lambda path: (path.rename(f"{path}.old"), path.symlink_to(f"{path}.old")),
        id="a link in its place",
    ),
    pytest.param(lambda path: path.write_text(lines(A) + "#"), id="one byte more"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_file_has_a_new_stamp(change: Callable[[Path], object], path: Path) -> None:
    path.write_text(lines(A))
    before = File(path).read()
    change(path)
    after = File(path).read()
    assert after.stamp != before.stamp
    assert (after.networks, after.entries) == (before.networks, before.entries)


def test_a_symbolic_link_is_followed_wherever_it_leads_now(path: Path) -> None:
    for name, entries in (("a", A), ("b", B)):
        path.with_name(name).write_text(lines(entries))
    path.symlink_to("a")
    source = File(path)
    first = source.read()
    path.with_name("swapped").symlink_to("b")
    path.with_name("swapped").replace(path)  # as container platforms swap a volume
    assert source.stamp() != first.stamp
    assert source.read().networks == Networks(B)


def test_a_file_knows_when_it_was_written(path: Path) -> None:
    path.write_text(lines(A))
    os.utime(path, (0, 86400 * 365))
    assert File(path).read().written == datetime(1971, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("seconds", [2**62, -(2**62)], ids=["far ahead", "far back"])
def test_a_time_that_no_calendar_has_is_unknown(seconds: float) -> None:
    assert _time_of(seconds) is None


def fifo(path: Path) -> None:
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(LARGEST_LIST + 1)


ENDS: list[Any] = [
    pytest.param(b"192.0.2.7", 1, id="an entry without a line end"),
    pytest.param(b"#" * LONGEST_LINE, 0, id="the longest line without a line end"),
    pytest.param(b"192.0.2.7\r", 1, id="a CR"),
    pytest.param(b"[]", 0, id="JSON without a line end"),
]


@pytest.mark.parametrize(("data", "entries"), ENDS)
def test_a_file_may_end_as_it_likes(data: bytes, entries: int, path: Path) -> None:
    path.write_bytes(data)
    assert File(path).read().entries == entries


@pytest.mark.parametrize("data", [b"", b" "], ids=["no bytes", "a space"])
def test_a_file_of_nothing_is_an_error(data: bytes, path: Path) -> None:
    path.write_bytes(data)
    with pytest.raises(SourceError, match="is empty; write a # comment if it should have no entries"):
        File(path).read()


def test_a_file_of_the_greatest_size_is_read(path: Path) -> None:
    path.write_bytes((b"#" * 4095 + b"\n") * (LARGEST_LIST >> 12))
    assert File(path).read().entries == 0


LONG_READ_TWICE = """
import sys, threading
from time import sleep
from tests.benchmarks.loading import memory
from xmlrpc_guard import Policy
from xmlrpc_guard.live.apart import READER
from xmlrpc_guard.sources import File, LivePolicy

time = [0.0]
before, _ = memory()
live = LivePolicy(Policy(allow=[]), allow=[File(sys.argv[1])], clock=lambda: time[0])
for time[0] in (5.0, 10.0):
    live.current()
    while any(thread.name == READER for thread in threading.enumerate()):
        sleep(0.01)
kept, peak = memory()
print(kept - before, peak - before)
"""


def test_a_long_list_is_held_once(path: Path) -> None:
    """Half a million addresses that do not touch take 4 MB; the rest of what reading takes is given back."""
    path.write_text(
        "".join(
            f"10.{high}.{middle}.{low}\n" for high in range(16) for middle in range(256) for low in range(0, 256, 2)
        )
    )
    command = (sys.executable, "-W", "ignore", "-c", LONG_READ_TWICE, str(path))
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=ROOT)
    kept, peak = map(float, done.stdout.split())
    assert kept < 15
    assert peak < 100


NOT_FILES: list[Any] = [
    pytest.param(lambda _: None, "does not exist; create it, or name another file", id="nothing"),
    pytest.param(
        lambda path: path.symlink_to("gone"), "does not exist; create it, or name another file", id="a link to nothing"
    ),
    pytest.param(
        lambda path: path.symlink_to(path),
        "cannot be read (Too many levels of symbolic links); make it readable",
        id="a link to itself",
    ),
    pytest.param(Path.mkdir, "is a directory; write the path of a file", id="a directory"),
    pytest.param(fifo, "is a FIFO; write the path of a file", id="a FIFO without a writer"),
    pytest.param(unix_socket, "is a socket; write the path of a file", id="a unix socket"),
    pytest.param(
        lambda path: path.symlink_to("/dev/zero"), "is a device; write the path of a file", id="a device without an end"
    ),
    pytest.param(sparse, "is larger than 64 MB; write a shorter list", id="a file over 64 MB"),
]


@pytest.mark.parametrize(("make", "problem"), NOT_FILES)
def test_what_is_not_a_regular_file_is_an_error_without_waiting(
    make: Callable[[Path], object], problem: str, path: Path
) -> None:
    make(path)
    for call in (File(path).stamp, File(path).read):
        with pytest.raises(SourceError) as raised:
            call()
        assert (raised.value.source, raised.value.line, raised.value.problem) == (str(path), 0, problem)


@contextlib.contextmanager
def as_other_user() -> Iterator[None]:
    """Give up root's power to read everything, if this is root."""
    user = os.geteuid()
    os.seteuid(user or 65534)
    try:
        yield
    finally:
        os.seteuid(user)


CLOSED: list[Any] = [
    pytest.param(lambda folder, _: folder.chmod(0), id="a directory that may not be searched"),
    pytest.param(lambda folder, path: (folder.chmod(0o755), path.chmod(0)), id="a file that may not be read"),
]


@pytest.mark.parametrize("close", CLOSED)
def test_a_file_without_permission_is_an_error_and_read_once_it_has_one(close: Callable[[Path, Path], object]) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # pytest's own folders are closed to others
        path = Path(folder) / "list"
        path.write_text(lines(A))
        close(path.parent, path)
        with (
            as_other_user(),
            pytest.raises(SourceError, match=r"cannot be read \(Permission denied\); make it readable"),
        ):
            File(path).read()
        path.parent.chmod(0o755)
        path.chmod(0o644)
        with as_other_user():
            assert File(path).read().networks == Networks(A)


def odd(path: str, what: str) -> Any:
    return pytest.param(path, id=what, marks=pytest.mark.skipif(not Path(path).is_file(), reason=f"{path} is missing"))


ODD_FILES = [
    odd("/proc/self/status", "a file that is longer than it says, as if it grew"),
    odd("/sys/devices/system/cpu/online", "a file that is shorter than it says, as if it shrank"),
]


@pytest.mark.parametrize("path", ODD_FILES)
def test_a_file_that_changes_at_each_try_is_an_error(path: str) -> None:
    with pytest.raises(SourceError, match="changes while it is read; rename a finished file onto it"):
        File(path).read()


def test_a_file_that_is_renamed_onto_a_list_is_read_whole(path: Path) -> None:
    short, long = A, [f"10.{high}.{low}.0/24" for high in range(20) for low in range(0, 256, 2)]
    path.write_text(lines(short))
    over = threading.Event()

    def replace() -> None:
        while not over.is_set():
            for entries in (long, short):
                path.with_suffix(".new").write_text(lines(entries))
                path.with_suffix(".new").replace(path)

    writer = threading.Thread(target=replace)
    writer.start()
    results = {File(path).read().networks for _ in range(300)}
    over.set()
    writer.join()
    assert results <= {Networks(short), Networks(long)}
    assert File(path).read().networks == Networks(short)


def test_what_a_full_disk_leaves_is_not_a_list(path: Path) -> None:
    """What a shell's redirection leaves on a disk that is full, here at 512 bytes, is JSON that ends too soon."""
    whole = json.dumps([f"10.0.{low}.0/24" for low in range(256)])
    subprocess.run(["sh", "-c", f"ulimit -f 1; cat > '{path}'"], input=whole.encode(), check=False, capture_output=True)
    assert 0 < path.stat().st_size < len(whole)
    with pytest.raises(SourceError, match="ends in the middle of its JSON; fetch or write it again"):
        File(path).read()


BAD_ENTRIES: list[Any] = [
    pytest.param(
        b"# office\n192.0.2.7\n\n10.0.0.1/8 # new\n",
        4,
        "'10.0.0.1/8' has host bits set; write 10.0.0.0/8",
        id="a line of a list, comments and empty lines counted",
    ),
    pytest.param(
        b'[\n"192.0.2.7",\n"10.0.0.1\\/8"]',
        3,
        "'10.0.0.1/8' has host bits set; write 10.0.0.0/8",
        id="an entry of an array",
    ),
    pytest.param(b"192.0.2.7 192.0.2.8", 1, None, id="two entries on a line"),
    pytest.param(b"192.0.2.7,", 1, None, id="a comma after an entry"),
    pytest.param(b"evil\x1b[31m", 1, None, id="what would colour a terminal"),
    pytest.param(
        b"unix", 1, "'unix' is not an address; write it in trusted_proxies only", id="a word for settings only"
    ),
]


@pytest.mark.parametrize(("data", "line", "problem"), BAD_ENTRIES)
def test_a_bad_entry_is_named_with_its_line(data: bytes, line: int, problem: str | None, path: Path) -> None:
    path.write_bytes(data)
    with pytest.raises(SourceError) as raised:
        File(path).read()
    assert str(raised.value) == f"{path}:{line}: {problem or raised.value.problem}"
    assert str(raised.value).isprintable()


def test_a_list_may_name_a_published_list(path: Path) -> None:
    path.write_text("jetpack\n192.0.2.7\n")
    assert File(path).read().networks == Networks(["jetpack", "192.0.2.7"])


def test_the_part_of_a_document_that_a_field_names(path: Path) -> None:
    path.write_text(json.dumps({"hooks": ["192.0.2.0/24"], "web": ["10.0.0.0/8"]}))
    assert File(path, field="hooks").read().networks == Networks(["192.0.2.0/24"])
    with pytest.raises(SourceError, match=r"has no field hook; it has hooks, web; write one entry a line"):
        File(path, field="hook").read()


def test_one_service_of_aws_list(path: Path) -> None:
    rows = [{"ip_prefix": "192.0.2.0/24", "service": "S3"}, {"ip_prefix": "10.0.0.0/8", "service": "EC2"}]
    path.write_text(json.dumps({"prefixes": rows, "ipv6_prefixes": []}))
    assert File(path, service="S3").read().networks == Networks(["192.0.2.0/24"])


def test_a_path_is_made_absolute_when_it_is_given(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text(lines(A))
    monkeypatch.chdir(path.parent)
    source = File("list")
    monkeypatch.chdir("/")
    assert (source.name, source.read().entries, repr(source)) == (str(path), 2, f"File('{path}')")


def test_a_fallback_is_a_published_list() -> None:
    fallback = File("list", fallback="jetpack").fallback
    assert fallback is not None
    assert (fallback.networks, fallback.entries) == (Networks(["jetpack"]), len(PUBLISHED["jetpack"].ranges))
    assert (fallback.written, File("list").fallback) == (None, None)


def test_a_length_of_time_is_kept() -> None:
    assert (File("list", max_age=timedelta(days=7)).max_age, File("list").max_age) == (timedelta(days=7), None)
