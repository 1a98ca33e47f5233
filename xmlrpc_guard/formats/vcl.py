"""Varnish's ACLs."""

import re
from collections.abc import Iterator

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.notation import read_masked

_HIDDEN = re.compile(r"\"[^\"\n]*\"|(/\*.*?\*/|//[^\n]*|#[^\n]*)", re.DOTALL)
_ACL = re.compile(r"\bacl\s+(?P<name>[\w-]+)(?:\s+[+-]\w+)*\s*\{(?P<inside>[^}]*)\}?")
_ENTRY = re.compile(r"(?P<sign>!?)\s*(?P<open>\(?)\s*\"?(?P<address>[^\"\s()/]+)\"?\s*\)?\s*(?P<prefix>/\s*\d+)?")
_USE = re.compile(r"(?P<negated>!\s*\(?\s*[\w.]+\s*)?(?P<sign>!?~)\s*(?P<name>[\w-]+)")


def read_vcl(text: str) -> Iterator[Item]:
    """Give the entries of each ACL; a condition that negates one is an exception."""
    plain = _HIDDEN.sub(lambda match: re.sub(r"[^\n]", " ", match[0]) if match[1] else match[0], text)
    acls = list(_ACL.finditer(plain))
    names = {acl["name"] for acl in acls}
    for acl in acls:
        if not acl[0].endswith("}"):
            yield Refused(
                _line(plain, acl.start()), f"ends within the ACL {acl['name']!a:.40}; fetch or write it again"
            )
        yield from _read_acl(acl, plain)
    for use in _USE.finditer(plain):
        if use["name"] in names:
            line, said = _line(plain, use.start()), " ".join(use[0].split())
            yield exception(line, said) if use["negated"] or use["sign"] == "!~" else Left(line, "conditions")


def _read_acl(acl: re.Match[str], text: str) -> Iterator[Item]:
    name, at = acl["name"], acl.start("inside")
    line = _line(text, at)
    for entry in acl["inside"].split(";"):
        words = entry.strip()
        here = line + entry[: len(entry) - len(entry.lstrip())].count("\n")
        line += entry.count("\n")
        match = _ENTRY.fullmatch(words)
        if not words:
            continue
        if not match or match["open"]:
            problem = f"{words!a:.60} is not an address; write only addresses, since a list file looks up no names"
            yield Refused(here, problem, name)
        elif match["sign"]:
            yield exception(here, words, name)
        else:
            yield Row(here, match["address"] + re.sub(r"\s", "", match["prefix"] or ""), name)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


FORMATS = (
    Format(
        "varnish",
        "ACLs of Varnish",
        re.compile(r"^[ \t]*acl[ \t]+[\w-]+(?:[ \t]+[+-]\w+)*\s*\{", re.MULTILINE),
        read_vcl,
        read_masked,
    ),
)
