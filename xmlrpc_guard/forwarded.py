"""The header in which proxies say whose request they pass on: which one it is, and how its last hop is read."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.networks import Address, parse_address
from xmlrpc_guard.rfc7239 import LONGEST, element_before, node_of

Hop = tuple[int, Address]
"""Where a header's last element starts, and the address in it."""


class UnreadableHopError(ValueError):
    """An element that does not name an address: its text, and what is wrong with it."""

    def __init__(self, element: str, problem: str) -> None:
        super().__init__(element, problem)
        self.element = element
        self.problem = problem


@dataclass(frozen=True, slots=True, init=False, repr=False)
class ForwardedHeader:
    """The one header that is read of a trusted proxy; frozen, and equal whatever the case of its name.

    ``"X-Forwarded-For"`` is a list of addresses and ``"Forwarded"`` one of elements (RFC 7239); each proxy adds to
    their end. Any other name that ends in IP or Address, as ``"X-Real-IP"``, stands for a header of exactly one
    address, which every trusted proxy must overwrite. A name that cannot be used raises ConfigurationError.

    >>> ForwardedHeader("cf-connecting-ip").key
    'HTTP_CF_CONNECTING_IP'
    """

    name: str = field(compare=False)
    key: str
    """Its name in a WSGI environ."""
    last_hop: Callable[[str, int], Hop] = field(compare=False)
    """Reads the element that ends at an index of a text; UnreadableHopError if there is no address in it."""

    def __init__(self, name: "str | ForwardedHeader") -> None:
        given = name.name if isinstance(name, ForwardedHeader) else name
        known = _LISTS.get(given.lower()) if isinstance(given, str) else None
        canonical, read = known or (_checked(given), _one_address)
        object.__setattr__(self, "name", canonical)
        object.__setattr__(self, "key", f"HTTP_{canonical.upper().replace('-', '_')}")
        object.__setattr__(self, "last_hop", read)

    @property
    def is_list(self) -> bool:
        """Whether each proxy adds to its end, rather than overwrites it."""
        return self.last_hop is not _one_address

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"ForwardedHeader({self.name!r})"


# A node with a port, as proxies write it; an IPv6 address without brackets keeps all its colons. In Forwarded the
# port may be hidden (RFC 7239 section 6).
_HOST = r"(?:\[([^]]*)\]|([0-9.]+))"
_HOST_AND_PORT = re.compile(rf"{_HOST}(?::([0-9]{{1,5}}))?")
_NODE = re.compile(rf"{_HOST}(?::(?:([0-9]{{1,5}})|_[A-Za-z0-9._-]+))?")
_HIDDEN_NODE = re.compile(r"_[A-Za-z0-9._-]+")
_LAST_PORT = 65535
_LONGEST = 64  # characters; an IPv6 address in brackets and its port are 53 at the most


def _list_of_addresses(text: str, end: int) -> Hop:
    start = text.rfind(",", 0, end) + 1
    element = text[start:end].strip(" \t")
    address = (parse_address(element) or _with_port(_HOST_AND_PORT, element)) if len(element) <= _LONGEST else None
    if address is None:
        raise UnreadableHopError(element, "is no address" if element else "is empty")
    return start, address


def _one_address(text: str, end: int) -> Hop:
    if "," in text:
        raise UnreadableHopError(text, "is more than one address")
    return _list_of_addresses(text, end)


def _elements(text: str, end: int) -> Hop:
    start = max(0, end - LONGEST)
    try:
        start = element_before(text, end)
        return start, _address_of(node_of(text[start:end]))
    except ValueError as problem:
        raise UnreadableHopError(text[start:end].strip(" \t"), str(problem)) from None


def _address_of(node: str) -> Address:
    address = _with_port(_NODE, node) if ":" in node else parse_address(node)
    if address is None:
        raise ValueError(_why_no_address(node))
    return address


def _with_port(form: re.Pattern[str], text: str) -> Address | None:
    match = form.fullmatch(text)
    if match is None or int(match[3] or "0") > _LAST_PORT:
        return None
    bracketed, bare = match[1], match[2]
    return parse_address(bare) if bracketed is None else parse_address(bracketed) if ":" in bracketed else None


def _why_no_address(node: str) -> str:
    # RFC 7239 section 6 has two ways for a proxy to say that it will not tell.
    name = node.partition(":")[0]
    if name.lower() == "unknown":
        return "does not know who asked"
    return "hides who asked" if _HIDDEN_NODE.fullmatch(name) else "has no address in for= (IPv6 wants brackets)"


_LISTS: dict[str, tuple[str, Callable[[str, int], Hop]]] = {
    "x-forwarded-for": ("X-Forwarded-For", _list_of_addresses),
    "forwarded": ("Forwarded", _elements),
}

# What a name may not be, and what to write instead, if not X-Forwarded-For.
_REFUSED = (
    (r"\s*", "is an empty name"),
    (r".*[\s,;].*", "is not one header's name, and exactly one is read"),
    (r"(?i:REMOTE.ADDR)", "is the peer, which is taken where no header is believed"),
    (r"(?i:HTTP[_-].*)", "is a key of environ, not a header's own name"),
    (r".*_.*", "has an underscore, by which a client imitates a dash"),
    (r".*[^0-9A-Za-z-].*", "has a character that no such header's name has"),
    # 2001:db8::7:4432 in it is 2001:db8::7 from port 4432, or an address without a port.
    (r"(?i:CloudFront-Viewer-Address)", "has a port behind IPv6 without brackets"),
)
# ingress-nginx puts into X-Original-Forwarded-For what the client sent: a name must say that one address is in it.
_NAMES_AN_ADDRESS = re.compile(r"(?i:.+(?:ip|ipv[46]|addr|address))")


def _checked(name: object) -> str:
    if not isinstance(name, str):
        raise ConfigurationError("forwarded_header", name, "is not a header's name; write 'X-Forwarded-For'")
    if problem := _problem(name):
        dashed = re.sub("^HTTP_", "", name).strip(":_").replace("_", "-")
        offer = dashed if "_" in name and not _problem(dashed) else _meant(dashed) or "X-Forwarded-For"
        raise ConfigurationError("forwarded_header", name, f"{problem}; write {offer!r}")
    return name


def _problem(name: str) -> str:
    for form, problem in _REFUSED:
        if re.fullmatch(form, name, re.DOTALL):
            return problem
    if _meant(name) not in ("", name):
        return "is misspelt"
    return "" if _NAMES_AN_ADDRESS.fullmatch(name) or _meant(name) else "is not known to tell one client's address"


def _meant(name: str) -> str:
    """Give the list's name that is all but written: read as a header of one address, it would refuse everybody."""
    import difflib  # noqa: PLC0415 - slow to import, and wanted for other headers' names only

    near = difflib.get_close_matches(name.lower(), _LISTS, n=1, cutoff=0.85)
    return _LISTS[near[0]][0] if near else ""


X_FORWARDED_FOR = ForwardedHeader("X-Forwarded-For")
