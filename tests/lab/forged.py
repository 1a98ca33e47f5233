"""Headers that proxies and strangers write, drawn with a fixed seed: the same on every machine and in every run."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

UNIX = "unix:"
"""The peer of a unix socket, as nginx names it."""

INNER, OUTER, STRANGER = "127.0.0.5", "10.0.0.7", "127.66.0.9"
"""Two proxies of a site, the inner of which connects to it, and a client that is no proxy."""

SITE = "two proxies"
DROPPED = DROPPED_BY_INNER, DROPPED_BY_OUTER = "dropped by the inner one", "dropped by the outer one"
# What a server trusts, by name. Peers are of the loopback, since a test can connect from nowhere else.
TRUSTED: dict[str, list[str]] = {
    "no peer": [],
    "one address": [INNER],
    SITE: [INNER, OUTER],
    "parts of the loopback": ["127.0.0.0/24", "127.0.1.9"],
    "all of the loopback": ["127.0.0.0/8", "::1"],
    "IPv6": ["::1", "2001:db8::/32"],
    "both families": ["127.0.0.0/16", "10.0.0.0/8", "::1", "2001:db8::/32"],
    "nested": ["127.0.0.0/16", INNER, "10.0.0.0/8", "10.1.0.0/16", "::1", "2001:db8::/32", "2001:db8:1::/48"],
    "a unix socket": ["unix", "127.0.0.0/16", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
}
_PEERS = (INNER, INNER, INNER, "127.0.0.1", "127.0.1.9", STRANGER, "::1", "::1", UNIX)
_PROXIES = (INNER, "127.0.0.1", OUTER, "10.1.2.3", "::1", "2001:db8::7", "2001:db8:1::7", "192.168.0.1")
_CLIENTS = ("203.0.113.9", "198.51.100.4", "192.0.64.5", "192.0.64.5", "2001:db9::64:5", STRANGER)

_WORDS = ("unknown", "localhost", "_hidden", "unix:", "unix", "evil", '""', "-", "for=203.0.113.9", '"192.0.64.5"')
_NUMBERS = ("010.0.0.7", "192.0.064.5", "10.7", "3221241861", "0xc0004005", "0x7f.1", "0.0.0.0", "255.255.255.255")
_ZONES = ("fe80::1%lo", "fe80::1%1", "::1%lo", "[fe80::1%lo]:80")
_BLANKS = ("", " ", "\t", "  ", " \t")
_PORTS = ("80", "1", "65535", "0", "65536", "00080", "")
_ODD = "0123456789abfx.:/%[]-_*, \t;\"'\0\xa0"


class Case(NamedTuple):
    """A request: who connects, its lines of X-Forwarded-For, and the name of the list that the server trusts."""

    peer: str
    lines: tuple[str, ...]
    trusted: str

    @property
    def forwarded(self) -> str | None:
        """The lines as one, as a WSGI server gives them."""
        return ",".join(self.lines) if self.lines else None

    @property
    def proxies(self) -> list[str]:
        return TRUSTED[self.trusted]


def cases(headers: int = 450) -> Iterator[Case]:
    """Give headers of every kind, each to each list of trusted proxies, from some peer."""
    draw = Random(7239)
    for lines in [(), ("",), *(_lines(draw) for _ in range(headers))]:
        for trusted in TRUSTED:
            yield Case(draw.choice(_PEERS), lines, trusted)


def routes(headers: int = 500) -> dict[str, list[Case]]:
    """Give what arrives at the site when the stranger sends a forged header, by each way there.

    Some proxies can be made to drop the header, and what they would append to it, by the client's own request.
    """
    draw = Random(31813)
    written = [_lines(draw) for _ in range(headers)]
    return {
        "through both proxies": [Case(INNER, _append(lines, f"{STRANGER}, {OUTER}"), SITE) for lines in written],
        "through the inner one": [Case(INNER, _append(lines, STRANGER), SITE) for lines in written],
        "past the proxies": [Case(STRANGER, lines, SITE) for lines in written],
        DROPPED_BY_INNER: [Case(INNER, (), SITE) for _ in written],
        DROPPED_BY_OUTER: [Case(INNER, (OUTER,), SITE) for _ in written],
    }


def _append(lines: tuple[str, ...], hops: str) -> tuple[str, ...]:
    return (*lines[:-1], f"{lines[-1]}, {hops}")


def _lines(draw: Random) -> tuple[str, ...]:
    """Draw a header: lies, a client, and the proxies that it came through; now and then on several lines."""
    line = _mutated(draw, _line(draw)) if draw.random() < 0.2 else _line(draw)
    return (line, *_lines(draw)) if draw.random() < 0.1 else (line,)


def _line(draw: Random) -> str:
    lies = [_element(draw) for _ in range(draw.choice((0, 0, 1, 2)))]
    proxies = [_spelt(draw, draw.choice(_PROXIES)) for _ in range(draw.choice((0, 1, 1, 2, 3)))]
    if draw.random() < 0.05:
        proxies = [draw.choice(_PROXIES[:3])] * draw.choice((31, 32, 33, 34, 40, 300))
    return draw.choice((",", ", ", ", ", " , ")).join([*lies, _element(draw), *proxies])


def _element(draw: Random) -> str:
    kind = draw.random()
    if kind < 0.7:
        return _spelt(draw, draw.choice(_CLIENTS if kind < 0.5 else _PROXIES))
    return draw.choice(draw.choice((_WORDS, _NUMBERS, _ZONES, _BLANKS)))


def _spelt(draw: Random, address: str) -> str:
    """Write an address, mostly as it is, or else in a way that some proxy has, or none should."""
    six = ":" in address
    bracketed = f"[{address}]"
    mapped = address if six else f"::ffff:{address}"
    port = draw.choice(_PORTS)
    odd = (
        *(f"{bracketed if six else address}:{port}", bracketed, f"{bracketed}:{port}", mapped, f"[{mapped}]"),
        *(address.upper(), f"\t{address}", f"{address}\t ", f"{address}{' ' * 70}", f"{address}."),
        f"{address} 10.0.0.7",
    )
    return draw.choice(odd) if draw.random() < 0.25 else address


def _mutated(draw: Random, text: str) -> str:
    at = draw.randrange(len(text) + 1)
    return text[:at] + draw.choice(_ODD) + text[at + draw.randrange(3) :]
