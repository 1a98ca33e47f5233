r"""The path rule as a regular expression, valid for PCRE, RE2 and HAProxy alike: no look-around, no possessive repeats.

A server in front knows a path in one or two forms, never in all the views that the guard looks at. So there are two
patterns. Where the server runs PHP itself, the path that it has decoded is what it runs, and the name stands there in
plain letters. Where it passes the request on, the next server decodes again: then each sign of the name may be escaped,
and its escape escaped, to any depth. An escape whose own digits are escaped is plain only after one decoding, so the
second pattern must be applied to the decoded path, with ``LAYERED`` beside it for what is escaped three times.

Control characters and the backslash are written as ``\x..``: some servers take ``\\`` in quotes for one backslash,
which silently makes another pattern of it.
"""

import re
from collections.abc import Callable, Iterable

LAYERED = "%25[0-9a-f%]|%[0-9a-f]?%(?:3[0-9]|[46][1-6])"
"""What a path that is decoded once still holds if it was escaped three times or more; compared without case.

That is an escaped percent sign in front of what may be the rest of an escape, or an escape with an escaped digit.
"""

LAYERED_UNDECODED = "%2525[0-9a-f%]|%25[0-9a-f]?%25(?:3[0-9]|[46][1-6])"
"""The like for a server that compares a path with its percent signs and slashes still escaped."""

_BLANK = r"\x09-\x0d\x20"


def plain_pattern(scripts: Iterable[str]) -> str:
    r"""Give the pattern of a decoded path that reaches one of the scripts; it is meant to be compared without case.

    >>> import re
    >>> pattern = re.compile(plain_pattern(["xmlrpc.php"]), re.IGNORECASE)
    >>> bool(pattern.search("/blog/XML\\rpc.php5")), bool(pattern.search("/xml-rpc.php")), plain_pattern(["a.b"])
    (True, False, '(?:^|[/:\\x5c])[.\\x00-\\x20\\x7f]*(?:a[\\x09-\\x0d\\x20\\x5c]*\\.[\\x09-\\x0d\\x20\\x5c]*b)')
    """
    between = rf"[{_BLANK}\x5c]*"
    names = "|".join(_spell(name, _plain, between, r"\.*(?:[/:?#\x5c]|$)") for name in scripts)
    return rf"(?:^|[/:\x5c])[.\x00-\x20\x7f]*(?:{names})"


def escaped_pattern(scripts: Iterable[str]) -> str:
    """Give the pattern of a path that reaches one of the scripts once all escapes are decoded, compared without case.

    >>> import re
    >>> pattern = re.compile(escaped_pattern(["xmlrpc.php"]), re.IGNORECASE)
    >>> bool(pattern.search("/blog%2f%252578mlrpc.php")), bool(pattern.search("/about-xmlrpc.php"))
    (True, False)
    """
    start = rf"(?:^|[/:\x5c]|{_escape('2f|3a|5c')})"
    ignored = rf"(?:[.\x00-\x20\x7f]|{_escape('2e|[01][0-9a-f]|20|7f')})*"
    between = rf"(?:[{_BLANK}\x5c]|{_escape('09|0[a-d]|20|5c')})*"
    end = rf"(?:\.|{_escape('2e')})*(?:[/:?#\x5c]|{_escape('23|2f|3a|3f|5c')}|$)"
    names = "|".join(_spell(name, _escaped, between, end) for name in scripts)
    return rf"{start}{ignored}(?:{names})"


def possessive(pattern: str) -> str:
    """Let each repeat of a pattern keep what it has taken, for a server that compares with PCRE's compiled patterns.

    Those have 32 kB for what they may have to give back. A path with some thousand dots or backslashes needs more, and
    HAProxy takes that for a path that does not match. It finds the same: no sign of a name may be repeated before it.

    >>> possessive("[.]*(?:a|b)*c")
    '[.]*+(?:a|b)*+c'
    """
    return re.sub(r"([\])])\*", r"\1*+", pattern)


def _spell(name: str, sign: Callable[[str], str], between: str, end: str) -> str:
    """Write a name; one without a dot must end its segment, as in target.Scripts."""
    solid = name.replace(" ", "")
    return between.join(map(sign, solid)) + ("" if "." in solid else between + end)


def _plain(sign: str) -> str:
    return sign if sign.isalnum() or sign in "-_" else rf"\{sign}" if sign in ".+$^()" else rf"\x{ord(sign):02x}"


def _escaped(sign: str) -> str:
    digits = "|".join(sorted({f"{ord(case):02x}" for case in (sign.lower(), sign.upper())}))
    return f"(?:{_plain(sign)}|{_escape(digits)})"


def _escape(digits: str) -> str:
    """Write an escape of one of these bytes, at any depth: a percent sign may be escaped again and again."""
    return f"%(?:25)*(?:{digits})"
