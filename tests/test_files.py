"""Regular files opened and read: nothing else is, and nothing is waited for. What a guard's lists add is in live."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.files import (
    check_regular,
    describe_access,
    describe_folder_access,
    open_regular,
    read_regular,
)


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


# Who may change a file


@pytest.mark.parametrize(
    ("mode", "doubted"),
    [
        pytest.param(0o644, False, id="that all may read"),
        pytest.param(0o755, False, id="that all may execute"),
        pytest.param(0o664, True, id="that its group may write"),
        pytest.param(0o602, True, id="that all but its group may write"),
    ],
)
def test_a_file(path: Path, mode: int, doubted: bool) -> None:
    path.touch()
    path.chmod(mode)
    problem = f"can be written by others (mode {mode:o}); run: chmod go-w {path}"
    assert describe_access(str(path), path.stat()) == (problem if doubted else "")


@pytest.mark.parametrize(
    ("mode", "doubted"),
    [
        pytest.param(0o755, False, id="that all may read"),
        pytest.param(0o775, True, id="that its group may write"),
        pytest.param(0o777, True, id="that all may write"),
        pytest.param(0o1777, False, id="that all may write, with the sticky bit, as /tmp"),
    ],
)
def test_a_folder(tmp_path: Path, mode: int, doubted: bool) -> None:
    folder = tmp_path / "the lists"
    folder.mkdir()
    folder.chmod(mode)
    problem = f"can be replaced by others, who may write to its folder (mode {mode:o}); run: chmod go-w '{folder}'"
    assert describe_folder_access(f"{folder}/list") == (problem if doubted else "")


def test_the_folder_that_a_link_leads_to_is_looked_at_too(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "list").symlink_to(tmp_path / "open" / "list")
    assert describe_folder_access(str(tmp_path / "list")).endswith(f"run: chmod go-w {tmp_path}/open")


def test_a_folder_that_is_mounted_to_be_read_only_is_no_doubt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o777)
    assert describe_folder_access(f"{tmp_path}/list")
    flags = os.statvfs(tmp_path).f_flag | os.ST_RDONLY
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=flags))
    assert describe_folder_access(f"{tmp_path}/list") == ""


def test_a_folder_that_cannot_be_seen_is_no_doubt() -> None:
    assert describe_folder_access("/no/such/folder/list") == ""
