"""A file that is followed although it has no name any more: removed, or replaced where this process cannot see it."""

import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.frontends import ROOT
from tests.live.contract import allowed
from tests.live.doubles import NEW, OLD, Memory, Time, follow, swap
from xmlrpc_guard.files import has_name
from xmlrpc_guard.sources import File, Reading

needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="/proc/self/fd is missing")


def can_mount() -> bool:
    command = ("unshare", "-m", "mount", "--bind", "/tmp", "/tmp")
    return (
        shutil.which("unshare") is not None and not subprocess.run(command, check=False, capture_output=True).returncode
    )


def advice(folder: str) -> str:
    return (
        "was removed, or a new file was renamed over it, and this mount of the file alone still shows the old one; "
        f"mount the folder {folder} instead"
    )


FOLLOWED_THROUGH_A_MOUNT = """
import json, logging, sys
from pathlib import Path
from tests.live.contract import allowed
from tests.live.doubles import NEW, OLD, Time, follow, swap
from xmlrpc_guard.sources import File

logging.basicConfig(stream=sys.stderr, format="%(message)s")
host, mounted = map(Path, sys.argv[1:])
time = Time()
live = follow(time, File(mounted))
before = live.status()[0].error
swap(host, NEW)
time.passes(5)
print(json.dumps([before, live.status()[0].error, allowed(live, OLD, NEW)]))
"""


@pytest.mark.skipif(not can_mount(), reason="mounting is not allowed")
def test_a_file_that_is_mounted_alone_and_replaced_on_the_host_is_reported(tmp_path: Path) -> None:
    host, mounted = tmp_path / "host.txt", tmp_path / "lists" / "office.txt"
    mounted.parent.mkdir()
    mounted.touch()
    swap(host, OLD)
    script = 'mount --bind "$1" "$2" && exec "$3" -W ignore -c "$4" "$1" "$2"'
    command = ("unshare", "-m", "sh", "-c", script, "sh", host, mounted, sys.executable, FOLLOWED_THROUGH_A_MOUNT)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=ROOT)
    error = f"{mounted}: {advice(str(mounted.parent))}"
    assert json.loads(done.stdout) == [None, error, [OLD]]
    assert done.stderr.startswith(f"allow: {error}; the list of ")
    assert done.stderr.endswith(" UTC stays active, with 1 entry\n")


@pytest.fixture
def held(tmp_path: Path) -> Path:
    """Give a path of this process alone to a file, by its descriptor; the file's own is beside it, at ``list``."""
    swap(tmp_path / "list", OLD)
    descriptor = os.open(tmp_path / "list", os.O_RDONLY)
    (tmp_path / "held").symlink_to(f"/proc/self/fd/{descriptor}")
    return tmp_path / "held"


@needs_proc
def test_the_problem_and_its_end_are_logged_once_each(held: Path, caplog: pytest.LogCaptureFixture) -> None:
    time, path = Time(), held.with_name("list")
    live = follow(time, File(held))
    errors = [live.status()[0].error]
    swap(path, NEW)
    for _ in range(3):
        time.passes(5)
        errors.append(live.status()[0].error)
        assert allowed(live, OLD, NEW) == [OLD]
    held.unlink()
    held.symlink_to(path)  # as a container that is started again sees it
    time.passes(5)
    errors.append(live.status()[0].error)
    assert errors == [None, *[f"{held}: {advice(str(held.parent))}"] * 3, None]
    assert allowed(live, OLD, NEW) == [NEW]
    assert [(record.levelno, record.getMessage().partition("; ")[0]) for record in caplog.records] == [
        (logging.ERROR, f"allow: {held}: {advice('').partition('; ')[0]}"),
        (logging.WARNING, f"allow: {held} is usable again, with 1 entry"),
    ]


@needs_proc
def test_a_guard_starts_with_a_file_that_is_a_mount_and_reports_it(
    held: Path, caplog: pytest.LogCaptureFixture
) -> None:
    held.with_name("list").unlink()
    live = follow(Time(), File(held))
    assert (allowed(live, OLD, NEW), live.status()[0].error) == ([OLD], f"{held}: {advice(str(held.parent))}")
    assert len(caplog.records) == 1


@needs_proc
def test_what_is_wrong_with_the_file_itself_is_reported_first(held: Path) -> None:
    time = Time()
    live = follow(time, File(held))
    held.write_text("10/8\n")
    held.with_name("list").unlink()
    time.passes(5)
    assert live.status()[0].error == f"{held}:1: '10/8' is a partial address; write 10.0.0.0/8"


def test_a_file_that_is_replaced_again_and_again_has_a_name(tmp_path: Path) -> None:
    path = tmp_path / "list"
    swap(path, OLD)
    with path.open() as _:
        swap(path, NEW)
        assert has_name(str(path))


def test_a_source_of_ones_own_may_be_in_doubt(time: Time, memory: Memory) -> None:
    read = memory.read
    memory.read = lambda: read()._replace(doubt="is a copy; read the original")  # type: ignore[method-assign]
    live = follow(time, memory)
    assert (allowed(live, OLD), live.status()[0].error) == ([OLD], "memory: is a copy; read the original")
    memory.read = lambda: read()._replace(doubt=None)  # type: ignore[method-assign,arg-type]
    time.passes(5)
    assert live.status()[0].error == "memory: returned no Reading; return one, its date with a time zone"
    assert Reading(read().networks, 1, None, 0).doubt == ""
