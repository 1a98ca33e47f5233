"""The keys of YAML that a line stands below, and its comment."""

import re
from functools import cache
from typing import NamedTuple


class Key(NamedTuple):
    """A key that is open: how far it is indented, and its name."""

    indent: int
    name: str


def close_keys(keys: list[Key], indent: int) -> list[Key]:
    """Leave out the keys that a line with an indent is not below."""
    return [key for key in keys if key.indent < indent]


def leave_comment(line: str, *signs: str) -> str:
    """Leave out what a line has after a sign that begins a comment, unless quotes are around the sign.

    >>> leave_comment("- '#1' # one", "#")
    "- '#1'"
    """
    if any(sign in line for sign in signs):
        line = _comment(signs).sub(lambda match: match[1] or "", line)
    return line.rstrip()


@cache
def _comment(signs: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(\"[^\"]*\"|'[^']*')|(?:^|\s)(?:{'|'.join(signs)}).*")
