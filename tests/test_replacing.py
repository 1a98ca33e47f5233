"""Replacing a file: the old bytes or the new ones at every moment, and what stays as it was."""

import contextlib
import fcntl
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.frontends import ROOT
from tests.updates.tracing import beside, names, trace_update
from xmlrpc_guard import replacing as module
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.replacing import ChangedError, read_current, replace_file

OLD, NEW = b"# old\n" + b"192.0.64.0/18\n" * 5000, b"# new\n" + b"195.234.108.0/22\n" * 5000
NOBODY = 65534
# unshare(1) of util-linux needs the right that mount(8) needs.
MAY_MOUNT = (
    shutil.which("unshare") is not None and subprocess.run(["unshare", "-m", "true"], check=False).returncode == 0
)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    path = tmp_path / "list.txt"
    path.write_bytes(OLD)
    return path


def test_the_new_bytes_are_there_and_nothing_beside_them(output: Path) -> None:
    replace_file(str(output), NEW)
    assert read_current(str(output)) == NEW
    assert names(output.parent) == ["list.txt"]


def test_a_file_that_was_not_there_is_made_for_all_to_read(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    assert read_current(str(path)) == b""
    replace_file(str(path), NEW)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (NEW, 0o644)


def test_a_relative_path_is_of_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    replace_file("list.txt", NEW)
    assert (tmp_path / "list.txt").read_bytes() == NEW


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444, 0o664], ids=oct)
def test_mode_and_owner_stay(mode: int, output: Path) -> None:
    output.chmod(mode)
    owner = (1234, 5678) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    os.chown(output, *owner)
    replace_file(str(output), NEW)
    state = output.stat()
    assert (stat.S_IMODE(state.st_mode), state.st_uid, state.st_gid) == (mode, *owner)


def test_a_program_that_has_the_old_file_open_reads_on_in_it(output: Path) -> None:
    with output.open("rb") as reader:
        begun = reader.read(100)
        replace_file(str(output), NEW)
        assert begun + reader.read() == OLD


def test_a_link_stays_and_what_it_leads_to_is_replaced(output: Path, tmp_path: Path) -> None:
    folder = tmp_path / "links"
    folder.mkdir()
    for link, target in (("near", "../list.txt"), ("far", "near")):
        (folder / link).symlink_to(target)
    replace_file(str(folder / "far"), NEW)
    assert output.read_bytes() == NEW
    assert [(folder / link).readlink() for link in ("near", "far")] == [Path("../list.txt"), Path("near")]


def test_a_link_that_leads_nowhere_gets_its_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("list.txt")
    assert read_current(str(tmp_path / "link")) == b""
    replace_file(str(tmp_path / "link"), NEW)
    assert (tmp_path / "list.txt").read_bytes() == NEW
    assert (tmp_path / "link").is_symlink()


