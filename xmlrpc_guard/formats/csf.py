"""csf.allow of ConfigServer Firewall: addresses, and rules of their own words."""

import re
from collections.abc import Iterator

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row
from xmlrpc_guard.formats.lines import numbered_lines
from xmlrpc_guard.formats.notation import read_masked

_INCLUDE = re.compile(r"include\s+\S", re.IGNORECASE)


def read_csf(text: str) -> Iterator[Item]:
    """Give the addresses that are let in, by what else a rule says; the part ``all`` are those without a rule."""
    for number, line in numbered_lines(text):
        content = line.partition("#")[0].strip()
        if _INCLUDE.match(content):
            problem = f"{content!a:.80} reads another file; convert that one, or put its lines in place of it"
            yield Refused(number, problem)
        elif "|" in content:
            yield _read_rule(number, content)
        elif content:
            yield Row(number, content, "all")


def _read_rule(line: int, words: str) -> Item:
    fields = words.split("|")
    if "out" in fields:
        return Left(line, "rules about what this host sends")
    sources = [field[2:] for field in fields if field.startswith("s=") and _is_address(field[2:])]
    others = [field for field in fields if field[2:] not in sources and field != "in"]
    part = " ".join(["in", *(others if {"tcp", "udp", "icmp"} & {*others} else ["tcp", *others])])
    if len(sources) != 1:
        problem = f"{words!a:.80} is not a rule about one source; leave only addresses that are let in"
        return Refused(line, problem, part)
    return Row(line, sources[0], part)


def _is_address(value: str) -> bool:
    return "." in value or ":" in value


RULE = re.compile(r"^[ \t]*(?:(?:tcp|udp|icmp)\|)?(?:in|out)\|[^\n|]*[sd]=", re.MULTILINE)
"""A rule; a file may have it after addresses that stand alone, as a list file has them."""

FORMATS = (Format("csf", "csf.allow of ConfigServer Firewall", RULE, read_csf, read_masked),)
