"""SPF (RFC 7208): the networks that a domain's mail comes from, as ``dig TXT`` prints the record."""

import re
from collections.abc import Iterator

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.lines import numbered_lines
from xmlrpc_guard.formats.notation import read_masked

_VERSION = re.compile(r"\bv=spf1(?=[\s\"]|\Z)", re.IGNORECASE)
_JOINT = re.compile(r"\"\s*\"")  # a record of more than 255 characters is written in pieces
_NETWORK = re.compile(r"([+?~-]?)ip[46]:(\S*)", re.IGNORECASE)
_ALL = re.compile(r"([+?~-]?)all", re.IGNORECASE)
_HARMLESS = re.compile(r"exp=.*", re.IGNORECASE)


def read_spf(text: str) -> Iterator[Item]:
    """Give the networks of each record; a name in one would have to be looked up."""
    for number, line in numbered_lines(text):
        record = _JOINT.sub("", line)
        if version := _VERSION.search(record):
            name = record[: version.start()].split()[:1]  # before it, as in a zone
            for term in record[version.end() :].replace('"', " ").split():
                yield _read_term(number, term, "".join(name).strip('"'))
        elif line.strip():
            yield Left(number, "other lines")


def _read_term(line: int, term: str, part: str) -> Item:
    if network := _NETWORK.fullmatch(term):
        sign, address = network.groups()
        return Row(line, address, part) if sign in ("", "+") else exception(line, term, part)
    if rest := _ALL.fullmatch(term):
        problem = f"{term!a:.20} lets everyone in; leave only the networks that are meant"
        return Refused(line, problem, part) if rest[1] in ("", "+") else Left(line, "what refuses all the rest")
    if _HARMLESS.fullmatch(term):
        return Left(line, "an explanation")
    problem = f"{term!a:.60} stands for the addresses of a name, which is not looked up"
    return Refused(line, f"{problem}; look up that record, and convert both", part)


FORMATS = (Format("spf", "SPF records", re.compile(r"\bv=spf1\s+\S", re.IGNORECASE), read_spf, read_masked),)