def test_a_link_to_itself_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "link"
    path.symlink_to("link")
    with pytest.raises(OSError, match="Too many levels"):
        read_current(str(path))
    with pytest.raises(ConfigurationError, match="is a link; write the path of a file"):
        replace_file(str(path), NEW)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        pytest.param(Path.mkdir, "a directory", id="a directory"),
        pytest.param(os.mkfifo, "a FIFO", id="a FIFO, which is not waited for"),
    ],
)
def test_what_is_not_a_file_is_left_alone(make: Callable[[Path], None], kind: str, tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    make(path)
    message = f"is {kind}; write the path of a file"
    with pytest.raises(ConfigurationError, match=message):
        read_current(str(path))
    with pytest.raises(ConfigurationError, match=message):
        replace_file(str(path), NEW)
    assert names(tmp_path) == ["list.txt"]


def test_a_device_is_left_alone() -> None:
    with pytest.raises(ConfigurationError, match="is a device; write the path of a file"):
        read_current(os.devnull)


@pytest.mark.parametrize("path", ["no-such-folder/list.txt", "list.txt/list.txt"])
def test_a_folder_that_does_not_exist(path: str, output: Path) -> None:
    with pytest.raises(OSError, match=r"No such file or directory|Not a directory"):
        replace_file(str(output.parent / path), NEW)
    assert output.read_bytes() == OLD


# What an earlier update left.


def test_what_a_killed_update_left_behind_is_taken_up(output: Path) -> None:
    beside(output).write_bytes(b"half" * 10**6)
    replace_file(str(output), NEW)
    assert (output.read_bytes(), beside(output).exists()) == (NEW, False)


def hard_link(path: Path) -> None:
    os.link(path.with_name("secret"), beside(path))


def of_another(path: Path) -> None:
    beside(path).touch()
    os.chown(beside(path), NOBODY, NOBODY)


def symbolic_link(path: Path) -> None:
    beside(path).symlink_to("secret")


FOREIGN = [
    pytest.param(hard_link, "was put there by another user", id="a hard link to a file elsewhere"),
    pytest.param(symbolic_link, "Too many levels of symbolic links", id="a link"),
    pytest.param(lambda path: os.mkfifo(beside(path)), "was put there by another user", id="a FIFO"),
    pytest.param(lambda path: beside(path).mkdir(), "Is a directory", id="a directory"),
    pytest.param(of_another, "was put there by another user", id="a file of a second user"),
]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize(("put", "message"), FOREIGN)
def test_a_file_that_another_user_put_beside_is_not_written_to(
    put: Callable[[Path], None], message: str, output: Path
) -> None:
    secret = output.with_name("secret")
    secret.write_bytes(b"secret")
    put(output)
    with pytest.raises(OSError, match=message):
        replace_file(str(output), NEW)
    assert (output.read_bytes(), secret.read_bytes()) == (OLD, b"secret")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_was_left_when_it_had_been_given_to_the_lists_owner_is_taken_up(output: Path) -> None:
    of_another(output)
    os.chown(output, NOBODY, NOBODY)
    replace_file(str(output), NEW)
    assert (output.read_bytes(), output.stat().st_uid) == (NEW, NOBODY)


# Two updates at once.


def test_an_update_that_holds_on_is_not_waited_for_for_ever(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.1)
    with beside(output).open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(BlockingIOError, match="another update is being written"):
            replace_file(str(output), NEW)
    assert (output.read_bytes(), beside(output).exists()) == (OLD, True)


def test_updates_at_once_do_not_mix(output: Path) -> None:
    contents = [b"# %d\n" % writer + b"%d\n" % writer * 10**5 for writer in range(4)]
    results = set()
    # Locks are between open files, so that threads are kept apart as processes are.
    with ThreadPoolExecutor(len(contents)) as writers:
        updates = [writers.submit(replace_file, str(output), content) for content in contents * 40]
        while not all(update.done() for update in updates):
            results.add(output.read_bytes())
    assert [update.result() for update in updates] == [None] * len(updates)
    assert results <= {OLD, *contents}
    assert names(output.parent) == ["list.txt"]


@pytest.mark.parametrize("now", [b"", b"# another\n", None], ids=["emptied", "rewritten", "removed"])
def test_what_has_changed_since_it_was_looked_at_is_left(now: bytes | None, output: Path) -> None:
    output.unlink()
    if now is not None:
        output.write_bytes(now)
    with pytest.raises(ChangedError):
        replace_file(str(output), NEW, current=OLD)
    assert read_current(str(output)) == (now or b"")
    assert names(output.parent) == [output.name] * (now is not None)
    replace_file(str(output), NEW, current=now or b"")
    assert output.read_bytes() == NEW


# A call that fails, and a disk that is full.

REPLACE = """
import sys
from xmlrpc_guard.replacing import replace_file
replace_file(sys.argv[1], open(sys.argv[2], "rb").read())
"""


def with_failing(call: str, output: Path) -> int:
    """Replace in a process of its own, in which a system call fails, and give its exit status."""
    output.parent.mkdir()
    output.write_bytes(OLD)
    new = output.parent.parent / "new"
    new.write_bytes(NEW)
    command = (sys.executable, "-c", REPLACE, str(output), str(new))
    return trace_update(output, *command, inject=call).returncode


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize(
    ("call", "error"),
    [
        pytest.param("openat", "EMFILE", id="no more files"),
        pytest.param("flock", "ENOLCK", id="no lock, as on some network's disk"),
        pytest.param("ftruncate", "EIO", id="what was left cannot be emptied"),
        pytest.param("write", "ENOSPC", id="no room"),
        pytest.param("fchmod", "EPERM", id="no mode"),
        pytest.param("fsync", "EIO", id="a broken disk"),
        pytest.param("renameat", "EDQUOT", id="no room for a name"),
    ],
)
def test_a_call_that_fails_leaves_the_old_list(call: str, error: str, tmp_path: Path) -> None:
    output = tmp_path / "lists" / "list.txt"
    assert with_failing(f"{call}:error={error}:when=1", output) == 1
    assert output.read_bytes() == OLD
    assert names(output.parent) == ([beside(output).name] if call == "flock" else []) + [output.name]


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_folder_that_cannot_be_synced_is_an_error_though_the_new_list_is_there(tmp_path: Path) -> None:
    output = tmp_path / "lists" / "list.txt"
    assert with_failing("fsync:error=EIO:when=2", output) == 1
    assert (output.read_bytes(), names(output.parent)) == (NEW, [output.name])


def test_a_limit_on_the_size_of_files_leaves_the_old_list(output: Path) -> None:
    new = output.with_name("new")
    new.write_bytes(NEW)
    command = ["sh", "-c", 'ulimit -f 10; exec "$@"', "sh", sys.executable, "-c", REPLACE, str(output), str(new)]
    failed = subprocess.run(command, cwd=ROOT, check=False, capture_output=True)
    assert (failed.returncode, b"File too large" in failed.stderr) == (1, True)
    assert (output.read_bytes(), names(output.parent)) == (OLD, ["list.txt", "new"])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "disk"
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "none", path], check=True)
    yield path
    subprocess.run(["umount", path], check=True)


