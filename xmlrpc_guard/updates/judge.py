"""Is a fetched list to be believed? What it changes, and what about it a person should look at first."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from xmlrpc_guard.entries import read_entry
from xmlrpc_guard.ranges import Range, collapse, format_cidr
from xmlrpc_guard.updates.feeds import Feed, holes

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
_RESERVED = [(*block, what) for text, what in _SPECIAL.items() if text != "0.0.0.0/8" for block in read_entry(text)]
_RESERVED.append((4, 0, (1 << 24) - 1, _SPECIAL["0.0.0.0/8"]))


class Difference(NamedTuple):
    """What a new list takes away from an old one, and what it adds; both sorted."""

    removed: list[Range]
    added: list[Range]

    @property
    def lines(self) -> list[str]:
        """The difference as text, a line for each entry."""
        signed = [*((block, "-") for block in self.removed), *((block, "+") for block in self.added)]
        return [f"{sign} {format_cidr(block)}" for block, sign in sorted(signed)]


def difference(old: Iterable[Range], new: Iterable[Range]) -> Difference:
    """Compare two lists, entry by entry: a range that is written in two halves is another entry.

    >>> difference([(4, 8, 9)], [(4, 8, 9), (4, 16, 16)])
    Difference(removed=[], added=[(4, 16, 16)])
    """
    before, after = set(old), set(new)
    return Difference(sorted(before - after), sorted(after - before))


def doubts(feed: Feed, old: list[Range], new: list[Range]) -> list[str]:
    """Give the reasons not to put ``new`` in the place of ``old``, each as what the list does; none if it is sound.

    ``old`` is empty where there was no list. ``new`` is as it was published, with what is left out of it later.

    >>> from xmlrpc_guard.updates.blocks import published_blocks
    >>> from xmlrpc_guard.updates.feeds import FEEDS
    >>> doubts(FEEDS["jetpack"], [], [*published_blocks("jetpack"), (4, 0x0A000000, 0x0A0000FF)])
    ['10.0.0.0/24 is private']
    """
    return [
        *_missing(feed, new),
        *_shrunk(_whole(feed, old), _whole(feed, new)),
        *_vast(feed, new),
        *_grouped(_special(new)),
        *_grouped(_wide(feed, new)),
    ]


def _missing(feed: Feed, new: list[Range]) -> Iterator[str]:
    for version in feed.families:
        if not _of(version, new):
            yield f"has no IPv{version} entry"
    if len(new) < feed.least:
        yield f"has {len(new)} entries, fewer than {feed.least}"


def _shrunk(old: list[Range], new: list[Range]) -> Iterator[str]:
    # By family: a list of IPv6 that was cut to two lines hides behind one of IPv4 that is whole.
    for version in (4, 6):
        before, after = _of(version, old), _of(version, new)
        if 2 * len(after) < len(before):
            yield f"has {len(after)} of IPv{version} where there were {len(before)}, fewer than half"
        # And by address: other ranges, or many narrow ones around a wide one that is gone, are as many.
        if 2 * _still_covered(before, after) < _covered(before):
            yield f"covers less than half of the IPv{version} addresses that it covered"


def _still_covered(before: list[Range], after: list[Range]) -> int:
    return _covered(before) + _covered(after) - _covered([*before, *after])


def _whole(feed: Feed, blocks: list[Range]) -> list[Range]:
    """Merge a list, be a hole left out of it already or not: a range with a hole is many, and one entry."""
    filling = holes(feed)
    return [block for block in collapse([*blocks, *filling]) if block not in filling]


def _of(version: int, blocks: list[Range]) -> list[Range]:
    return [block for block in blocks if block[0] == version]


def _vast(feed: Feed, new: list[Range]) -> Iterator[str]:
    # However many narrow ranges it takes.
    covered, most = _covered(_of(4, new)), 1 << 32 - feed.most
    if covered > most:
        yield f"covers {covered} IPv4 addresses, more than {most}"


def _covered(blocks: list[Range]) -> int:
    count, beyond = 0, 0
    for _, first, last in sorted(blocks):
        count += max(0, last + 1 - max(first, beyond))
        beyond = max(beyond, last + 1)
    return count


def _special(new: list[Range]) -> Iterator[tuple[Range, str]]:
    for version, first, last in new:
        for of_version, start, end, what in _RESERVED:
            if version == of_version and first <= end and last >= start:
                yield (
                    (version, first, last),
                    f"is {what}" if start <= first and last <= end else f"holds what is {what}",
                )
                break


def _wide(feed: Feed, new: list[Range]) -> Iterator[tuple[Range, str]]:
    for block in new:
        if int(format_cidr(block).partition("/")[2]) < feed.widest[block[0]]:
            yield block, f"is wider than /{feed.widest[block[0]]}"


def _grouped(found: Iterable[tuple[Range, str]]) -> Iterator[str]:
    # One reason of a kind is enough to look at; the difference shows the others.
    all_found = list(found)
    for block, problem in all_found[:1]:
        more = f", and {len(all_found) - 1} more such" if len(all_found) > 1 else ""
        yield f"{format_cidr(block)} {problem}{more}"
