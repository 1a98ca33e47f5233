"""Mutants of a regular expression: its tokens, each left out, loosened or turned round."""

import re
from collections.abc import Iterator
from itertools import pairwise

_TOKEN = re.compile(
    r"""(?P<group>\((?:\?(?:[:=!>]|<[=!]|P?<\w+>|P=\w+|[aiLmsux-]+[:)]))?)|(?P<close>\))|(?P<or>\|)
    |(?P<class>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<quantifier>(?:[*+?]|\{\d*,?\d*\})[?+]?)
    |(?P<anchor>[\^$]|\\[AbBZ])|(?P<escape>\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\.)|(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_MEMBER = re.compile(r"(?:\\x..|\\.|.)-(?:\\x..|\\.|[^\]])|\\x..|\\.|.", re.DOTALL)
_TURNED = {"(?=": "(?!", "(?!": "(?=", "(?<=": "(?<!", "(?<!": "(?<=", "(?>": "(?:"}
_OTHERS = {r"\d": r"\D", r"\D": r"\d", r"\s": r"\S", r"\S": r"\s", r"\w": r"\W", r"\W": r"\w"}

Token = tuple[str, int, int]


def mutate_pattern(pattern: str, *, verbose: bool = False) -> Iterator[str]:
    """Give each mutant of a pattern; some are no patterns, and some match the same.

    >>> sorted(mutate_pattern("a[bc]?$"))
    ['[bc]?$', 'a$', 'a[^bc]?$', 'a[b]?$', 'a[bc]$', 'a[bc]?', 'a[c]?$']
    """
    tokens = [token for token in _read(pattern) if not (verbose and _is_blank(pattern, token))]
    for number, (kind, start, end) in enumerate(tokens):
        text, before, after = pattern[start:end], pattern[:start], pattern[end:]
        following = tokens[number + 1] if number + 1 < len(tokens) else ("", end, end)
        for instead in _instead(kind, text):
            yield before + instead + after
        if kind in ("class", "escape", "other", "anchor"):
            cut = following[2] if following[0] == "quantifier" else end
            yield before + pattern[cut:]
    yield from _branches_left_out(pattern, tokens)


def _read(pattern: str) -> list[Token]:
    return [(found.lastgroup or "", *found.span()) for found in _TOKEN.finditer(pattern)]


def _is_blank(pattern: str, token: Token) -> bool:
    kind, start, end = token
    line = pattern[:start].rpartition("\n")[2]
    return (kind == "other" and pattern[start:end] in " \t\n#") or bool(re.search(r"(?<!\\)(?<!\[)#(?!\])", line))


def _instead(kind: str, text: str) -> Iterator[str]:
    if kind == "group" and text in _TURNED:
        yield _TURNED[text]
    elif kind == "class":
        yield from _classes(text)
    elif kind == "quantifier":
        yield from _quantifiers(text)
    elif text in _OTHERS:
        yield _OTHERS[text]


def _classes(text: str) -> Iterator[str]:
    turned = text[1] == "^"
    inside = text[1 + turned : -1]
    yield f"[{inside}]" if turned else f"[^{inside}]"
    members = [found.span() for found in _MEMBER.finditer(inside)]
    for start, end in members if len(members) > 1 else ():
        yield f"[{'^' * turned}{inside[:start]}{inside[end:]}]"


def _quantifiers(text: str) -> Iterator[str]:
    greed = text[-1] if len(text) > 1 and text[-1] in "?+" else ""
    bare = text.removesuffix(greed)
    yield ""
    if bare in "*+":
        yield ("+" if bare == "*" else "*") + greed
    for number in re.finditer(r"\d+", bare):
        for changed in (int(number[0]) - 1, int(number[0]) + 1):
            if changed >= 0:
                yield bare[: number.start()] + str(changed) + bare[number.end() :] + greed


def _branches_left_out(pattern: str, tokens: list[Token]) -> Iterator[str]:
    open_: list[list[int]] = [[0]]
    for kind, start, end in [*tokens, ("close", len(pattern), len(pattern))]:
        if kind == "group" and not pattern[start:end].endswith(")"):
            open_.append([end])
        elif kind == "or":
            open_[-1].append(end)
        elif kind == "close" and open_:
            yield from _without_each(pattern, [*open_.pop(), end + (start == end)])


def _without_each(pattern: str, edges: list[int]) -> Iterator[str]:
    if len(edges) > 2:
        for first, (start, end) in enumerate(pairwise(edges)):
            last = first == len(edges) - 2
            yield pattern[: start - last] + pattern[end - last :]
