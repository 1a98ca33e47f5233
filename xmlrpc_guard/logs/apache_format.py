"""Apache's ``LogFormat``, as it stands in a configuration."""

import re
from collections.abc import Iterator

from xmlrpc_guard.logs.escapes import unescape
from xmlrpc_guard.logs.pasted import Column, PastedReader, Piece, Role, make_pasted_reader

_DIRECTIVE = re.compile(r"\s*(?:LogFormat|CustomLog\s+\S+)\s+\"((?:[^\"\\]|\\.)*)\".*", re.DOTALL | re.IGNORECASE)
_ITEM = re.compile(r"%[<>!\d,]*(?:\{(?P<name>[^}]*)\})?(?P<letter>\^?[A-Za-z]{1,2}|%)")

_ROLES = {
    "h": Role.PEER,
    "a": Role.PEER,
    "r": Role.REQUEST,
    "U": Role.PATH,
    "m": Role.METHOD,
    "s": Role.STATUS,
    "b": Role.SIZE,
    "B": Role.SIZE,
    "O": Role.SIZE,
    "u": Role.FREE,
    "q": Role.FREE,
    "f": Role.FREE,
    "V": Role.HOST,
}


def read_apache_format(text: str, header: str) -> PastedReader:
    r"""Make a reader of a ``LogFormat``: its string alone, or the whole directive.

    ``header`` is the name of the forwarded header. ConfigurationError if it has no item with the request.

    >>> reader = read_apache_format(r'LogFormat "%h %l %u %t \"%r\" %>s" short', "X-Forwarded-For")
    >>> reader(b'203.0.113.9 - - [29/Nov/2026:11:00:00 +0000] "GET /a HTTP/1.1" 200')[0].targets
    (b'/a',)
    """
    directive = _DIRECTIVE.fullmatch(text)
    body = (directive[1] if directive else text).replace(r"\"", '"').replace(r"\t", "\t")
    return make_pasted_reader(text, list(_pieces(body, header.lower())), unescape)


def _pieces(body: str, forwarded: str) -> Iterator[Piece]:
    at, literal = 0, ""
    for found in _ITEM.finditer(body):
        literal += body[at : found.start()]
        # Letters that belong to no item of two, as the first of `%hx`, are the text after it.
        letter = found["letter"] if found["letter"][:1] == "^" else found["letter"][:1]
        at = found.end() - (len(found["letter"]) - len(letter))
        if letter == "%":
            literal += "%"
            continue
        if literal:
            yield literal
        yield _column(letter, (found["name"] or "").lower(), forwarded)
        literal = ""
    if literal + body[at:]:
        yield literal + body[at:]


def _column(letter: str, name: str, forwarded: str) -> Column:
    if letter == "i":
        return Column({forwarded: Role.FORWARDED, "user-agent": Role.AGENT}.get(name, Role.FREE))
    if letter == "t":
        return Column(Role.FREE if name else Role.TIME, in_brackets=not name)
    if letter == "a" and name == "c":
        return Column(Role.TRUE_PEER)
    named = Role.FREE if letter in "Ceno" else Role.OTHER
    return Column(named if name else _ROLES.get(letter, Role.OTHER))
