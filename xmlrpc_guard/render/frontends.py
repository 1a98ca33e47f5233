"""Which frontends of HAProxy's configuration lack the rule's lines: haproxy -c says nothing of it.

Lines are pasted, not included, so that a frontend may also have those of an earlier rule. What is read here is the text
of one file, in sections as HAProxy has them; what cannot be read so has no sentence.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_SECTIONS = {
    *("backend", "cache", "crt-store", "defaults", "fcgi-app", "frontend", "global", "http-errors", "listen"),
    *("log-forward", "log-profile", "mailers", "peers", "program", "resolvers", "ring", "traces", "userlist"),
}
"""The words that begin a section, up to HAProxy 3.2."""
_ORIGIN = re.compile(r"\s+# .*$")
_NAMED = "xmlrpc_guard_"
_ALLOWS = ("http-request", "allow")


@dataclass
class _Section:
    words: list[str]
    line: int
    lines: list[str] = field(default_factory=list)

    @property
    def mode(self) -> str:
        """The protocol, "" where the section does not say it."""
        return next((line.split()[1] for line in self.lines if re.match(r"mode\s+\S", line)), "")


def find_frontends(text: str, rule: str, file: str) -> list[str]:
    """Give a sentence for each frontend in mode http that lacks the rule's lines, or allows requests before them.

    ``text`` is HAProxy's configuration, of the given file; ``rule`` is the text of the rule.
    """
    wanted = [*_lines(rule)]
    if not wanted:
        return []
    before: dict[str, _Section] = {}
    sentences: list[str] = []
    for section in _sections(text):
        kind, name, *more = [*section.words, "", ""]
        if kind == "defaults":
            before |= {name: section, "": section}
        elif kind in ("frontend", "listen"):
            taken = more[1] if more[:1] == ["from"] else ""
            sentences.extend(_judge(section, before.get(taken), wanted, f"the {kind} {name} in {file}:{section.line}"))
    return sentences


def _judge(section: _Section, defaults: _Section | None, wanted: Sequence[str], name: str) -> Iterator[str]:
    inherited = defaults.lines if defaults else []
    if (section.mode or (defaults.mode if defaults else "")) != "http":
        return
    place = _find(section.lines, wanted)
    if place is None:
        other = any(_NAMED in line for line in section.lines)
        lacks = "has lines of another rule" if other else "has none of the rule's lines"
        yield f"{name} {lacks}: write this file's there, before its other http-request rules"
    elif any(tuple(line.split()[:2]) == _ALLOWS for line in [*inherited, *section.lines[:place]]):
        yield f"{name} may allow requests before the rule's lines: write those first"


def _find(lines: Sequence[str], wanted: Sequence[str]) -> int | None:
    starts = (place for place, line in enumerate(lines) if line == wanted[0])
    return next((place for place in starts if [*lines[place : place + len(wanted)]] == [*wanted]), None)


def _sections(text: str) -> Iterator[_Section]:
    section = _Section([], 0)
    for number, line in enumerate(text.splitlines(), start=1):
        if line.split()[:1] and line.split()[0] in _SECTIONS:
            yield section
            section = _Section(line.partition("#")[0].split(), number)
        else:
            section.lines.extend(_lines(line))
    yield section


def _lines(text: str) -> Iterator[str]:
    """Give the lines without their comments, and without those that are nothing else."""
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield _ORIGIN.sub("", line.strip())
