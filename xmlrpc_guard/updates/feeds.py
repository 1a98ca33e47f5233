"""The lists that services publish: where each is found, in what form, and what it may look like at most.

The limits leave room for growth and none for an accident: each is about twice what the service was seen to publish.
A list beyond them is looked at by a person before it is believed.
"""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from xmlrpc_guard.entries import read_entry
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.listfile import Listed, read_list
from xmlrpc_guard.published import PUBLISHED
from xmlrpc_guard.ranges import Range, subtract
from xmlrpc_guard.updates.blocks import blocks_of

LINES, ARRAY = "lines", "array"
"""Two forms of a list; a JSON object goes by the name of a field."""


class Feed(NamedTuple):
    """One published list.

    >>> FEEDS["jetpack"].urls
    ('https://jetpack.com/ips-v4.txt',)
    """

    urls: tuple[str, ...]
    """The addresses whose lists make it up, together."""
    forms: tuple[str, ...]
    """What may come: lines, a JSON array, or a JSON object with the field of this name."""
    families: tuple[int, ...]
    """The IP versions that it always has."""
    least: int
    """The entries that it has at least."""
    most: int
    """The IPv4 addresses that it covers at most, as the prefix length of a range of as many."""
    widest: Mapping[int, int]
    """For each IP version the shortest prefix that one entry may have."""
    without: tuple[str, ...] = ()
    """What is published in its ranges and not meant, as CIDRs: it is left out of what is written."""
    has_services: bool = False
    """Whether its entries belong to services, one of which can be chosen."""


FEEDS: Mapping[str, Feed] = MappingProxyType(
    {
        # Two of its eight entries were enough for some: an accident cut the list after two lines.
        "jetpack": Feed(
            urls=("https://jetpack.com/ips-v4.txt",),
            forms=(LINES, ARRAY),
            families=(4,),
            least=3,
            most=15,
            widest={4: 16, 6: 32},
        ),
        "cloudflare": Feed(
            urls=("https://www.cloudflare.com/ips-v4", "https://www.cloudflare.com/ips-v6"),
            forms=(LINES, "result"),
            families=(4, 6),
            least=8,
            most=10,
            widest={4: 12, 6: 28},
            without=PUBLISHED["cloudflare"].without,
        ),
        "fastly": Feed(
            urls=("https://api.fastly.com/public-ip-list",),
            forms=("addresses",),
            families=(4, 6),
            least=8,
            most=12,
            widest={4: 15, 6: 28},
        ),
        "cloudfront": Feed(
            urls=("https://d7uri8nf7uskq.cloudfront.net/tools/list-cloudfront-ips",),
            forms=("CLOUDFRONT_GLOBAL_IP_LIST",),
            families=(4,),
            least=40,
            most=9,
            widest={4: 13, 6: 28},
        ),
        # One service may have a single entry; which families it has is its own affair.
        "aws": Feed(
            urls=("https://ip-ranges.amazonaws.com/ip-ranges.json",),
            forms=("prefixes",),
            families=(4,),
            least=1,
            most=4,
            widest={4: 9, 6: 24},
            has_services=True,
        ),
    }
)
"""Every list that can be fetched, by the name that it is asked for with."""


def read_feed(feed: Feed, data: bytes, source: str, service: str | None = None) -> list[Range]:
    r"""Give the blocks of a download; SourceError if it is no list in one of the feed's forms, or has no entries.

    >>> read_feed(FEEDS["jetpack"], b"<!doctype html>\n<title>Not found</title>\n", "https://jetpack.com/ips-v4.txt")
    Traceback (most recent call last):
    xmlrpc_guard.errors.SourceError: https://jetpack.com/ips-v4.txt:1: looks like an HTML page; fetch the list itself
    """
    listed = read_list(data, source, service=service)
    if not listed:
        raise SourceError(source, 0, "has no entries")
    blocks = [block for entry in listed for block in blocks_of(_address(entry, source), source)]
    if not _forms(data) & {*feed.forms}:
        raise SourceError(source, 0, f"is not of the form expected, {' or '.join(feed.forms)}")
    return blocks


def meant(feed: Feed, blocks: Iterable[Range]) -> list[Range]:
    """Give what is meant of a feed's blocks, sorted.

    >>> from xmlrpc_guard.ranges import format_cidr
    >>> from xmlrpc_guard.updates.blocks import read_blocks
    >>> list(map(format_cidr, meant(FEEDS["cloudflare"], read_blocks(b"2a06:98c0:3600::102/127", "list.txt"))))
    ['2a06:98c0:3600::102/128']
    """
    return subtract(blocks, holes(feed))


def holes(feed: Feed) -> list[Range]:
    """Give the blocks that a feed leaves out."""
    return [block for text in feed.without for block in read_entry(text)]


def _forms(data: bytes) -> set[str]:
    # All entries are addresses: what begins as JSON is JSON.
    if not data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
        return {LINES}
    document = json.loads(data)
    return {ARRAY} if isinstance(document, list) else set(document)


def _address(entry: Listed, source: str) -> Listed:
    # A name that this package knows means a list of its own: nobody who publishes addresses writes one.
    if entry.text in PUBLISHED:
        raise SourceError(source, entry.line, f"{entry.text!a:.100} is a list's name, not an address")
    return entry
