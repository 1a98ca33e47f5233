"""Where others answer another address than the guard: the kinds of it, who does it, and why the guard does not."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from tests.lab.forged import INNER, OUTER, SITE, STRANGER, UNIX, Case
from tests.lab.resolvers import (
    APACHE,
    GUARD,
    IPWARE,
    IPWARE_LIST,
    NGINX,
    PROXY_FIX_1,
    PROXY_FIX_2,
    UVICORN,
    WAITRESS_1,
    WAITRESS_2,
    Resolver,
)
from xmlrpc_guard.client import MAX_HOPS, TrustedProxies, forwarded_client
from xmlrpc_guard.networks import parse_address

ALL = (NGINX, APACHE, PROXY_FIX_1, PROXY_FIX_2, WAITRESS_1, WAITRESS_2, UVICORN, IPWARE, IPWARE_LIST)


@dataclass(frozen=True)
class Difference:
    """One case on which somebody answers something else than the guard."""

    case: Case
    theirs: str | None
    ours: str | None

    @cached_property
    def proxies(self) -> TrustedProxies:
        return TrustedProxies(self.case.proxies)

    @property
    def believed(self) -> bool:
        """Whether the peer's word counts."""
        return self.proxies.include(self.case.peer, parse_address(self.case.peer), unix=self.case.peer == UNIX)

    @property
    def blank(self) -> bool:
        """Whether nothing at all is forwarded."""
        return not (self.case.forwarded or "").strip(", \t")

    def trusts(self, text: str | None) -> bool:
        address = parse_address(text)
        return address is not None and self.proxies.networks.covers(address[0])

    @cached_property
    def hops(self) -> list[str]:
        """The trusted proxies that the case came through, from the one that connects, as canonical text."""
        hops = [self.case.peer]
        for element in reversed((self.case.forwarded or "").split(",")):
            hop = forwarded_client(element, TrustedProxies())
            if hop is None or not self.trusts(hop[1]):
                break
            hops.append(hop[1])
        return hops

    @cached_property
    def elements(self) -> list[str]:
        """The elements left of those; the last of them decides."""
        elements = (self.case.forwarded or "").split(",")
        return [element.strip(" \t") for element in elements[: len(elements) + 1 - len(self.hops)]]

    @property
    def element(self) -> str:
        return self.elements[-1] if self.elements else ""

    @property
    def same(self) -> bool:
        """Whether both answers are one address."""
        theirs = parse_address(self.theirs)
        return theirs is not None and theirs == parse_address(self.ours)

    @property
    def is_last_proxy(self) -> bool:
        """Whether they answer the proxy that stands directly right of the element."""
        return self.theirs == self.hops[-1]

    @property
    def is_a_proxy(self) -> bool:
        """Whether they answer a proxy that the case came through, in whatever spelling."""
        theirs = parse_address(self.theirs)
        return (theirs[1] if theirs else self.theirs) in self.hops

    @property
    def is_further_left(self) -> bool:
        """Whether they answer an address that stands left of the element."""
        theirs = parse_address(self.theirs)
        return theirs in [forwarded_client(element, TrustedProxies()) for element in self.elements[:-1]]


@dataclass(frozen=True)
class Kind:
    """A kind of difference, who shows it, one case with the answer of the first of them, and why it is not ours."""

    name: str
    is_of: Callable[[Difference], bool]
    who: tuple[str, ...]
    case: Case
    theirs: str | None
    why: str


LISTED = "192.0.64.5"
"""Somebody whom the allowlist of these examples holds."""


def _from_inner(*lines: str) -> Case:
    return Case(INNER, lines, SITE)


