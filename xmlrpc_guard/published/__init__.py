"""Address lists that services publish, frozen here with their dates so that a Policy needs no network.

A frozen list ages: compare its date with its source before relying on it. Addresses that it lacks are refused, as
clients and as proxies; addresses that the service has given up are still trusted.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from xmlrpc_guard.published.aws import AWS
from xmlrpc_guard.published.cloudflare import CLOUDFLARE
from xmlrpc_guard.published.cloudfront import CLOUDFRONT
from xmlrpc_guard.published.fastly import FASTLY
from xmlrpc_guard.published.google_lb import GOOGLE_LB
from xmlrpc_guard.published.jetpack import JETPACK
from xmlrpc_guard.published.listing import ARRAY, LINES, Publication, PublishedList, Shape
from xmlrpc_guard.published.private import PRIVATE
from xmlrpc_guard.published.quic_cloud import QUIC_CLOUD
from xmlrpc_guard.published.shapes import OBJECTS
from xmlrpc_guard.published.sucuri import SUCURI
from xmlrpc_guard.ranges import Range
from xmlrpc_guard.text import is_one_slip

__all__ = [
    "ALL_LISTS",
    "ARRAY",
    "LINES",
    "OBJECTS",
    "PUBLICATIONS",
    "PUBLISHED",
    "Publication",
    "PublishedList",
    "Shape",
    "names_for",
    "nearest_list",
    "published_entries",
]

ALL_LISTS: Mapping[str, PublishedList] = MappingProxyType(
    {
        "jetpack": JETPACK,
        "cloudflare": CLOUDFLARE,
        "cloudfront": CLOUDFRONT,
        "fastly": FASTLY,
        "sucuri": SUCURI,
        "google-lb": GOOGLE_LB,
        "private": PRIVATE,
        "aws": AWS,
        "quic-cloud": QUIC_CLOUD,
    }
)
"""Every published list, by name."""

PUBLISHED: Mapping[str, PublishedList] = MappingProxyType({name: row for name, row in ALL_LISTS.items() if row.ranges})
"""Those that are frozen here: the names that a setting may hold."""

PUBLICATIONS: Mapping[str, Publication] = MappingProxyType(
    {name: row.publication for name, row in ALL_LISTS.items() if row.publication}
)
"""Where those that can be downloaded are published."""


def published_entries(name: str) -> list[Range]:
    """Give the entries of the published list ``name``, sorted; excluded addresses are cut out of those that hold them.

    >>> len(published_entries("jetpack")), len(published_entries("cloudflare"))
    (8, 120)
    """
    return PUBLISHED[name].entries


def names_for(setting: str) -> tuple[str, ...]:
    """Give the names of the lists that belong in a setting; all of them if it is not known.

    >>> names_for("allow"), names_for("trusted_proxies")
    (('jetpack',), ('cloudflare', 'cloudfront', 'fastly', 'sucuri', 'google-lb', 'private'))
    """
    return tuple(name for name, row in PUBLISHED.items() if setting in row.settings) or tuple(PUBLISHED)


def nearest_list(text: str, names: Iterable[str] = PUBLISHED) -> str | None:
    """Give the list whose name is misspelt by one slip: a letter too many, too few or wrong, or two that are swapped.

    Two slips are another word, as "nojetpack" is, and a digit is none: "cloudflare6" is a part of that list.

    >>> nearest_list("JetPak"), nearest_list("cloud-flare"), nearest_list("nojetpack")
    ('jetpack', 'cloudflare', None)
    """
    plain = text.lower()
    whole = not any(letter.isdigit() for letter in plain)
    return next((name for name in names if whole and is_one_slip(plain, name)), None)
