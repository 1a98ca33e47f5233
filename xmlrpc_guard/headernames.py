"""Is a header one that a policy may read for the client's address? Judged by its name; with the name to write."""

import re

from xmlrpc_guard.errors import ConfigurationError

X_FORWARDED_FOR_NAME, FORWARDED_NAME = "X-Forwarded-For", "Forwarded"
_LIST_HEADERS = {name.lower(): name for name in (X_FORWARDED_FOR_NAME, FORWARDED_NAME)}

# What a name may not be, and what is wrong with it.
_REFUSED = (
    (r"\s*", "is an empty name"),
    (r".*[\s,;].*", "is not one header's name, and exactly one is read"),
    (r"(?i:REMOTE.ADDR)", "is the peer, which is the client where no proxy is trusted"),
    (r"(?i:HTTP[_-].*)", "is a key of environ, not a header's own name"),
    (r".*_.*", "has an underscore, by which a client imitates a dash"),
    (r".*[^0-9A-Za-z-].*", "has a character that no such header's name has"),
    # 2001:db8::7:4432 in it is 2001:db8::7 from port 4432, or an address without a port.
    (r"(?i:CloudFront-Viewer-Address)", "has a port after IPv6 without brackets"),
)
# ingress-nginx puts into X-Original-Forwarded-For what the client sent: a name must say that one address is in it.
_NAMES_AN_ADDRESS = re.compile(r"(?i:.+(?:ip|ipv[46]|addr|address))")


def may_name_client(name: str) -> bool:
    """Return whether some policy may read this header; for a Request that does not know its policy yet.

    >>> [name for name in ("X-Real-IP", "forwarded", "Cookie") if may_name_client(name)]
    ['X-Real-IP', 'forwarded']
    """
    return name.lower() in _LIST_HEADERS or _NAMES_AN_ADDRESS.fullmatch(name) is not None


def check_header_name(name: object) -> str:
    """Give the name in its usual spelling; ConfigurationError if a policy must not read that header.

    >>> check_header_name("x-forwarded-for")
    'X-Forwarded-For'
    """
    if not isinstance(name, str):
        raise ConfigurationError("forwarded_header", name, "is not a header's name; write 'X-Forwarded-For'")
    if problem := _problem(name):
        dashed = re.sub("^HTTP_", "", name).strip(":_").replace("_", "-")
        offer = dashed if "_" in name and not _problem(dashed) else _nearest_list_header(dashed) or X_FORWARDED_FOR_NAME
        raise ConfigurationError("forwarded_header", name, f"{problem}; write {offer!r}")
    return _LIST_HEADERS.get(name.lower(), name)


def _problem(name: str) -> str:
    if name.lower() in _LIST_HEADERS:
        return ""
    for form, problem in _REFUSED:
        if re.fullmatch(form, name, re.DOTALL):
            return problem
    if _nearest_list_header(name):
        return "is misspelt"
    return "" if may_name_client(name) else "is not known to carry one client's address"


def _nearest_list_header(name: str) -> str:
    """Give the list's name that is all but written: read as a header of one address, it would refuse every request."""
    import difflib  # noqa: PLC0415 - slow to import, and wanted for other headers' names only

    near = difflib.get_close_matches(name.lower(), _LIST_HEADERS, n=1, cutoff=0.85)
    return _LIST_HEADERS[near[0]] if near else ""
