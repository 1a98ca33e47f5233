"""A reader made from the format that a server is configured with: what each column is, and how it is escaped."""

import re
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from math import prod
from typing import NamedTuple

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.logs.logged import NOT_LOGGED, UNREAD, Logged, Readings, absent, number
from xmlrpc_guard.logs.prefix import skip_header
from xmlrpc_guard.logs.requestline import split_request
from xmlrpc_guard.logs.times import read_time


class Role(Enum):
    """What a column of a format holds, as far as an audit wants it."""

    PEER = "peer"
    TRUE_PEER = "true_peer"
    """The peer, where another column may have been changed to the client."""
    FORWARDED = "forwarded"
    REQUEST = "request"
    TARGET = "target"
    PATH = "path"
    METHOD = "method"
    STATUS = "status"
    SIZE = "size"
    AGENT = "agent"
    TIME = "time"
    HOST = "host"
    """Not wanted; a client may write into it what it likes, but for blanks."""
    FREE = "free"
    """Not wanted; a client may write into it what it likes: a user name, a header."""
    OTHER = "other"
    """Not wanted; the server's own words."""


class Column(NamedTuple):
    """One column of a format: what it holds, and whether the server puts it in brackets by itself."""

    role: Role
    in_brackets: bool = False


Piece = str | Column
"""A format is literal texts and columns in turns."""

_UNWANTED = (Role.HOST, Role.FREE, Role.OTHER)
_PATHS = (Role.TARGET, Role.PATH)
# Columns of which a client writes a part, and with it what may look like the end of the column and those after it.
_WIDE = (*_PATHS, Role.FREE, Role.REQUEST, Role.AGENT, Role.FORWARDED, Role.METHOD)
_FORMS = {Role.STATUS: rb"(?:\d{3}|-)", Role.SIZE: rb"(?:\d+|-)"}


class PastedReader:
    """Reads lines of one format. ``unescape`` undoes what the server does to a column; None if it does nothing.

    A line may be read in several ways, if a client has written what ends a column. So it is read twice, once with each
    column as short as can be, the first ones first, and once as long. As far as both agree, there is no other way.
    Where there are too many ways, looking for these two would take seconds a line, and nothing is known of it.
    """

    names_header = True

    def __init__(self, pieces: Sequence[Piece], unescape: Callable[[bytes], bytes] | None) -> None:
        roles = {piece.role for piece in pieces if isinstance(piece, Column)}
        self._short, self._long = (
            re.compile(_compile(_separate(pieces), repeat, raw=unescape is None), re.DOTALL) for repeat in (b"*?", b"*")
        )
        self._ends = _find_ends(_separate(pieces), raw=unescape is None)
        self._quotes = None if unescape is None else sum(p.count('"') for p in pieces if isinstance(p, str))
        self._unescape = unescape
        self._has_forwarded = Role.FORWARDED in roles

    def __call__(self, line: bytes) -> Readings:
        """Read a line, which syslog may have begun, or what a client has written that looks so, in its first column."""
        first, *more = (*filter(None, map(self._match, dict.fromkeys((skip_header(line), line)))), None)
        if first is None:
            return UNREAD
        is_known = all(each is None or (each.peer, each.unix) == (first.peer, first.unix) for each in more)
        return (first if is_known else _without_client(first),)

    def _match(self, line: bytes) -> Logged | None:
        if self._quotes not in (None, _count_quotes(line)):
            return None
        if prod(line.count(end) + 1 for end in self._ends) > _MOST_WAYS:
            return _UNKNOWN
        short, long = self._short.fullmatch(line), self._long.fullmatch(line)
        if short is None or long is None:
            return None
        return self._read(short.groupdict()) if short.regs == long.regs else self._read_both(short, long)

    def _read_both(self, short: "re.Match[bytes]", long: "re.Match[bytes]") -> Logged:
        """Keep what is sure: the columns before the first one that ends elsewhere. Of the targets keep both.

        Between the two there may be others: the target that is empty may go on to a guarded script.
        """
        first = next(at for at, (its, other) in enumerate(zip(short.regs, long.regs, strict=True)) if its != other)
        unsure = {name for name, at in self._short.groupindex.items() if at >= first}
        one, other = (self._read(found.groupdict()) for found in (short, long))
        is_cut = not unsure.isdisjoint((Role.REQUEST.value, Role.TARGET.value, Role.PATH.value))
        sure = self._read({name: text for name, text in short.groupdict().items() if name not in unsure})
        sure = sure._replace(
            has_forwarded=self._has_forwarded and Role.FORWARDED.value not in unsure,
            method=one.method if one.method == other.method else NOT_LOGGED,
            targets=tuple(dict.fromkeys(one.targets + other.targets + (b"",) * is_cut)),
            paths=tuple(dict.fromkeys(one.paths + other.paths)),
            is_cut=is_cut or one.is_cut,
        )
        return sure if unsure.isdisjoint((Role.PEER.value, Role.TRUE_PEER.value)) else _without_client(sure)

    def _read(self, found: dict[str, bytes]) -> Logged:
        peer = absent(found.get("true_peer", found.get("peer", b"-")))
        unix = peer is not None and peer.startswith(b"unix:")
        method, targets, paths, is_cut = self._read_target(found)
        return Logged(
            peer=None if unix else peer,
            unix=unix,
            forwarded=self._plain(found.get("forwarded")),
            has_forwarded=self._has_forwarded,
            method=method,
            targets=targets,
            paths=paths,
            is_cut=is_cut,
            status=number(found.get("status")),
            size=number(found.get("size")),
            agent=self._plain(found.get("agent")),
            time=read_time(found.get("time", b"")),
        )

    def _read_target(self, found: dict[str, bytes]) -> tuple[bytes | None, tuple[bytes, ...], tuple[bytes, ...], bool]:
        if (line := self._plain(found.get("request"))) is not None:
            method, targets, is_cut = split_request(line)
            return method, targets[:1], (), is_cut
        target, path = self._plain(found.get("target")), self._plain(found.get("path"))
        method = self._plain(found.get("method", NOT_LOGGED)) if target or path else None
        return method, (target,) if target else (), (path,) if path else (), False

    def _plain(self, text: bytes | None) -> bytes | None:
        text = absent(text)
        return text if text is None or self._unescape is None else self._unescape(text)


