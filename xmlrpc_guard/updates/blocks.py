"""A list as blocks: read strictly, sorted, each once, and written as canonical CIDR text."""

from xmlrpc_guard.entries import read_entry
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.listfile import Listed, read_list
from xmlrpc_guard.ranges import Range, collapse


def read_blocks(data: bytes, source: str) -> list[Range]:
    r"""Give the blocks of a list, sorted and each once; SourceError, naming ``source`` and the line, if one is none.

    >>> from xmlrpc_guard.ranges import format_cidr
    >>> [format_cidr(block) for block in read_blocks(b"2001:DB8::/32\n192.0.2.7\n192.0.2.7/32\n", "office.txt")]
    ['192.0.2.7/32', '2001:db8::/32']
    >>> read_blocks(b"192.0.2.7/24\n", "office.txt")
    Traceback (most recent call last):
    xmlrpc_guard.errors.SourceError: office.txt:1: '192.0.2.7/24' has host bits set; write 192.0.2.0/24
    """
    return sorted({block for listed in read_list(data, source) for block in blocks_of(listed, source)})


def published_blocks(name: str) -> list[Range]:
    """Give the blocks of a list that the package holds, as a guard takes it: sorted, merged, without what is not meant.

    >>> from xmlrpc_guard.ranges import format_cidr
    >>> format_cidr(published_blocks("jetpack")[0])
    '54.217.201.243/32'
    """
    return collapse(read_entry(name))


def blocks_of(listed: Listed, source: str) -> list[Range]:
    """Give the blocks of one entry of a list: several only if it is a published list's name."""
    try:
        return collapse(read_entry(listed.text))
    except ValueError as problem:
        raise SourceError(source, listed.line, f"{listed.text!a:.100} {problem}") from None
