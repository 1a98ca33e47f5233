"""``acl NAME src ADDRESS ...``, as HAProxy and Squid have it."""

import re
from collections.abc import Iterator
from functools import lru_cache
from sys import intern
from typing import NamedTuple

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.lines import logical_lines, numbered_lines
from xmlrpc_guard.formats.notation import read_masked
from xmlrpc_guard.listfile.verdicts import takes_away
from xmlrpc_guard.ranges import Range

_OTHER = "other lines"
_SIGNS = re.compile(r"[\"'\\#]")
_WORD = re.compile(r"#.*|(?:[^\s\"'\\]++|\"(?:[^\"\\]|\\.)*+\"|'[^']*+'|\\.)+")
# What gives a client's address: the peer, or a header of proxies.
_CLIENT = re.compile(r"src|client_ip|(?:req\.)?f?hdr_ip\([^()\s]*\)", re.IGNORECASE)
_INLINE = re.compile(rf"!\s*\{{\s*(?:{_CLIENT.pattern})\s", re.IGNORECASE)
_INLINE_DENIED = re.compile(_INLINE.pattern.removeprefix(r"!\s*"), re.IGNORECASE)
_ANSWERS = re.compile(r"http-request (?:return .*\bstatus [345]|redirect )")
_DENIES = frozenset(("deny", "reject", "tarpit", "silent-drop", "block"))


class Acl(NamedTuple):
    """An ``acl`` line: its name, what it looks at, and the words after that."""

    line: int
    name: str
    criterion: str
    words: list[str]


def read_acl(text: str) -> Iterator[Item]:
    """Give the addresses of each ACL of clients; a rule that refuses or negates such an ACL is an exception."""
    acls: list[Acl] = []
    rules: list[tuple[int, list[str]]] = []
    for number, line in logical_lines(text, " "):
        words = _split(line)
        if len(words) > 2 and words[0].lower() == "acl":  # noqa: PLR2004 - a name and a criterion
            acls.append(Acl(number, intern(words[1]), intern(words[2]), words[3:]))
        elif words:
            rules.append((number, words))
    names = {acl.name for acl in acls if _is_client(acl.criterion)} - {"all"}
    for acl in acls:
        if acl.name in names:
            yield from _read_addresses(acl)
        else:
            yield Left(acl.line, "ACLs of everyone, or of something else")
    yield from (_read_rule(number, words, names) for number, words in rules)


def _split(line: str) -> list[str]:
    if not _SIGNS.search(line):  # most lines of a long file
        return line.split()
    words = _WORD.findall(line)
    comment = next((place for place, word in enumerate(words) if word.startswith("#")), len(words))
    return [re.sub(r"\\(.)|[\"']", r"\1", word) for word in words[:comment]]


@lru_cache(maxsize=64)
def _is_client(criterion: str) -> bool:
    return bool(_CLIENT.fullmatch(criterion))


def _read_addresses(acl: Acl) -> Iterator[Item]:
    if not _is_client(acl.criterion):
        problem = f"'acl {acl.name:.40} {acl.criterion:.40}' adds something else to this list; leave only addresses"
        yield Refused(acl.line, problem, acl.name)
        return
    words = iter(acl.words)
    for word in words:
        if word == "--":
            break
        if not word.startswith("-"):
            yield Row(acl.line, word, acl.name)
            break
        if problem := _read_flag(word, words):
            yield Refused(acl.line, f"has the flag {word!a:.40}, which {problem}", acl.name)
    yield from (Row(acl.line, word, acl.name) for word in words)


def _read_flag(flag: str, words: Iterator[str]) -> str:
    """Say what a flag does that a list file cannot, after the word that belongs to it; "" if it changes nothing."""
    value = next(words, "") if flag in ("-f", "-m", "-u") else ""
    if flag == "-f":
        return f"reads {value!a:.60}; convert that file, or put its lines in place of it"
    harmless = flag in ("-i", "-n", "-u") or (flag, value) == ("-m", "ip")
    return "" if harmless else "is not for addresses; leave only addresses"


def _read_rule(line: int, words: list[str], names: set[str]) -> Item:
    rule = " ".join(words)
    signs = {word.removeprefix("!") for word in words if word.startswith("!")}
    after_unless = words[words.index("unless") :] if "unless" in words else []
    sent = words[1] if words[0] == "use_backend" and len(words) > 1 else ""
    refuses = _DENIES & {word.lower() for word in words} or _ANSWERS.match(rule) or takes_away(sent)
    denied = words if refuses else []
    inline = _INLINE_DENIED if denied else _INLINE
    if names & {*signs, *after_unless, *denied} or inline.search(rule):
        return exception(line, rule)
    return Left(line, _OTHER)


def read_squid_acl(text: str) -> Range:
    """Read an address as Squid does: a range may have a mask of single addresses after it.

    >>> read_squid_acl("192.0.2.1-192.0.2.9/32") == read_squid_acl("192.0.2.1-192.0.2.9")
    True
    """
    return read_masked(re.sub(r"(-.*)/(?:32|255\.255\.255\.255|128)$", r"\1", text))


def read_haproxy_acl(text: str) -> Iterator[Item]:
    """Give the same, or of a file of patterns, as ``-f`` names one, each line."""
    if _ACL.search(text):
        yield from read_acl(text)
        return
    for number, line in numbered_lines(text):
        if line.strip() and not line.lstrip().startswith("#"):
            yield Row(number, line.strip())


_ACL = re.compile(rf"^[ \t]*acl[ \t]+\S+[ \t]+(?:{_CLIENT.pattern})[ \t]", re.MULTILINE | re.IGNORECASE)
_OF_SQUID = r"^[ \t]*(?:http_access|http_port|cache_peer|icp_access|acl[ \t]+\S+[ \t]+(?:proto|port|dstdomain))\b"
_FLAGS = re.MULTILINE | re.IGNORECASE

FORMATS = (
    Format(
        "haproxy",
        "ACLs of HAProxy",
        re.compile(rf"\A(?=[\s\S]*{_ACL.pattern})(?![\s\S]*{_OF_SQUID})", _FLAGS),
        read_haproxy_acl,
        read_masked,
        has_names=True,
    ),
    Format(
        "squid",
        "ACLs of Squid",
        re.compile(rf"\A(?=[\s\S]*{_ACL.pattern})(?=[\s\S]*{_OF_SQUID})", _FLAGS),
        read_acl,
        read_squid_acl,
        has_names=True,
    ),
)
