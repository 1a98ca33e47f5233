"""Regular files opened and read: nothing else is, and nothing is waited for. What a guard's lists add is in live."""

import os
from pathlib import Path

import pytest

from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.files import check_regular, open_regular, read_regular


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "list"


def test_the_bytes_are_those_of_the_file_and_a_line_end(path: Path) -> None:
    path.write_bytes(b"192.0.2.7")
    data, status = read_regular(str(path), 9)
    assert (data[:], status.st_size) == (b"192.0.2.7\n", 9)


def test_an_empty_file_is_read(path: Path) -> None:
    path.touch()
    assert read_regular(str(path), 0).data[:] == b"\n"


def test_a_file_of_a_byte_over_the_limit_is_an_error(path: Path) -> None:
    path.write_bytes(b"x" * ((1 << 20) + 1))
    with pytest.raises(SourceError, match="is larger than 1 MB; write a shorter list"):
        read_regular(str(path), 1 << 20)


def test_without_a_limit_any_regular_file_is_opened(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with open_regular(str(path)) as opened:
        assert opened.read(2) == b"\0\0"


def test_what_does_not_exist_is_an_error_of_the_system(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_regular(str(path), 9)


def test_a_link_that_is_not_followed_is_named_as_one(path: Path) -> None:
    path.symlink_to("list")
    with pytest.raises(SourceError, match="list: is a link; write the path of a file"):
        check_regular(str(path), path.lstat())


def test_a_fifo_put_there_after_the_look_is_not_waited_for_and_not_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(b"192.0.2.7")
    look = os.stat

    def look_and_swap(looked_at: str) -> os.stat_result:
        status = look(looked_at)
        path.unlink()
        os.mkfifo(path)
        return status

    monkeypatch.setattr(os, "stat", look_and_swap)
    with pytest.raises(SourceError, match="is a FIFO; write the path of a file"):
        read_regular(str(path), 9)


def test_a_device_is_not_even_opened() -> None:
    with pytest.raises(SourceError, match="is a device; write the path of a file"), open_regular("/dev/zero"):
        pass
