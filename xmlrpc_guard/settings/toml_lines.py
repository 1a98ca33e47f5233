"""In which line of a TOML document a key stands, which tomllib does not tell.

The document is cut into its statements at those line ends that are in no string and no bracket; tomllib itself reads
each of them. So nothing here knows how a key may be spelt.
"""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

KeyPath = tuple[str, ...]
"""A key with the tables around it, as ("policy", "allow")."""

_TOML_TOKEN = re.compile(
    r"""
    (?P<text> \"{3} (?:\\.|[^\\])*? \"{3,5} | '{3} .*? '{3,5} | "(?:\\.|[^\\"\n])*" | '[^'\n]*' )
    | (?P<comment> \#[^\n]* )
    | (?P<open> [\[{] )
    | (?P<close> [\]}] )
    | (?P<end> \n )
    """,
    re.VERBOSE | re.DOTALL,
)


class KeyLines(NamedTuple):
    """Where a key stands, counted from 1, and where the texts stand that it holds."""

    key: int
    texts: tuple[int, ...]


def locate_keys(document: str) -> Mapping[KeyPath, KeyLines]:
    r"""Give where each key of a valid document stands, and where each text in its value.

    >>> locate_keys('[policy]\nallow = [\n  "jetpack",  # ours\n  "::1",\n]\n')[("policy", "allow")]
    KeyLines(key=2, texts=(3, 4))
    """
    found: dict[KeyPath, KeyLines] = {}
    table: KeyPath = ()
    for text, lines in _split_statements(document):
        paths = list(_paths(tomllib.loads(text)))
        is_header = text.lstrip().startswith("[")
        for path in paths:
            found.setdefault(path if is_header else (*table, *path), lines)
        table = paths[-1] if is_header else table
    return found


def _split_statements(document: str) -> Iterator[tuple[str, KeyLines]]:
    """Give each statement of a document; a blank line is one too, and so is a comment that stands alone."""
    ends = [end.start() for end in re.finditer("\n", document)]
    depth, start = 0, 0
    texts: list[int] = []
    for token in _TOML_TOKEN.finditer(f"{document}\n"):
        depth += _DEPTHS.get(str(token.lastgroup), 0)
        if token.lastgroup == "text" and depth:
            texts.append(bisect_left(ends, token.start()) + 1)
        elif token.lastgroup == "end" and not depth:
            # With its line end: before one, tomllib allows a CR.
            yield document[start : token.end()], KeyLines(bisect_left(ends, start) + 1, tuple(texts))
            start, texts = token.end(), []


_DEPTHS = {"open": 1, "close": -1}


def _paths(read: Mapping[str, Any]) -> Iterator[KeyPath]:
    for key, value in read.items():
        yield (key,)
        tables = value if isinstance(value, list) else [value]  # [[KEY]] begins an array of tables
        for below in tables:
            if isinstance(below, dict):
                yield from ((key, *path) for path in _paths(below))
