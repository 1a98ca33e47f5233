"""A rule whose lists are in a file of their own, so that they can change while the rule's lines stay.

The two belong together: what one of them defines, the other uses. So the file of lists has a name with a digest in it,
of the rule's lines and of the path of its file. Lines that change get another file, and the renaming of the rule's file
alone changes from the old pair to the new one. Where only the lists change, it is the renaming of their file.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

from xmlrpc_guard.render.rule import Rule


class Apart(NamedTuple):
    """The two files of a rule."""

    rule: str
    lists: str
    path: str
    """Where the lists belong; the rule names it."""


Pair = tuple[str, str]
"""The text of a rule, and of its lists."""


def put_apart(render: Callable[[Rule, str], Pair], rule: Rule, server: str, folder: str, output: str) -> Apart:
    """Render the two files of a rule, which is to be the file ``output``; the lists are to be one in ``folder``."""
    path = f"{folder}/xmlrpc-guard-{server}-{_digest(render(rule, folder)[0], output)}.lists"
    text, lists = render(rule, path)
    head = f"# The lists of the rule for XML-RPC that names this file. Written by: {rule.again}\n"
    return Apart(text, head + lists, path)


def _digest(text: str, output: str) -> str:
    """Give the digest of a rule's file: a comment may say something else without a new name of its lists."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return sha256("\n".join([output, *lines]).encode()).hexdigest()[:8]
