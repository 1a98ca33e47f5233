"""A reader made from the format that a server is configured with: what each column is, and how it is escaped."""

import re
from collections.abc import Callable, Sequence
from enum import Enum
from typing import NamedTuple

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.logs.logged import UNREAD, Logged, Readings, absent, number
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
    FREE = "free"
    """Not wanted, and it may hold blanks: a user name."""
    OTHER = "other"


class Column(NamedTuple):
    """One column of a format: what it holds, and whether the server puts it in brackets by itself."""

    role: Role
    in_brackets: bool = False


Piece = str | Column
"""A format is literal texts and columns in turns."""

_WIDE = (Role.FREE, Role.REQUEST, Role.TARGET, Role.PATH, Role.AGENT)  # may hold blanks


class PastedReader:
    """Reads lines of one format. ``unescape`` undoes what the server does to a column; None if it does nothing."""

    names_header = True

    def __init__(self, pieces: Sequence[Piece], unescape: Callable[[bytes], bytes] | None) -> None:
        roles = {piece.role for piece in pieces if isinstance(piece, Column)}
        self._pattern = re.compile(_compile(pieces, raw=unescape is None), re.DOTALL)
        self._unescape = unescape
        self._has_forwarded = Role.FORWARDED in roles

    def __call__(self, line: bytes) -> Readings:
        """Read a line, which syslog may have begun."""
        found = self._pattern.match(skip_header(line)) or self._pattern.match(line)
        return UNREAD if found is None else (self._read(found.groupdict()),)

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
        method = self._plain(found.get("method", b"GET")) if target or path else None
        return method, (target,) if target else (), (path,) if path else (), False

    def _plain(self, text: bytes | None) -> bytes | None:
        text = absent(text)
        return text if text is None or self._unescape is None else self._unescape(text)


def make_reader(text: str, pieces: Sequence[Piece], unescape: Callable[[bytes], bytes] | None) -> PastedReader:
    """Make a reader; ConfigurationError if no column of the format ``text`` says what was asked for."""
    roles = {piece.role for piece in pieces if isinstance(piece, Column)}
    if not roles & {Role.REQUEST, Role.TARGET, Role.PATH}:
        problem = "has no column with the request; write a log's whole format, with its $request or %r"
        raise ConfigurationError("format", text, problem)
    return PastedReader(pieces, unescape)


def _compile(pieces: Sequence[Piece], *, raw: bool) -> bytes:
    """Compile a format. A column ends where the literal after it begins; each role's first column is the one read."""
    pattern, seen = [], set[Role]()
    for at, piece in enumerate(pieces):
        if isinstance(piece, str):
            pattern.append(re.escape(piece.encode("latin-1", "replace")))
            continue
        before, after = (pieces[n] if 0 <= n < len(pieces) else "" for n in (at - 1, at + 1))
        body = _body(piece, before if isinstance(before, str) else "", after if isinstance(after, str) else "", raw=raw)
        named = piece.role not in seen and piece.role not in (Role.FREE, Role.OTHER)
        seen.add(piece.role)
        group = b"(?P<%b>%b)" % (piece.role.value.encode(), body) if named else b"(?:%b)" % body
        pattern.append(rb"\[%b\]" % group if piece.in_brackets else group)
    return b"".join(pattern)


def _body(column: Column, before: str, after: str, *, raw: bool) -> bytes:
    if column.in_brackets or after.startswith("]"):
        return rb"[^][]*+"  # a bracket within would let a long line of them be searched from each one to its end
    if not after:
        return rb"\S*+" if column.role not in _WIDE else rb".*"
    if before.endswith('"') and after.startswith('"') and not raw:
        return rb'(?:[^"\\]|\\.)*+'
    if raw or column.role in _WIDE:
        return rb".*?"
    return rb"[^%b]*+" % re.escape(after[0].encode("latin-1", "replace"))
