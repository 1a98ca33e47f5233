"""Varnish's ACLs."""

import re
from collections.abc import Iterator

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.lines import LineFinder
from xmlrpc_guard.formats.notation import read_masked

_HIDDEN = re.compile(r"\"[^\"\n]*\"|(/\*.*?(?:\*/|\Z)|//[^\n]*|#[^\n]*)", re.DOTALL)
_ACL = re.compile(r"\bacl\s+(?P<name>[\w-]+)(?:\s+[+-]\w+)*\s*\{(?P<inside>[^}]*)\}?")
_ENTRY = re.compile(r"(?P<sign>!?) ?(?P<open>\(?) ?\"?(?P<address>[^\" ()/]+)\"? ?\)? ?(?P<prefix>/ ?\d+)?")
_USE = re.compile(r"(?P<negated>!\s*(?:\(\s*)?[\w.]+\s*)?(?P<sign>!?~)\s*(?P<name>[\w-]+)")

# What the block after a condition does to its clients, up to its first end.
_REFUSES = re.compile(
    r"[^{}]{0,500}\{[^}]{0,2000}?(?:\bsynth\s*\(\s*[345]|\berror\s+[345]|\breturn\s*\(\s*(?:fail|abandon|deny)\b)",
    re.IGNORECASE,
)


def read_vcl(text: str) -> Iterator[Item]:
    """Give the entries of each ACL; a condition that negates one is an exception."""
    plain = _HIDDEN.sub(lambda match: re.sub(r"[^\n]", " ", match[0]) if match[1] else match[0], text)
    lines = LineFinder(plain)
    for hidden in _HIDDEN.finditer(text):
        if hidden[0].startswith("/*") and not hidden[0][2:].endswith("*/"):
            yield Refused(lines.at(hidden.start()), "begins a comment that does not end; fetch or write it again")
    acls = list(_ACL.finditer(plain))
    names = {acl["name"] for acl in acls}
    for acl in acls:
        if not acl[0].endswith("}"):
            yield Refused(lines.at(acl.start()), f"ends within the ACL {acl['name']!a:.40}; fetch or write it again")
        yield from _read_acl(acl, lines)
    yield from _read_uses(plain, names, lines)


def _read_uses(plain: str, names: set[str], lines: LineFinder) -> Iterator[Item]:
    """Give the conditions that name an ACL."""
    for use in _USE.finditer(plain):
        if use["name"] in names:
            line, said = lines.at(use.start()), " ".join(use[0].split())
            if use["negated"] or use["sign"] == "!~":
                yield exception(line, said)
            elif _REFUSES.match(plain, use.end()):
                yield exception(line, said, use["name"], "is a condition under which clients are refused")
            else:
                yield Left(line, "conditions")


def _read_acl(acl: re.Match[str], lines: LineFinder) -> Iterator[Item]:
    name, at = acl["name"], acl.start("inside")
    for entry in acl["inside"].split(";"):
        words = " ".join(entry.split())
        here = lines.at(at + len(entry) - len(entry.lstrip()))
        at += len(entry) + 1
        match = _ENTRY.fullmatch(words)
        if not words:
            continue
        if not match or match["open"]:
            problem = f"{words!a:.60} is not an address; write only addresses, since a list file looks up no names"
            yield Refused(here, problem, name)
        elif match["sign"]:
            yield exception(here, words, name)
        else:
            yield Row(here, match["address"] + (match["prefix"] or "").replace(" ", ""), name)


FORMATS = (
    Format(
        "varnish",
        "ACLs of Varnish",
        re.compile(r"^[ \t]*acl[ \t]+[\w-]+(?:[ \t]+[+-]\w+)*\s*\{", re.MULTILINE),
        read_vcl,
        read_masked,
        has_names=True,
    ),
)
