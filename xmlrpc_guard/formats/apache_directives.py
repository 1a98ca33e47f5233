"""An Apache configuration as directives, each with the sections around it."""

import re
from collections.abc import Iterator
from sys import intern
from typing import NamedTuple

from xmlrpc_guard.formats.item import Refused
from xmlrpc_guard.formats.lines import logical_lines

_CONTAINERS = frozenset(("requireany", "requireall", "requirenone"))
_CONDITIONS = frozenset(("ifmodule", "ifdefine", "ifversion", "ifdirective", "iffile", "ifsection"))
_DEEPEST = 100
"""The most sections around a directive: each of them is looked at for each directive."""


class Section(NamedTuple):
    """What ``<...>`` opens: its name in lower case, the whole of it, and its line."""

    name: str
    header: str
    line: int


class Sections(NamedTuple):
    """Where a directive stands: the sections around it, from the outermost, by what they do."""

    scope: tuple[Section, ...] = ()
    """Those that Apache configures apart: neither conditions nor containers of ``Require``."""
    containers: tuple[Section, ...] = ()
    """The containers of ``Require``."""
    conditions: tuple[Section, ...] = ()
    """The conditions, under which alone Apache reads it."""

    def enter(self, section: Section) -> "Sections":
        """Give the sections in one that is opened here."""
        if section.name in _CONTAINERS:
            return self._replace(containers=(*self.containers, section))
        if section.name in _CONDITIONS:
            return self._replace(conditions=(*self.conditions, section))
        return self._replace(scope=(*self.scope, section))


class ApacheDirective(NamedTuple):
    """A directive: its name in lower case, its arguments, and where it stands."""

    line: int
    name: str
    arguments: list[str]
    place: Sections
    words: str
    """The whole of it, for messages."""


_SECTION = re.compile(r"<(/?)([A-Za-z]\w*)\b(.*)")
_ARGUMENT = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|(\S+)")


def _contents(text: str) -> Iterator[tuple[int, str]]:
    """Give the lines with their numbers, without comments and empty ones."""
    for number, line in logical_lines(text):
        content = line.strip()
        if content and content[0] != "#":
            yield number, content


class _Open:
    """The sections that are open, from the outermost, and the place inside each."""

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.places = [Sections()]

    def enter(self, name: str, rest: str, line: int) -> None:
        self.sections.append(Section(name.lower(), f"<{name}{' ' * bool(rest)}{rest}>", line))
        self.places.append(self.places[-1].enter(self.sections[-1]))

    def leave(self, name: str) -> bool:
        """Close the innermost section, if it has this name."""
        if not self.sections or self.sections[-1].name != name.lower():
            return False
        self.sections.pop()
        self.places.pop()
        return True


def read_apache_directives(text: str) -> Iterator[ApacheDirective | Refused]:
    """Give the directives of a configuration; a section is open until its end."""
    opened, line = _Open(), 0
    for line, content in _contents(text):
        if match := _SECTION.fullmatch(content) if content[0] == "<" else None:
            closes, name, rest = match.groups()
            if closes:
                if not opened.leave(name):
                    yield Refused(line, f"{content!a:.60} closes what is not open; write what Apache reads")
                continue
            if len(opened.sections) == _DEEPEST:
                yield Refused(line, f"{content!a:.60} is in more than {_DEEPEST} sections; write fewer")
                return
            opened.enter(name, rest.removesuffix(">").strip(), line)
        else:
            name, *arguments = _split(content)
            yield ApacheDirective(line, intern(name.lower()), arguments, opened.places[-1], content)
    if opened.sections:
        yield Refused(line, f"ends within {opened.sections[-1].header!a:.60}; fetch or write it again")


def _split(content: str) -> list[str]:
    if '"' not in content and "'" not in content:
        words = content.split(maxsplit=2)
        # Of a hundred thousand "Require ip", one is enough.
        return [*map(intern, words[:2]), *"".join(words[2:]).split()]
    return [quoted or single or plain for quoted, single, plain in _ARGUMENT.findall(content)]
