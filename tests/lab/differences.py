"""Where others answer another address than the guard: the kinds of difference, and why the guard does not."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from tests.lab.forged import UNIX, Case
from tests.lab.resolvers import (
    GUARD,
    IPWARE,
    IPWARE_LIST,
    PROXY_FIX_1,
    PROXY_FIX_2,
    UVICORN,
    WAITRESS_1,
    WAITRESS_2,
    Resolver,
)
from tests.lab.resolving_servers import APACHE, NGINX
from xmlrpc_guard.client import MAX_HOPS, TrustedProxies, forwarded_client
from xmlrpc_guard.networks import parse_address

ALL = (NGINX, APACHE, PROXY_FIX_1, PROXY_FIX_2, WAITRESS_1, WAITRESS_2, UVICORN, IPWARE, IPWARE_LIST)


@dataclass(frozen=True)
class Difference:
    """One case on which a server or library answers something else than the guard."""

    case: Case
    theirs: str | None
    ours: str | None

    @cached_property
    def proxies(self) -> TrustedProxies:
        return TrustedProxies(self.case.proxies)

    @property
    def trusted_peer(self) -> bool:
        """Whether the peer is trusted."""
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
        """Whether they answer a proxy that the case came through, in any spelling."""
        theirs = parse_address(self.theirs)
        return (theirs[1] if theirs else self.theirs) in self.hops

    @property
    def is_further_left(self) -> bool:
        """Whether they answer an address that stands left of the element."""
        theirs = parse_address(self.theirs)
        return theirs in [forwarded_client(element, TrustedProxies()) for element in self.elements[:-1]]


NAMES, REFUSES, EITHER = "names the client", "refuses", "names the client, or refuses"


@dataclass(frozen=True)
class Kind:
    """A kind of difference: who shows it, and in words the header, what they answer, what the guard does, and why."""

    name: str
    is_of: Callable[[Difference], bool]
    who: tuple[str, ...]
    header: str
    theirs: str
    ours: str
    why: str


# The first that fits is the kind of a difference. Where a sentence says "they", it speaks of all who show it. No header
# stands here beside a server that takes it for another client: what is compared is drawn (forged.py).
KINDS = [
    Kind(
        "no client is found",
        lambda d: d.theirs is None,
        (NGINX, APACHE, IPWARE_LIST),
        "malformed left of the client",
        "none",
        NAMES,
        "nginx and Apache answer 400 to a NUL byte anywhere. What stands left of the client is not read, so it"
        " cannot be wrong. IpWare with a `proxy_list` finds a client only if the header ends with exactly that list.",
    ),
    Kind(
        "a peer that is not trusted",
        lambda d: not d.trusted_peer and d.case.peer != UNIX,
        (APACHE, PROXY_FIX_1, PROXY_FIX_2, IPWARE, IPWARE_LIST),
        "any, from a peer outside the list",
        "the header's address",
        NAMES,
        "Any client can send a header. Apache trusts every peer as long as no proxy is listed, ProxyFix and IpWare"
        " always; for the guard an empty list trusts no peer.",
    ),
    Kind(
        "a unix socket that is not trusted",
        lambda d: not d.trusted_peer,
        (NGINX,),
        "any, over a unix socket outside the list",
        "`unix:`",
        REFUSES,
        "`unix:` names no client, and an entry for it would admit every one.",
    ),
    Kind(
        "no header, or a blank one",
        lambda d: d.blank,
        ALL,
        "none",
        "the proxy that connects",
        REFUSES,
        "Some proxies can be made to drop the header by the client's own request, as Apache could before 2.4.54; and"
        " allowlists hold the site's own machines.",
    ),
    Kind(
        "the same address in another spelling",
        lambda d: d.same,
        (NGINX, PROXY_FIX_1, PROXY_FIX_2, WAITRESS_1, WAITRESS_2, UVICORN),
        "an IPv4-mapped IPv6 address, or IPv6 in a long form",
        "the text as it came",
        NAMES,
        "One host, one text: a program that compares or counts the text, as a denylist in the application does, must"
        " not meet two.",
    ),
    Kind(
        "more than 32 proxies",
        lambda d: len(d.hops) > MAX_HOPS + 1,
        ALL,
        "a client, and more proxies than the guard follows",
        "the client",
        REFUSES,
        "No site has so many; what writes them is an attack, or a loop.",
    ),
    Kind(
        "an element that cannot be read",
        lambda d: d.is_last_proxy and d.ours is None,
        ALL,
        "a word in the client's place",
        "the last proxy that can be read",
        REFUSES,
        "They name a proxy as if it were the client: a client that can make a proxy write a word would count as a"
        " machine of the site. (ProxyFix and waitress get there by counting, IpWare by looking elsewhere.)",
    ),
    Kind(
        "a proxy for the client",
        lambda d: d.is_a_proxy,
        ALL,
        "the client's address in brackets, with a port or beside a tab",
        "a proxy",
        EITHER,
        "What is strictly an address is read: nginx reads no brackets without a port, no tab beside an address, no port"
        " 0 and no 255.255.255.255, Apache neither ports nor brackets nor tabs. ProxyFix and waitress count and do not"
        " look; uvicorn stays at the peer if the client's element is empty; IpWare looks for a public address.",
    ),
    Kind(
        "an answer that is no address",
        lambda d: parse_address(d.theirs) is None,
        ALL,
        "the unspecified address, one with a zone, or any text",
        "that text",
        EITHER,
        "The unspecified address has no sender, a zone (which Apache and IpWare let through) means something on one"
        " machine only, and the other libraries answer any text: no allowlist can be checked for it.",
    ),
    Kind(
        "readable elements passed over",
        lambda d: d.ours is not None,
        (PROXY_FIX_2, WAITRESS_1, WAITRESS_2, IPWARE, IPWARE_LIST),
        "two addresses that no proxy has",
        "the left one",
        NAMES,
        "The last address that no proxy of the site has is the client's; left of it, it is the client that writes. A"
        " count finds another one as soon as a request comes by another way, and IpWare begins on the left. (waitress"
        " with a count of 1 is here for an IPv4-mapped address, of which it keeps the beginning only.)",
    ),
    Kind(
        "an empty element passed over",
        lambda d: d.element == "",
        (NGINX, PROXY_FIX_1, PROXY_FIX_2, IPWARE),
        "an empty element in the client's place",
        "the address left of it",
        REFUSES,
        "A proxy that knows no address may write none, and what stands left of that is the stranger's.",
    ),
    Kind(
        "an unreadable element passed over",
        lambda d: d.is_further_left,
        (NGINX, APACHE, PROXY_FIX_2, WAITRESS_1, WAITRESS_2, UVICORN, IPWARE, IPWARE_LIST),
        "a proxy's address in a loose form",
        "the address left of it",
        REFUSES,
        "nginx, Apache and uvicorn get there because they read an element loosely (the last row) and then trust it, the"
        " others because they count or skip.",
    ),
    Kind(
        "two addresses in one element",
        lambda d: d.theirs in d.element.split(" "),
        (NGINX,),
        "two addresses with a space between them",
        "one of them",
        REFUSES,
        "To nginx a space separates elements as a comma does, to the others not: they would not mean the same client.",
    ),
    Kind(
        "an element read loosely",
        lambda d: d.ours is None,
        ALL,
        "an address in a short, octal or hexadecimal form",
        "an address made of it",
        REFUSES,
        "An octet with a leading zero is decimal to nginx and octal to Apache, which also takes short and hexadecimal"
        " forms and host names, and looks any word up. What two servers read in two ways names no client.",
    ),
]


def kind_of(difference: Difference) -> Kind:
    return next(kind for kind in KINDS if kind.is_of(difference))


def differences(resolver: Resolver, cases: Iterable[Case]) -> list[Difference]:
    """Give the cases that a resolver takes and on which it answers something else than the guard."""
    taken = [case for case in cases if resolver.takes(case)]
    compared = zip(taken, resolver.answers(taken), GUARD.answers(taken), strict=True)
    return [Difference(case, theirs, ours) for case, theirs, ours in compared if theirs != ours]