@pytest.mark.skipif(not MAY_MOUNT, reason="nothing may be mounted here")
def test_a_disk_that_is_full_leaves_the_old_list(small_disk: Path) -> None:
    output = small_disk / "list.txt"
    output.write_bytes(OLD)
    with pytest.raises(OSError, match="No space left on device"):
        replace_file(str(output), NEW)
    assert (output.read_bytes(), names(small_disk)) == (OLD, ["list.txt"])
    replace_file(str(output), NEW[:1000])
    assert output.read_bytes() == NEW[:1000]


def become_root() -> None:
    os.seteuid(0)
    os.setegid(0)


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder that others can come to, and this process without its rights."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        (Path(name) / "lists").mkdir()
        yield Path(name) / "lists"
        become_root()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(
    ("mode", "owners", "message"),
    [
        pytest.param(0o755, (0, 0), "Permission denied", id="a folder that may only be read"),
        pytest.param(0o733, (0, NOBODY), "Permission denied", id="a folder that may only be written to"),
        pytest.param(0o777, (0, 0), "Operation not permitted", id="a list whose owner could not be kept"),
        pytest.param(0o777, (0, NOBODY), None, id="a list of one's own, in a folder for all"),
    ],
)
def test_whose_the_folder_and_the_list_are(
    mode: int, owners: tuple[int, int], message: str | None, as_nobody: Path
) -> None:
    output = as_nobody / "list.txt"
    output.write_bytes(OLD)
    os.chown(output, owners[1], owners[1])
    os.chown(as_nobody, owners[0], owners[0])
    as_nobody.chmod(mode)
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    with pytest.raises(PermissionError, match=message) if message else contextlib.nullcontext():
        replace_file(str(output), NEW)
    become_root()
    assert (output.read_bytes(), names(as_nobody)) == (OLD if message else NEW, ["list.txt"])


@pytest.mark.skipif(not MAY_MOUNT, reason="nothing may be mounted here")
def test_a_file_that_is_a_mount_of_its_own_is_an_error(output: Path, tmp_path: Path) -> None:
    inside = tmp_path / "inside.txt"
    inside.touch()
    subprocess.run(["mount", "--bind", output, inside], check=True)
    try:
        with pytest.raises(OSError, match="Device or resource busy"):
            replace_file(str(inside), NEW)
    finally:
        subprocess.run(["umount", inside], check=True)
    assert (output.read_bytes(), names(tmp_path)) == (OLD, ["inside.txt", "list.txt"])
