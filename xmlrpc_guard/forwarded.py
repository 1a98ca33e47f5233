"""The header in which proxies name the client: which one it is, and how its last hop is read."""

import re
from enum import Enum
from wsgiref.types import WSGIEnvironment

from xmlrpc_guard import headernames
from xmlrpc_guard.frozen import Frozen, settle
from xmlrpc_guard.networks import LAST_PORT, Address, parse_address
from xmlrpc_guard.rfc7239 import LONGEST_ELEMENT, find_element_start, read_node

Hop = tuple[int, Address]
"""Where a header's last element starts, and the address in it."""


class UnreadableHopError(ValueError):
    """An element that does not name an address: its text, and what is wrong with it."""

    def __init__(self, element: str, problem: str) -> None:
        super().__init__(element, problem)
        self.element = element
        self.problem = problem


class HeaderForm(Enum):
    """What a header holds: a list to whose end each proxy adds, or one address that each proxy overwrites."""

    ADDRESSES = "addresses, separated by commas"
    ELEMENTS = "elements of RFC 7239, separated by commas"
    ONE_ADDRESS = "one address"

    def last_hop(self, text: str, end: int) -> Hop:
        """Read the element of ``text`` that ends at index ``end``; UnreadableHopError if it holds no address.

        >>> start, (packed, address) = HeaderForm.ELEMENTS.last_hop('for=192.0.2.43, for="[2001:db8::1]:47"', 38)
        >>> start, address
        (15, '2001:db8::1')
        """
        if self is HeaderForm.ELEMENTS:
            return _last_element(text, end)
        if self is HeaderForm.ONE_ADDRESS and "," in text:
            raise UnreadableHopError(text, "is more than one address")
        return _last_address(text, end)


_LIST_FORMS = {headernames.X_FORWARDED_FOR_NAME: HeaderForm.ADDRESSES, headernames.FORWARDED_NAME: HeaderForm.ELEMENTS}


def key_of(name: str) -> str:
    """Give the key under which a WSGI environ has a header (PEP 3333, from RFC 3875 section 4.1.18).

    >>> key_of("X-Real-IP")
    'HTTP_X_REAL_IP'
    """
    return f"HTTP_{name.upper().replace('-', '_')}"


class ForwardedHeader(Frozen, uncompared=("name", "form")):
    """The one header that a policy reads of a trusted proxy; frozen, and equal in any case of its name.

    ``"X-Forwarded-For"`` is a list of addresses and ``"Forwarded"`` one of elements (RFC 7239); each proxy adds to
    their end. Any other name that ends in IP or Address, as ``"X-Real-IP"``, stands for a header of exactly one
    address, which every trusted proxy must overwrite. A name that cannot be used raises ConfigurationError.

    >>> ForwardedHeader("cf-connecting-ip").key
    'HTTP_CF_CONNECTING_IP'
    """

    __slots__ = ("name", "key", "form")

    name: str
    key: str
    """Its name in a WSGI environ."""
    form: HeaderForm

    def __init__(self, name: "str | ForwardedHeader") -> None:
        name = headernames.check_header_name(name.name if isinstance(name, ForwardedHeader) else name)
        settle(self, name=name, key=key_of(name), form=_LIST_FORMS.get(name, HeaderForm.ONE_ADDRESS))

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"ForwardedHeader({self.name!r})"


X_FORWARDED_FOR = ForwardedHeader(headernames.X_FORWARDED_FOR_NAME)


def forwarded_headers(environ: WSGIEnvironment) -> dict[str, str]:
    """Give every header of a request that some policy may read, by its name in lower case.

    Only under the key that a ForwardedHeader of that name has: in an environ that was filled by hand, or by an odd
    gateway, ``HTTP_X-FORWARDED-FOR`` may stand beside the real one, and no guard reads it.

    >>> forwarded_headers({"HTTP_X_REAL_IP": "192.0.2.7", "HTTP_COOKIE": "a=b", "PATH_INFO": "/"})
    {'x-real-ip': '192.0.2.7'}
    """
    named = ((str(key)[5:].replace("_", "-").lower(), key) for key in environ if str(key)[:5] == "HTTP_")
    return {name: environ[key] for name, key in named if headernames.may_name_client(name) and key == key_of(name)}


# A node with a port, as proxies write it; an IPv6 address without brackets keeps all its colons. In Forwarded the
# port may be hidden (RFC 7239 section 6).
_HOST = r"(?:\[([^]]*)\]|([0-9.]+))"
_HOST_AND_PORT = re.compile(rf"{_HOST}(?::([0-9]{{1,5}}))?")
_NODE = re.compile(rf"{_HOST}(?::(?:([0-9]{{1,5}})|_[A-Za-z0-9._-]+))?")
_HIDDEN_NODE = re.compile(r"_[A-Za-z0-9._-]+")
_LONGEST_ADDRESS = 64  # characters; an IPv6 address in brackets and its port are 53 at the most


def parse_with_port(text: str) -> Address | None:
    """Read an address that may have a port after it; IPv6 with a port has brackets, as nothing else tells them apart.

    >>> [parse_with_port(text) for text in ("192.0.2.7:http", "192.0.2.7:65536", "2001:db8::1:2:3:4:5:6:4711")]
    [None, None, None]
    >>> parse_with_port("[2001:db8::1]:4711")[1]
    '2001:db8::1'
    """
    return parse_address(text) or (_with_port(_HOST_AND_PORT, text) if len(text) <= _LONGEST_ADDRESS else None)


def _last_address(text: str, end: int) -> Hop:
    start = text.rfind(",", 0, end) + 1
    element = text[start:end].strip(" \t")
    address = parse_with_port(element) if len(element) <= _LONGEST_ADDRESS else None
    if address is None:
        raise UnreadableHopError(element, "is not an address" if element else "is empty")
    return start, address


def _last_element(text: str, end: int) -> Hop:
    start = max(0, end - LONGEST_ELEMENT)
    try:
        start = find_element_start(text, end)
        return start, _address_of(read_node(text[start:end]))
    except ValueError as problem:
        raise UnreadableHopError(text[start:end].strip(" \t"), str(problem)) from None


def _address_of(node: str) -> Address:
    address = _with_port(_NODE, node) if ":" in node else parse_address(node)
    if address is None:
        raise ValueError(_why_no_address(node))
    return address


def _with_port(form: re.Pattern[str], text: str) -> Address | None:
    match = form.fullmatch(text)
    if match is None or int(match[3] or "0") > LAST_PORT:
        return None
    bracketed, bare = match[1], match[2]
    return parse_address(bare) if bracketed is None else parse_address(bracketed) if ":" in bracketed else None


def _why_no_address(node: str) -> str:
    # RFC 7239 section 6 has two ways for a proxy to withhold the address.
    name = node.partition(":")[0]
    if name.lower() == "unknown":
        return "does not know the client"
    return "hides the client" if _HIDDEN_NODE.fullmatch(name) else "has no address in for= (IPv6 needs brackets)"
