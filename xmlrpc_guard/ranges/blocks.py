"""A list as blocks: read strictly, sorted, each once, and written as canonical CIDR text."""

from socket import AF_INET, AF_INET6, inet_ntop

from xmlrpc_guard.entries import Range, read_entry
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.published import PUBLISHED
from xmlrpc_guard.sources.formats import Listed, read_list

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
    """Give the blocks of a list that the package holds, sorted and each once.

    >>> text_of(published_blocks("jetpack")[0])
    '54.217.201.243/32'
    """
    return sorted({block for text in PUBLISHED[name].ranges for block in read_entry(text)})


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
