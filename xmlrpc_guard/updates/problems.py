"""What looks wrong about a downloaded list: the reasons for a person to look at it before it replaces the old one."""

from collections.abc import Collection, Iterable, Iterator

from xmlrpc_guard.published import Publication
from xmlrpc_guard.ranges import (
    Range,
    collapse,
    contains,
    count_addresses,
    cut,
    format_range,
    overlaps,
    parse_cidr,
    prefix_length,
)
from xmlrpc_guard.text import format_entries

# IANA's special-purpose registries (RFC 6890 and what followed): none of them is a public host's address.
_SPECIAL = {
    "0.0.0.0/8": "no host's address",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "shared by a provider's customers",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link-local",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "reserved for protocols",
    "192.0.2.0/24": "for documentation",
    "192.88.99.0/24": "reserved, formerly for 6to4",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "for benchmarks",
    "198.51.100.0/24": "for documentation",
    "203.0.113.0/24": "for documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
    # All of IPv6 but 2000::/3, which is what has been given out (RFC 4291 section 4).
    "::/3": "special or reserved",
    "4000::/2": "reserved",
    "8000::/2": "reserved",
    "c000::/3": "reserved",
    "e000::/4": "reserved",
    "f000::/5": "reserved",
    "f800::/6": "reserved",
    "fc00::/7": "private",
    "fe00::/9": "reserved",
    "fe80::/10": "link-local",
    "fec0::/10": "private, formerly site-local",
    "ff00::/8": "multicast",
    "2001::/23": "reserved for protocols",
    "2001:db8::/32": "for documentation",
    "2002::/16": "reserved, for 6to4",
    "3fff::/20": "for documentation",
}
_RESERVED = [(cidr, kind) for text, kind in _SPECIAL.items() for cidr in [parse_cidr(text)] if cidr]


def find_problems(
    publication: Publication,
    old: list[Range],
    new: list[Range],
    excluded: Collection[Range] = (),
    packaged: Collection[Range] = (),
) -> list[str]:
    """Give the reasons not to replace ``old`` by ``new``, each as what the list is or does; none if it is plausible.

    ``old`` is empty where there was no list: what it has nothing of, IPv4 or IPv6, is compared with ``packaged``, the
    list as it is frozen in this package. ``new`` is as published: the ``excluded`` addresses are still in it.

    >>> from xmlrpc_guard.published import PUBLICATIONS, published_entries
    >>> find_problems(PUBLICATIONS["jetpack"], [], [*published_entries("jetpack"), (4, 0x0A000000, 0x0A0000FF)])
    ['10.0.0.0/24 is private']
    """
    return [
        *_missing(publication, new),
        *_shrunk(*(merge_with_holes(each, excluded) for each in (old, packaged, new))),
        *_vast(publication, new),
        *_first_of_kind(_special(new)),
        *_first_of_kind(_wide(publication, new)),
    ]


def merge_with_holes(ranges: Iterable[Range], holes: Collection[Range]) -> list[Range]:
    """Merge ranges as if the holes in them were filled, so that a range around a hole counts once.

    >>> merge_with_holes([(4, 8, 8), (4, 10, 11)], [(4, 9, 9)])
    [(4, 8, 11)]
    """
    return [cidr for cidr in collapse([*ranges, *holes]) if cidr not in holes]


def _missing(publication: Publication, new: list[Range]) -> Iterator[str]:
    for version in publication.families:
        if not _of_version(version, new):
            yield f"has no IPv{version} entry"
    if len(new) < publication.least:
        yield f"has {format_entries(len(new))}, fewer than {publication.least}"


def _shrunk(old: list[Range], packaged: list[Range], new: list[Range]) -> Iterator[str]:
    # By family: else a list of IPv6 that was cut to two lines would hide beside one of IPv4 that is whole.
    for version in (4, 6):
        kind = f"IPv{version}"
        before, after = _of_version(version, old), _of_version(version, new)
        had, covers = "there were", "it covered"
        if not before:  # any first list would otherwise be taken
            before = _of_version(version, packaged)
            had, covers = "this package's list has", "this package's list covers"
        if 2 * len(after) < len(before):
            yield f"has {format_entries(len(after), kind)} where {had} {len(before)}, fewer than half"
        # And by address: other ranges, or many narrow ones around a wide one that is gone, are as many.
        covered = count_addresses(before)
        kept = covered + count_addresses(after) - count_addresses([*before, *after])
        if 2 * kept < covered:
            yield f"covers less than half of the {kind} addresses that {covers}"


def _of_version(version: int, ranges: list[Range]) -> list[Range]:
    return [each for each in ranges if each[0] == version]


def _vast(publication: Publication, new: list[Range]) -> Iterator[str]:
    # Many narrow ranges can cover as much as one that is too wide.
    covered, most = count_addresses(_of_version(4, new)), 1 << 32 - publication.most
    if covered > most:
        yield f"covers {covered} IPv4 addresses, more than {most}"


def _special(new: list[Range]) -> Iterator[tuple[Range, str]]:
    for each in new:
        for reserved, kind in _RESERVED:
            if overlaps(each, reserved):
                yield each, f"is {kind}" if contains(reserved, each) else f"contains addresses that are {kind}"
                break


def _wide(publication: Publication, new: list[Range]) -> Iterator[tuple[Range, str]]:
    for each in new:
        widest = publication.widest[each[0]]
        if any(prefix_length(cidr) < widest for cidr in cut(each)):
            yield each, f"is wider than /{widest}"


def _first_of_kind(found: Iterable[tuple[Range, str]]) -> Iterator[str]:
    # One reason of a kind is enough to look at; the changes show the others.
    all_found = list(found)
    for each, problem in all_found[:1]:
        more = f", and {len(all_found) - 1} more such" if len(all_found) > 1 else ""
        yield f"{format_range(each)} {problem}{more}"
