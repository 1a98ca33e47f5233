"""Address lists that services publish, frozen here with their dates so that a Policy needs no network.

A frozen list ages: compare its date with its source before relying on it. What a list lacks is refused, as a client
or as a proxy; what it should have lost is still believed.
"""

from collections.abc import Mapping
from types import MappingProxyType

from xmlrpc_guard.published.cloudflare import CLOUDFLARE
from xmlrpc_guard.published.cloudfront import CLOUDFRONT
from xmlrpc_guard.published.fastly import FASTLY
from xmlrpc_guard.published.jetpack import JETPACK
from xmlrpc_guard.published.listing import PublishedList
from xmlrpc_guard.published.private import PRIVATE
from xmlrpc_guard.ranges import Range, parse_cidr, subtract

__all__ = ["PUBLISHED", "PublishedList", "published_entries"]

PUBLISHED: Mapping[str, PublishedList] = MappingProxyType(
    {
        "jetpack": JETPACK,
        "cloudflare": CLOUDFLARE,
        "cloudfront": CLOUDFRONT,
        "fastly": FASTLY,
        "private": PRIVATE,
    }
)
"""Every named list that a setting may hold, by name."""


def published_entries(name: str) -> list[Range]:
    """Give the entries of the published list ``name``, sorted; excluded addresses are cut out of those that hold them.

    >>> len(published_entries("jetpack")), len(published_entries("cloudflare"))
    (8, 120)
    """
    ranges, holes = (
        filter(None, map(parse_cidr, texts)) for texts in (PUBLISHED[name].ranges, PUBLISHED[name].without)
    )
    return subtract(ranges, holes)
