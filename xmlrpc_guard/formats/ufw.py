"""ufw: its commands, as scripts and ``ufw show added`` have them, and the table that ``ufw status`` prints."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, exception
from xmlrpc_guard.formats.lines import numbered_lines
from xmlrpc_guard.formats.notation import read_masked
from xmlrpc_guard.formats.rules import EVERYONE, FirewallRule, Meaning, OpenPolicy, Terms, judge_rules, read_marked

_COMMAND = re.compile(
    r"(?:\S+\s+)*?ufw\s+(?:--\S+\s+)*(?P<route>route\s+)?(?:(?:insert\s+(?P<place>[0-9]+)|(?P<first>prepend))\s+)?"
    r"(?P<verdict>allow|deny|reject|limit|delete)\s*(?P<rest>.*)"
)
_FROM = re.compile(r"(?<!\S)from\s+(\S+)")
_QUOTED = r"(?:\"(?:[^\"\\]|\\.)*\"|'[^']*'|\S+)"
_COMMENT = re.compile(rf"(?<!\S)comment\s+{_QUOTED}|\s#.*")


_OPEN_DEFAULT = re.compile(
    r"(?:\S+ +)*?ufw +(?:--\S+ +)*default +allow(?: +(?:in|incoming))?|Default: +allow +\(incoming\).*"
)
_RESET = re.compile(r"(?:\S+ +)*?ufw +(?:--\S+ +)*(?:reset|disable)\b.*")

# A row: an order, what it is about, the verdict and the way, the source, a comment.
_HEAD = re.compile(r"^ *To +Action +From *\r?$", re.MULTILINE)
_NUMBER = re.compile(r"\[ {0,5}[0-9]{1,5}\]")
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_VERDICTS = frozenset(("ALLOW", "DENY", "REJECT", "LIMIT"))
_WAYS = {"IN": "in", "OUT": "out", "FWD": "route"}


def read_ufw(text: str) -> Iterator[Item]:
    """Give the addresses that rules of ufw allow, by what else the rules say."""
    return judge_rules(_read_lines(text, _read_row if _HEAD.search(text) else _read_command))


def _read_lines(
    text: str, read: Callable[[str], Meaning | None]
) -> Iterator[FirewallRule | OpenPolicy | Left | Refused]:
    cached = lru_cache(maxsize=64)(read)
    rules = 0
    squeeze = _squeeze if read is _read_row else str.strip
    for number, line in numbered_lines(text):
        words = squeeze(line)
        if not words or words[0] in "#-":
            continue
        meaning = read_marked(words, " from ", cached)
        if meaning:
            rules += 1
            yield FirewallRule(number, words, *meaning)
        elif _OPEN_DEFAULT.fullmatch(words):
            yield OpenPolicy(number, words, "in")
        elif rules and _RESET.fullmatch(words):
            yield exception(number, words, why="takes away the rules above it, or makes them idle")
        else:
            yield Left(number, "other lines")


def _squeeze(line: str) -> str:
    return " ".join(line.split())


def _read_command(line: str) -> Meaning | None:
    """Read a rule as a command adds it; None for another command."""
    match = _COMMAND.match(line)
    if not match:
        return None
    verdict, place = match["verdict"], "" if match["first"] else match["place"]
    rest = _COMMENT.sub("", match["rest"])
    chain = (match["route"] or "in").strip()
    part = " ".join([chain, *_FROM.sub(" ", rest).split()])
    is_out = rest.split()[:1] == ["out"]  # from this host, whose addresses are not clients
    addresses = tuple(address for address in _FROM.findall(rest) if address not in EVERYONE and not is_out)
    return addresses, _terms(chain, part, verdict)._replace(negated=verdict == "delete", place=place)


def _read_row(line: str) -> Meaning | None:
    """Read a rule as a row of the table; None for another line."""
    row = _NUMBER.sub("", line, count=1).partition(" # ")[0]
    words = _IN_BRACKETS.sub(" ", row).split()
    place = next((place for place, word in enumerate(words) if word in _VERDICTS), len(words))
    to, verdict, rest = words[:place], words[place : place + 1], words[place + 1 :]
    chain = _WAYS[rest.pop(0)] if rest and rest[0] in _WAYS else "in"
    if not to or not rest:
        return None
    source, *others = rest
    is_v6 = "(v6)" in row or ":" in source
    part = " ".join([chain, *(word for word in to if word != "Anywhere"), *(["from", *others] if others else ())])
    addresses = () if source == "Anywhere" or chain == "out" else (source,)
    return addresses, _terms(chain, part, verdict[0].lower())._replace(version=6 if is_v6 else 4)


def _terms(chain: str, part: str, verdict: str) -> Terms:
    return Terms(chain, part, verdict == "allow", verdict in ("deny", "reject"), verdict == "limit")


FORMATS = (
    Format(
        "ufw",
        "rules of ufw",
        re.compile(r"^(?>[^#\n]*?\bufw[ \t]+)[^#\n]*\bfrom[ \t]|^ *To +Action +From *\r?$", re.MULTILINE),
        read_ufw,
        read_masked,
    ),
)