_MOST_WAYS = 50_000
_UNKNOWN = Logged(peer=None, method=NOT_LOGGED, targets=(b"",), is_cut=True)


def _without_client(logged: Logged) -> Logged:
    """Leave out who connected, and with it what the forwarded header says, which counts for some peers only."""
    return logged._replace(peer=None, unix=False, forwarded=None, has_forwarded=False)


def _count_quotes(line: bytes) -> int:
    r"""Count the quotes that are not written as a part of a column. A line of other columns has more, or fewer.

    To look for the ends of several columns in such a line would take very long.

    >>> _count_quotes(rb'"a\"b" "\\"')
    4
    """
    return (_ESCAPED.sub(b"", line) if b"\\" in line else line).count(b'"')


_ESCAPED = re.compile(rb"\\.", re.DOTALL)


def make_pasted_reader(text: str, pieces: Sequence[Piece], unescape: Callable[[bytes], bytes] | None) -> PastedReader:
    """Make a reader; ConfigurationError if no column of the format ``text`` says what was asked for."""
    roles = {piece.role for piece in pieces if isinstance(piece, Column)}
    if not roles & {Role.REQUEST, Role.TARGET, Role.PATH}:
        problem = "has no column with the request; write a log's whole format, with its $request or %r"
        raise ConfigurationError("format", text, problem)
    return PastedReader(pieces, unescape)


def _separate(pieces: Iterable[Piece]) -> list[Piece]:
    """Leave out columns that follow another one at once, which belong to it then: a query after its path.

    But a target may follow a host, which it ends by its first slash.
    """
    kept: list[Piece] = []
    for piece in pieces:
        before = kept[-1] if kept else ""
        if isinstance(piece, str) or isinstance(before, str) or (before.role in _UNWANTED and piece.role in _PATHS):
            kept.append(piece)
    return kept


def _find_ends(pieces: Sequence[Piece], *, raw: bool) -> list[bytes]:
    """Find the texts that end a column and that a client may have written within it."""
    return [
        after.encode("latin-1", "replace")
        for before, piece, after in zip(["", *pieces], pieces, pieces[1:], strict=False)
        if isinstance(piece, Column) and isinstance(after, str) and piece.role in (*_WIDE, Role.HOST)
        if raw or not _is_quoted(str(before), after)
    ]


def _compile(pieces: Sequence[Piece], repeat: bytes, *, raw: bool) -> bytes:
    """Compile a format. A column ends where the literal after it begins; each role's first column is the one read."""
    pattern, seen = [], set[Role]()
    for at, piece in enumerate(pieces):
        if isinstance(piece, str):
            pattern.append(re.escape(piece.encode("latin-1", "replace")))
            continue
        before, after = (pieces[n] if 0 <= n < len(pieces) else "" for n in (at - 1, at + 1))
        body = rb"[^/]*+" if isinstance(after, Column) else _body(piece, str(before), after, repeat, raw=raw)
        named = piece.role not in seen and piece.role not in _UNWANTED
        seen.add(piece.role)
        group = b"(?P<%b>%b)" % (piece.role.value.encode(), body) if named else b"(%b)" % body
        pattern.append(rb"\[%b\]" % group if piece.in_brackets else group)
    return b"".join(pattern)


def _body(column: Column, before: str, after: str, repeat: bytes, *, raw: bool) -> bytes:
    end = re.escape(after[:1].encode("latin-1", "replace"))
    if column.role in (Role.PEER, Role.TRUE_PEER):
        # "++" would repeat this group wrongly in Debian's 3.11.2 (gh-106052), and is not needed: it ends at one place.
        return rb"(?:(?!%b)[\w.:\[\]-])+" % (end or rb"\Z")
    if column.role in _FORMS:
        return _FORMS[column.role]
    if column.in_brackets or (end == rb"\]" and column.role not in _WIDE):
        return rb"[^][]*+"  # a bracket within would let a long line of them be searched from each one to its end
    if column.role in _WIDE:
        return _wide_body(before, after, repeat, raw=raw)
    return (rb"[^%b]*+" % end if end else rb"\S*+") if column.role is not Role.HOST else rb'[^ "]' + repeat


def _is_quoted(before: str, after: str) -> bool:
    return before.endswith('"') and after.startswith('"')


def _wide_body(before: str, after: str, repeat: bytes, *, raw: bool) -> bytes:
    """Write a pattern for what a client may have written: a quote has a backslash before it, or is another byte."""
    if raw:
        return rb"." + repeat
    if _is_quoted(before, after):
        return rb'[^"\\]*(?:\\.[^"\\]*)*'
    return rb'(?:[^"\\]|\\(?:.|\Z))' + repeat
