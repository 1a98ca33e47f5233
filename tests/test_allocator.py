"""The C library's allocator gives memory back, and keeps what threads take in one heap; glibc's, where there is one."""

import os
import subprocess
import sys

import pytest

from tests.frontends import ROOT
from tests.heaps import needs_glibc
from tests.inherited import inherited
from xmlrpc_guard import allocator
from xmlrpc_guard.allocator import give_memory_back, is_tuned, use_one_heap

FOUR_THREADS = """
import os
from threading import Barrier, Thread
from tests.heaps import count_heaps
from xmlrpc_guard.allocator import use_one_heap

barrier = Barrier(5)
def hold():
    held = bytes(100_000)  # too large for Python's own allocator, too small for a mapping of its own
    barrier.wait()
    barrier.wait()

{first}
for _ in range(4):
    Thread(target=hold).start()
barrier.wait()
print(count_heaps(os.getpid()))
barrier.wait()
"""

ONE_BLOCK = """
from xmlrpc_guard.allocator import use_one_heap
from xmlrpc_guard.proxy import ReverseProxy

def is_in_heap(block):
    heap = next(line for line in open("/proc/self/maps") if "[heap]" in line)
    low, high = (int(each, 16) for each in heap.split()[0].split("-"))
    return low <= id(block) < high

{first}
for _ in range(2):
    block = bytes({size})
    print(is_in_heap(block))
    del block  # by itself, glibc would take the next one from the heap
"""


def untuned() -> dict[str, str]:
    return {name: value for name, value in inherited().items() if not is_tuned({name: value})}


@needs_glibc
@pytest.mark.parametrize(
    ("first", "environment", "heaps"),
    [
        pytest.param("", {}, 4, id="by itself, glibc has one for each thread"),
        pytest.param("use_one_heap()", {}, 0, id="shared, there is none but the first thread's"),
        pytest.param("use_one_heap()", {"MALLOC_ARENA_MAX": "3"}, 2, id="the environment's own tuning is left"),
    ],
)
def test_how_many_heaps_threads_have(first: str, environment: dict[str, str], heaps: int) -> None:
    python = (sys.executable, "-c", FOUR_THREADS.format(first=first))
    told = subprocess.run(python, env=untuned() | environment, cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(told.stdout) == heaps


@needs_glibc
@pytest.mark.parametrize(
    ("first", "size", "environment", "in_heap"),
    [
        pytest.param("use_one_heap()", 1 << 20, {}, [True, True], id="a piece of a body is taken from the heap"),
        pytest.param("use_one_heap()", 3 << 20, {}, [False, False], id="a larger block is a mapping of its own"),
        pytest.param("", 1 << 20, {}, [False, True], id="by itself, glibc learns it from the first such piece"),
        pytest.param("ReverseProxy('unix:/a')", 1 << 20, {}, [True, True], id="a proxy has taught it"),
        pytest.param("ReverseProxy('unix:/a')", 3 << 20, {}, [False, True], id="and no more than that"),
        pytest.param(
            *("ReverseProxy('unix:/a')", 1 << 20, {"MALLOC_MMAP_THRESHOLD_": "131072"}, [False, False]),
            id="what the environment tunes is left",
        ),
    ],
)
def test_where_a_block_is_taken_from(first: str, size: int, environment: dict[str, str], in_heap: list[bool]) -> None:
    python = (sys.executable, "-c", ONE_BLOCK.format(first=first, size=size))
    told = subprocess.run(python, env=untuned() | environment, cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.split() == list(map(str, in_heap))


@pytest.mark.parametrize(
    ("environment", "options"), [({}, [-8, -3, -1]), ({"MALLOC_ARENA_MAX": "2"}, [])], ids=["not tuned", "tuned"]
)
def test_which_options_are_set(
    environment: dict[str, str], options: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[int]()
    monkeypatch.setattr(os, "environ", environment)
    monkeypatch.setattr(allocator, "_find", lambda _: lambda option, _: asked.append(option))
    use_one_heap()
    assert asked == options


def test_what_a_library_has_not_is_left_out() -> None:
    assert allocator._find("no_such_function")(0) is None  # noqa: SLF001 - as on Windows, on macOS, and with musl


def test_memory_can_be_given_back_on_any_system() -> None:
    give_memory_back()
