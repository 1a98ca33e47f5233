"""The form of a header that lists addresses, as a regular expression for PCRE, RE2 and HAProxy alike.

A server in front that walks a header from the right stops at what it cannot read, or skips it, and takes the address
beside it for the client's. So a header must have this form as a whole before it counts: the guard looks at it only as
far as the client, and accepts a little more.
"""

_HEX = "[0-9a-f]{1,4}"
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
IPV4 = rf"(?:{_BYTE}\.){{3}}{_BYTE}"
"""An IPv4 address in the one spelling that inet_pton(3) takes."""


def _ipv6() -> str:
    """Write the spellings of RFC 4291 section 2.2: eight groups, or fewer around one ``::``; IPv4 in the last two."""
    whole = f"(?:{_HEX}:){{6}}(?:{_HEX}:{_HEX}|{IPV4})"
    cut = (f"{_before(groups)}::{_after(7 - groups)}" for groups in range(8))
    return f"(?:{'|'.join((whole, *cut))})"


def _before(groups: int) -> str:
    return f"(?:{_HEX}:){{{groups - 1}}}{_HEX}" if groups > 1 else _HEX * groups


def _after(most: int) -> str:
    """Write at most so many groups, the two last of which may be an IPv4 address."""
    if not most:
        return ""
    plain = f"{_HEX}(?::{_HEX}){{0,{most - 1}}}"
    return f"(?:{plain}|(?:{_HEX}:){{0,{most - 2}}}{IPV4})?" if most > 1 else f"(?:{plain})?"


IPV6 = _ipv6()
"""An IPv6 address in any spelling that inet_pton(3) takes; compared without case."""


TOO_MANY = "^(?:[^,]*,){33}"
"""A header of more elements than a client and the 32 proxies that the guard walks past."""


def list_form(*, with_ports: bool) -> str:
    """Give the form of a list of addresses, whole, for a comparison without case.

    With ports, an IPv4 address may have one, as some load balancers write it, and an IPv6 address stands in brackets or
    not. That takes a lone bracket too: it is for servers that stop at one. A comma in front of the list is taken, since
    an element that is empty ends the walk of any server.

    >>> import re
    >>> form = re.compile(list_form(with_ports=True), re.IGNORECASE)
    >>> [bool(form.search(text)) for text in ("192.0.2.1, 2001:db8::7", "[::1]:80", "192.0.2.1,, ::1", "")]
    [True, True, False, False]
    """
    port = "(?::[0-9]{1,5})?"
    each = rf"{IPV4}{port}|\[?{IPV6}(?:\]{port})?" if with_ports else f"{IPV4}|{IPV6}"
    return rf"^(?:(?:^|,)[ \x09]*(?:{each})[ \x09]*)+$"
