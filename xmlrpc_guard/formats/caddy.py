"""Caddy: the matchers ``remote_ip`` and ``client_ip``, and ``trusted_proxies static``."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.lines import numbered_lines
from xmlrpc_guard.formats.notation import read_masked

_SIGNS = re.compile(r"[\"`#]")
_WORD = re.compile(r"\"(?:[^\"\\]|\\.?)*+(?:\"|\Z)|`[^`]*+(?:`|\Z)|[^\s\"`]+")
_MATCHERS = frozenset(("remote_ip", "client_ip"))
_EXPRESSION = re.compile(r"\b(?:remote_ip|client_ip)\s*\(")
_DEEPEST = 100
"""The most blocks around a line: each of them is looked at for each line."""
_REFUSING = (["abort"], ["error"], ["redir"])
_ERRORS = frozenset(map(str, range(400, 600)))
PRIVATE_RANGES = ("192.168.0.0/16", "172.16.0.0/12", "10.0.0.0/8", "127.0.0.1/8", "fd00::/8", "::1")
"""What ``private_ranges`` stands for, as Caddy's manual has it."""


class _Line(NamedTuple):
    """A line: its words, and the headers of the blocks around it."""

    number: int
    words: list[str]
    blocks: tuple[str, ...]


def read_caddy(text: str) -> Iterator[Item]:
    """Give the addresses of each matcher, and the trusted proxies; a negated matcher is an exception."""
    blocks: list[str] = []
    kinds: dict[str, str] = {}
    for number, words in _lines(text):
        closes, opens = words[:1] == ["}"], words[-1] == "{"
        if closes and not blocks:
            yield Refused(number, "closes what is not open; write what Caddy reads")
            return
        if closes:
            blocks.pop()
        else:
            yield from _read_line(_Line(number, words[:-1] if opens else words, tuple(blocks)), kinds)
        if opens and len(blocks) == _DEEPEST:
            yield Refused(number, f"opens a block in more than {_DEEPEST} others; write fewer")
            return
        if opens:
            blocks.append(" ".join(words[:-1]))
    if blocks:
        yield Refused(number, "ends within a block; fetch or write it again")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give the words of each line; a backslash at the end joins the next one, ``#`` begins a comment."""
    words: list[str] = []
    first = 0
    for number, line in numbered_lines(text):
        words += _split(line)
        first = first or number
        if words[-1:] == ["\\"]:
            words.pop()
            continue
        if words:
            yield first, words
        words, first = [], 0


def _split(line: str) -> list[str]:
    if not _SIGNS.search(line):  # most lines of a long file
        return line.split()
    found = [word.strip('"`') for word in _WORD.findall(line)]
    comment = next((place for place, word in enumerate(found) if word.startswith("#")), len(found))
    return found[:comment]


def _read_line(line: _Line, kinds: dict[str, str]) -> Iterator[Item]:
    words, blocks = line.words, line.blocks
    said = " ".join(words)
    if _EXPRESSION.search(said):
        yield exception(line.number, said, why="decides by an expression, which may be one")
    elif _refuses(words) and _names_matcher(line):
        yield exception(line.number, " ".join((*blocks, *words)), why="refuses a matcher's clients")
    place = next((at for at, word in enumerate(words) if word in _MATCHERS), None)
    if words[:2] == ["trusted_proxies", "static"]:
        yield from _read_ranges(line, words[2:], "trusted_proxies")
    elif place is None:
        yield Left(line.number, "other lines")
    elif "not" in words[:place] or _is_negated(blocks):
        yield exception(line.number, said)
    else:
        names = [word for word in (*blocks, *words[:place]) if word.startswith("@")]
        part = names[-1] if names else " ".join(blocks[-1:])
        if kinds.setdefault(part, words[place]) != words[place]:
            problem = "and a matcher of the other kind must both fit, which a list file cannot say"
            yield Refused(line.number, f"{said!a:.80} {problem}; write the addresses that both have", part)
        yield from _read_ranges(line, words[place + 1 :], part)


@lru_cache(maxsize=64)
def _is_negated(blocks: tuple[str, ...]) -> bool:
    return any("not" in block.split() for block in blocks)


def _refuses(words: list[str]) -> bool:
    return words[:1] in _REFUSING or (words[:1] == ["respond"] and not _ERRORS.isdisjoint(words))


def _names_matcher(line: _Line) -> bool:
    """Return whether a directive is about the requests of a matcher that has a name."""
    return any(word.startswith("@") for words in (*line.blocks, *line.words[1:2]) for word in words.split())


def _read_ranges(line: _Line, words: list[str], part: str) -> Iterator[Item]:
    for word in words:
        if word == "forwarded":
            yield Left(line.number, "that a forwarded header is read")
        elif word == "private_ranges":
            yield from (Row(line.number, each, part) for each in PRIVATE_RANGES)
        else:
            yield Row(line.number, word, part)


FORMATS = (
    Format(
        "caddy",
        "address matchers of Caddy",
        re.compile(r"^[^#\n]*(?<!\S)(?:remote_ip|client_ip|trusted_proxies[ \t]+static)[ \t]", re.MULTILINE),
        read_caddy,
        read_masked,
        has_names=True,
    ),
)
