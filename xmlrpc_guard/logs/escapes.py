r"""How servers write bytes that could end a field: as ``\x22``, as ``\"``, as ``#22``."""

import re

_BACKSLASH = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"v": b"\v", b"f": b"\f"}
_HASH = re.compile(rb"#([0-9A-Fa-f]{2})")


def unescape(text: bytes) -> bytes:
    r"""Undo the escapes of nginx, Apache, lighttpd and Varnish: a backslash, and what it stands before.

    >>> unescape(rb'/q\x22uote'), unescape(rb'/b\\s\"\t')
    (b'/q"uote', b'/b\\s"\t')
    """
    return _BACKSLASH.sub(_meant, text) if b"\\" in text else text


def _meant(escape: "re.Match[bytes]") -> bytes:
    return bytes.fromhex(escape[1].decode()) if escape[1] else _LETTERS.get(escape[2], escape[2])


def as_json_escapes(text: bytes) -> bytes:
    r"""Write the escapes of nginx and Apache in a format that looks like JSON as JSON has them.

    >>> print(as_json_escapes(rb'{"a": "\x22\x5Cx22\x01\v\"\n"}').decode())
    {"a": "\"\\x22\u0001\u000b\"\n"}
    """
    return _BACKSLASH.sub(_in_json, text)


def _in_json(escape: "re.Match[bytes]") -> bytes:
    if not escape[1] and escape[2] in b'"\\/bfnrtu':
        return escape[0]
    byte = _meant(escape)
    if byte in b'"\\':
        return b"\\" + byte
    return b"\\u%04x" % ord(byte) if byte < b" " else byte


def unescape_hash(text: bytes) -> bytes:
    """Undo the escapes of HAProxy.

    >>> unescape_hash(b"/q#22uote#23")
    b'/q"uote#'
    """
    return _HASH.sub(lambda escape: bytes.fromhex(escape[1].decode()), text) if b"#" in text else text


def readings_of(text: bytes) -> tuple[bytes, ...]:
    r"""Give what a target may have been before it was written: which escapes were meant, one line does not tell.

    ``/b\s`` is the target itself in gunicorn's and h2o's logs, and Apache writes a backslash twice. h2o writes bytes
    in hexadecimal and a backslash as it is, gunicorn a quote with a backslash before it and all else as it is.

    >>> readings_of(rb"/b\s\x22"), readings_of(b"/plain")
    ((b'/b\\s\\x22', b'/bs"', b'/b\\s"'), (b'/plain',))
    """
    if b"\\" not in text:
        return (text,)
    by_h2o, by_gunicorn = _HEXADECIMAL.sub(_meant, text), text.replace(rb"\"", b'"')
    return tuple(dict.fromkeys((text, unescape(text), by_h2o, by_gunicorn)))


_HEXADECIMAL = re.compile(rb"\\x([0-9A-Fa-f]{2})")
