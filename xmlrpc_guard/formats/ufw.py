"""ufw: its commands, as scripts and ``ufw show added`` have them."""

import re
from collections.abc import Iterator
from functools import lru_cache

from xmlrpc_guard.formats.item import Format, Item, Left, Refused
from xmlrpc_guard.formats.lines import numbered_lines
from xmlrpc_guard.formats.notation import read_masked
from xmlrpc_guard.formats.rules import EVERYONE, Meaning, Rule, Terms, judge, read_marked

_COMMAND = re.compile(
    r"(?:\S+\s+)*?ufw\s+(?:--\S+\s+)*(?P<route>route\s+)?(?:(?:insert\s+(?P<place>[0-9]+)|(?P<first>prepend))\s+)?"
    r"(?P<verdict>allow|deny|reject|limit|delete)\s*(?P<rest>.*)"
)
_FROM = re.compile(r"(?<!\S)from\s+(\S+)")
_QUOTED = r"(?:\"(?:[^\"\\]|\\.)*\"|'[^']*'|\S+)"
_COMMENT = re.compile(rf"(?<!\S)comment\s+{_QUOTED}|\s#.*")


def read_ufw(text: str) -> Iterator[Item]:
    """Give the addresses that rules of ufw allow, by what else the rules say."""
    return judge(_read_lines(text))


def _read_lines(text: str) -> Iterator[Rule | Left | Refused]:
    read = lru_cache(maxsize=64)(_read_rule)
    for number, line in numbered_lines(text):
        words = line.strip()
        if not words or words[0] == "#":
            continue
        meaning = read_marked(words, " from ", read)
        yield Rule(number, words, *meaning) if meaning else Left(number, "other commands")


def _read_rule(line: str) -> Meaning | None:
    """Read a rule; None for another command."""
    match = _COMMAND.match(line)
    if not match:
        return None
    verdict, place = match["verdict"], "" if match["first"] else match["place"]
    rest = _COMMENT.sub("", match["rest"])
    chain = (match["route"] or "in").strip()
    part = " ".join([chain, *_FROM.sub(" ", rest).split()])
    is_out = rest.split()[:1] == ["out"]  # from this host, whose addresses are not clients
    addresses = tuple(address for address in _FROM.findall(rest) if address not in EVERYONE and not is_out)
    denies = verdict in ("deny", "reject")
    return addresses, Terms(chain, part, verdict == "allow", denies, negated=verdict == "delete", place=place)


FORMATS = (
    Format(
        "ufw",
        "rules of ufw",
        re.compile(r"^(?>[^#\n]*?\bufw[ \t]+)[^#\n]*\bfrom[ \t]", re.MULTILINE),
        read_ufw,
        read_masked,
    ),
)
