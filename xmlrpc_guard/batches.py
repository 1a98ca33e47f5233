"""Many entries at once: what long lists are full of is read some hundred at a time, in a quarter of the time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from operator import add, mod
from socket import inet_pton
from struct import unpack
from typing import Any, NamedTuple

from xmlrpc_guard.edges import Gathered
from xmlrpc_guard.ranges import FAMILIES, HOST_BITS, WIDTH

BATCH = 300
"""Entries that are read at once: some tenth of a millisecond."""


class Batch(NamedTuple):
    """Ranges of one IP version."""

    version: int
    starts: Sequence[int]
    ends: Iterable[int]
    """The first address after each range."""


def add_batch(gathered: Gathered, entries: Sequence[Any]) -> bool:
    """Add what entries cover, if all are plain texts; else add nothing, and return False."""
    batches = read_batch(entries)
    for version, starts, ends in batches or ():
        gathered.ranges[version].starts.extend(starts)
        gathered.ranges[version].ends.extend(ends)
    return batches is not None


def read_batch(texts: Sequence[str]) -> list[Batch] | None:
    """Read entries as ``read_entry`` does each; None if it may give anything but one range for one of them.

    Only CIDRs and addresses are read here, and none that might be IPv4-mapped, or no client's.

    >>> [(version, [*starts], [*ends]) for version, starts, ends in read_batch(["10.0.0.0/24", "::1:0:0:0"])]
    [(4, [167772160], [167772416]), (6, [281474976710656], [281474976710657])]
    >>> read_batch(["10.0.0.1/24"]), read_batch(["jetpack"]), read_batch(["::ffff:10.0.0.1"]), read_batch(["10.0.0.0/"])
    (None, None, None, None)
    """
    try:
        v6 = [text for text in texts if ":" in text] if ":" in "/".join(texts) else []  # no loop where there is none
        v4 = [text for text in texts if ":" not in text] if v6 else texts
        return [_read(version, each) for version, each in ((4, v4), (6, v6)) if each]
    except (OSError, ValueError, KeyError, TypeError):  # not an address; not text as such; not a prefix; not a text
        return None


def _read(version: int, texts: Sequence[str]) -> Batch:
    """Read texts of one IP version; an error of any of the four kinds for what is not plain."""
    whole = f"/{WIDTH[version]}"
    parts = "/".join([text if "/" in text else text + whole for text in texts]).split("/")
    if len(parts) != 2 * len(texts):
        raise ValueError
    # No loop but in C: each of these takes all texts at once.
    starts = _UNPACK[version](map(inet_pton, repeat(FAMILIES[version]), parts[::2]))
    sizes = [*map(_SIZES[version].__getitem__, parts[1::2])]
    if any(map(mod, starts, sizes)) or min(starts) < _PLAIN_FROM[version]:
        raise ValueError
    return Batch(version, starts, map(add, starts, sizes))


def _unpack_v4(packed: Iterator[bytes]) -> Sequence[int]:
    numbers = b"".join(packed)
    return unpack(f">{len(numbers) // 4}I", numbers)


def _unpack_v6(packed: Iterator[bytes]) -> Sequence[int]:
    return [*map(int.from_bytes, packed)]


_UNPACK: dict[int, Callable[[Iterator[bytes]], Sequence[int]]] = {4: _unpack_v4, 6: _unpack_v6}
_SIZES = {version: {text: bits + 1 for text, bits in each.items()} for version, each in HOST_BITS.items()}
_PLAIN_FROM = {4: 1, 6: 1 << 48}  # beyond 0.0.0.0, :: and all of ::ffff:0:0/96