# The first that fits is the kind of a difference. Where a sentence says "they", it speaks of all who show it.
KINDS = [
    Kind(
        "nobody is found",
        lambda d: d.theirs is None,
        (NGINX, APACHE, IPWARE_LIST),
        _from_inner(f"\0, {LISTED}"),
        None,
        "nginx and Apache answer 400 to a NUL anywhere. What stands left of the client is not read, so it cannot be"
        " wrong. IpWare with a `proxy_list` finds nobody unless the header ends with just these.",
    ),
    Kind(
        "a peer that is not trusted",
        lambda d: not d.believed and d.case.peer != UNIX,
        (APACHE, PROXY_FIX_1, PROXY_FIX_2, IPWARE, IPWARE_LIST),
        Case(STRANGER, (LISTED,), "nobody"),
        LISTED,
        "Anybody can send a header. Apache believes everybody as long as no proxy is listed, ProxyFix and IpWare"
        " always; for the guard a list of nobody is nobody.",
    ),
    Kind(
        "a unix socket that is not trusted",
        lambda d: not d.believed,
        (NGINX,),
        Case(UNIX, (LISTED,), SITE),
        UNIX,
        "`unix:` names no client, and an allowlist could hold it only for everybody.",
    ),
    Kind(
        "no header, or a blank one",
        lambda d: d.blank,
        ALL,
        _from_inner(),
        INNER,
        "They name the proxy. A stranger can make some proxies drop the header (`Connection: X-Forwarded-For`,"
        " CVE-2022-31813), and allowlists hold the site's own machines.",
    ),
    Kind(
        "the same address in another spelling",
        lambda d: d.same,
        (NGINX, PROXY_FIX_1, PROXY_FIX_2, WAITRESS_1, WAITRESS_2, UVICORN),
        _from_inner(f"::ffff:{LISTED}"),
        f"::ffff:{LISTED}",
        "One host, one text: whoever compares or counts the text, as a denylist in the application does, must not meet"
        " two.",
    ),
    Kind(
        "more than 32 proxies",
        lambda d: len(d.hops) > MAX_HOPS + 1,
        ALL,
        _from_inner(LISTED + f", {OUTER}" * 33),
        LISTED,
        "No site has so many; what writes them is an attack, or a loop.",
    ),
    Kind(
        "an element that cannot be read",
        lambda d: d.is_last_proxy and d.ours is None,
        ALL,
        _from_inner(f"{LISTED}, unknown"),
        INNER,
        "They name the last proxy that could be read, as if it were the client: whoever can make a proxy write a word"
        " is a machine of the site then. (ProxyFix and waitress get there by counting, IpWare by looking elsewhere.)",
    ),
    Kind(
        "a proxy for the client",
        lambda d: d.is_a_proxy,
        ALL,
        _from_inner("[2001:db9::1], 10.0.0.7"),
        OUTER,
        "What is strictly an address is read: nginx reads no brackets without a port, no tab beside an address, no port"
        " 0 and no 255.255.255.255, Apache neither ports nor brackets nor tabs. ProxyFix and waitress count and do not"
        " look; uvicorn stays at the peer if the client's element is empty; IpWare looks for a public address.",
    ),
    Kind(
        "an answer that is no address",
        lambda d: parse_address(d.theirs) is None,
        ALL,
        _from_inner("0.0.0.0"),
        "0.0.0.0",
        "0.0.0.0 is nobody's, a zone (`fe80::1%lo`, which Apache and IpWare let through) means something on one machine"
        " only, and the other libraries answer any text: no allowlist can be asked about it.",
    ),
    Kind(
        "readable elements passed over",
        lambda d: d.ours is not None,
        (PROXY_FIX_2, WAITRESS_1, WAITRESS_2, IPWARE, IPWARE_LIST),
        _from_inner(f"{LISTED}, {STRANGER}"),
        LISTED,
        "The last address that no proxy of the site has is the client's; left of it anybody may write. A count finds"
        " another one as soon as a request comes by another way, and IpWare begins on the left. (waitress with a count"
        " of 1 is here for what it makes of `::ffff:192.0.64.5`: `::ffff`.)",
    ),
    Kind(
        "an empty element passed over",
        lambda d: d.element == "",
        (NGINX, PROXY_FIX_1, PROXY_FIX_2, IPWARE),
        _from_inner(f"{LISTED},"),
        LISTED,
        "A proxy that knows no address may write none, and what stands left of that is the stranger's.",
    ),
    Kind(
        "an unreadable element passed over",
        lambda d: d.is_further_left,
        (NGINX, APACHE, PROXY_FIX_2, WAITRESS_1, WAITRESS_2, UVICORN, IPWARE, IPWARE_LIST),
        _from_inner(f"{LISTED}, 010.0.0.7"),
        LISTED,
        "As with an empty one. nginx, Apache and uvicorn get there because they read an element loosely (below) and"
        " then trust it, the others because they count or skip.",
    ),
    Kind(
        "two addresses in one element",
        lambda d: d.theirs in d.element.split(" "),
        (NGINX,),
        _from_inner(f"{STRANGER} {LISTED}"),
        LISTED,
        "To nginx a space parts a list as a comma does, to no one else: the two would not mean the same client.",
    ),
    Kind(
        "an element read loosely",
        lambda d: d.ours is None,
        ALL,
        _from_inner("192.0.064.5"),
        LISTED,
        "192.0.064.5 is 192.0.64.5 to nginx and 192.0.52.5 to Apache, which also takes 10.7, 0xc0004005 and host names,"
        " and asks the name server about any word. What two servers read in two ways names nobody.",
    ),
]


def kind_of(difference: Difference) -> Kind:
    return next(kind for kind in KINDS if kind.is_of(difference))


def differences(resolver: Resolver, cases: Iterable[Case]) -> list[Difference]:
    """Ask the cases that it takes, and give those on which it answers something else than the guard."""
    asked = [case for case in cases if resolver.takes(case)]
    compared = zip(asked, resolver.answers(asked), GUARD.answers(asked), strict=True)
    return [Difference(case, theirs, ours) for case, theirs, ours in compared if theirs != ours]
