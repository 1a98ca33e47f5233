"""Heaps of glibc's allocator, counted from outside of a process."""

import re
from pathlib import Path
from platform import libc_ver

import pytest

needs_glibc = pytest.mark.skipif(libc_ver()[0] != "glibc", reason="the C library is not glibc")

_RESERVED = re.compile(r"(?m)^([0-9a-f]+)-([0-9a-f]+) ---p .* 0 *$")
_HEAP = 64 << 20  # bytes that a thread's heap reserves, of which it uses the beginning


def count_heaps(process: int) -> int:
    """Count the heaps that threads of a process have beside the first thread's."""
    maps = Path(f"/proc/{process}/maps").read_text("utf-8")
    ranges = [(int(low, 16), int(high, 16)) for low, high in _RESERVED.findall(maps)]
    return sum(high % _HEAP == 0 and high - low > _HEAP // 2 for low, high in ranges)
