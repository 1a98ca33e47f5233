"""A list as blocks: read strictly, sorted, each once, and written as canonical CIDR text."""

from collections.abc import Iterable, Iterator
from socket import AF_INET, AF_INET6, inet_ntop

from xmlrpc_guard.entries import Range, read_entry
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.listfile import Listed, read_list

FAMILIES = {4: (AF_INET, 4), 6: (AF_INET6, 16)}
"""For each IP version, its address family and the bytes of an address."""


def read_blocks(data: bytes, source: str) -> list[Range]:
    r"""Give the blocks of a list, sorted and each once; SourceError, naming ``source`` and the line, if one is none.

    >>> [text_of(block) for block in read_blocks(b"2001:DB8::/32\n192.0.2.7\n192.0.2.7/32\n", "office.txt")]
    ['192.0.2.7/32', '2001:db8::/32']
    >>> read_blocks(b"192.0.2.7/24\n", "office.txt")
    Traceback (most recent call last):
    xmlrpc_guard.errors.SourceError: office.txt:1: '192.0.2.7/24' has host bits set; write 192.0.2.0/24
    """
    return sorted({block for listed in read_list(data, source) for block in blocks_of(listed, source)})


def published_blocks(name: str) -> list[Range]:
    """Give the blocks of a list that the package holds, as a guard takes it: sorted, merged, without what is not meant.

    >>> text_of(published_blocks("jetpack")[0])
    '54.217.201.243/32'
    """
    return sorted(read_entry(name))


def merged(blocks: Iterable[Range]) -> list[Range]:
    """Give the fewest blocks that cover the same addresses, sorted.

    >>> merged([(4, 8, 9), (4, 10, 11), (4, 9, 9), (4, 12, 12)])
    [(4, 8, 11), (4, 12, 12)]
    """
    spans: list[Range] = []
    for version, first, last in sorted(blocks):
        if spans and spans[-1][0] == version and first <= spans[-1][2] + 1:
            spans[-1] = version, spans[-1][1], max(last, spans[-1][2])
        else:
            spans.append((version, first, last))
    return [block for span in spans for block in _cut(span)]


def _cut(span: Range) -> Iterator[Range]:
    """Cut a span of addresses into CIDR blocks, each as large as where it begins and the span's end allow."""
    version, first, last = span
    while first <= last:
        size = 1 << (last - first + 1).bit_length() - 1
        size = min(size, first & -first or size)
        yield version, first, first + size - 1
        first += size


def without(blocks: Iterable[Range], holes: Iterable[Range]) -> list[Range]:
    """Give what is left of each block, sorted: one that has a hole is several then, and the others stay as they are.

    >>> without([(4, 0, 7), (4, 8, 9), (4, 4, 4)], [(4, 4, 4)])
    [(4, 0, 3), (4, 5, 5), (4, 6, 7), (4, 8, 9)]
    """
    left = {*blocks}
    for hole in holes:
        left = {part for block in left for part in _beside(block, hole)}
    return sorted(left)


def _beside(block: Range, hole: Range) -> Iterator[Range]:
    version, first, last = block
    of_version, start, end = hole
    if version != of_version or end < first or start > last:
        yield block
        return
    yield from _cut((version, first, start - 1))
    yield from _cut((version, end + 1, last))


def blocks_of(listed: Listed, source: str) -> list[Range]:
    """Give the blocks of one entry of a list: several only if it is a published list's name."""
    try:
        return read_entry(listed.text)
    except ValueError as problem:
        raise SourceError(source, listed.line, f"{listed.text!a:.100} {problem}") from None


def text_of(block: Range) -> str:
    """Write a block as CIDR text, in the one spelling that inet_ntop(3) has for its address.

    >>> text_of((4, 0xC0004000, 0xC0007FFF))
    '192.0.64.0/18'
    """
    version, first, last = block
    family, size = FAMILIES[version]
    return f"{inet_ntop(family, first.to_bytes(size, 'big'))}/{8 * size - (last - first).bit_length()}"
