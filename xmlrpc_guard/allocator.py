"""What is asked of the C library's allocator, where it is glibc's: to give memory back, and to keep it in one heap."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache


def give_memory_back() -> None:
    """Have the C library give unused memory back to the system, where it can.

    It keeps what lies below something that is in use: after some changes of a list of a million, 20 to 40 MB.
    """
    _find("malloc_trim")(0)


# glibc gives each thread a heap of its own, and what the thread has freed stays in there for that thread. A body of a
# megabyte leaves two to three of them behind, once in each thread that ever had one. Which threads have is a matter of
# how many requests come at once: so memory rises by a step now and then, for hours. Threads of Python take turns
# anyway, and gain nothing by heaps of their own.
#
# How much of a heap's unused end is kept, glibc doubles with the largest block that was ever freed: after a long list
# up to 64 MB. What is fixed here is enough for the pieces of a few bodies, and costs a request no time.
_MAPPED = 2 << 20  # bytes from which a block is a mapping of its own, given back when it is freed
_ONE_HEAP = {
    -8: 1,  # M_ARENA_MAX, heaps
    -3: _MAPPED,  # M_MMAP_THRESHOLD
    -1: 2 * _MAPPED,  # M_TRIM_THRESHOLD, the unused bytes at the heap's end that are kept
}


def use_one_heap() -> None:
    """Have threads that start from now on take memory from one heap; the environment's own tuning is left as it is."""
    if not is_tuned(os.environ):
        for option, value in _ONE_HEAP.items():
            _find("mallopt")(option, value)


def keep_pieces() -> None:
    """Have glibc take blocks of up to 2 MB from its heaps, and keep up to 4 MB of a heap's unused end.

    At first it does neither above 128 KB: the pieces of a large body were given back one by one, and the system had to
    clear 19,000 pages anew for an upload of 50 MB, which took as long as all else did. A block that is freed teaches
    it so, for the whole process, unless it is tuned; a block that is not written to takes no memory.
    """
    bytes(_MAPPED)


def is_tuned(environment: Mapping[str, str]) -> bool:
    """Return whether an environment tunes the C library's allocator.

    >>> is_tuned({"MALLOC_ARENA_MAX": "2"}), is_tuned({"GLIBC_TUNABLES": "glibc.malloc.arena_max=2"}), is_tuned({})
    (True, True, False)
    """
    tunables = environment.get("GLIBC_TUNABLES", "")
    return "glibc.malloc." in tunables or any(name.startswith("MALLOC_") for name in environment)


@cache
def _find(name: str) -> Callable[..., object]:
    found: Callable[..., object] = _do_nothing
    with suppress(ImportError, OSError, TypeError, AttributeError):  # a Python without ctypes, Windows, musl
        from ctypes import CDLL  # noqa: PLC0415 - some Pythons have none

        found = getattr(CDLL(None), name)
    return found


def _do_nothing(*_: int) -> None:
    pass
