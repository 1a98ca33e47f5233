"""Where in nginx' configuration the rule's line is missing, is not reached, or is that of the rule's other form.

nginx -t says nothing of either. What is looked at is what nginx -T writes: every file that it has read.
"""

import re
from collections.abc import Iterable, Iterator
from fnmatch import translate
from typing import NamedTuple

from xmlrpc_guard.formats.directives import TOP, Directive, read_directives
from xmlrpc_guard.formats.item import Refused

_FILE = re.compile(r"^# configuration file (.*):\n", re.MULTILINE)
_LINE = "($xmlrpc_guard_refused)"
_REPORTED = "$xmlrpc_guard_reported"
_PASSES = re.compile("(?:proxy|fastcgi|uwsgi|scgi|grpc)_pass")


class _Other(NamedTuple):
    """What the rule's line does in the form that this rule is not, and what to say of it."""

    directive: str
    sentence: str


# By whether the rule only reports. With the other form's line a rule that should refuse lets everyone in, and one that
# should report refuses; nginx -t takes both.
_OTHER_THAN = {
    False: _Other("set", "has the line that only reports: write the one that this rule begins with"),
    True: _Other("return", "has the line that refuses: write the two that this rule begins with"),
}


class FileDirective(NamedTuple):
    """A directive, and the file that it stands in."""

    file: str
    directive: Directive

    @property
    def name(self) -> str:
        """Its first word."""
        return self.directive.words[0] if self.directive.words else ""

    @property
    def is_line(self) -> bool:
        """Whether this is the rule's line."""
        return self.name == "if" and "".join(self.directive.words[1:]) == _LINE

    def __str__(self) -> str:
        return f"{self.file}:{self.directive.line}"


def find_gaps(dump: str) -> list[str]:
    r"""Give a sentence for each server that passes requests on without the rule, or before it comes to the rule.

    ``dump`` is what nginx -T has written of a configuration that it takes. What is not read here has no sentences.

    >>> find_gaps("# configuration file /nginx.conf:\nhttp { server { location / { proxy_pass http://a; } } }")
    ['the server in /nginx.conf:1 has no line of the rule: write it there, before all else']
    """
    configuration = _Configuration(dump)
    inside = list(configuration.inside_http())
    servers = [place for place in inside if place.name == "server" and place.directive.opened]
    other = _OTHER_THAN[any(place.directive.words[-1:] == [_REPORTED] for place in inside if place.name == "map")]
    sentences = [
        sentence
        for server in servers
        for sentence in (*configuration.judge(server), *configuration.find_other(server, other))
    ]
    return [] if configuration.unread else sentences


class _Configuration:
    """The files of a configuration, each read when it is come to."""

    def __init__(self, dump: str) -> None:
        _, *parts = _FILE.split(dump)
        self._texts = dict(zip(parts[::2], parts[1::2], strict=True))
        self._main = parts[0] if parts else ""
        self._read: dict[str, dict[int, list[Directive]]] = {}
        self.unread = False

    def inside_http(self) -> Iterator[FileDirective]:
        for place in self._directives(self._main, TOP.number) if self._main else ():
            if place.name == "http":
                yield from self._opened(place)

    def judge(self, server: FileDirective) -> Iterator[str]:
        inside = list(self._opened(server))
        passing = [block for block in [server, *self._blocks(inside)] if self._passes(block)]
        uncovered = [block for block in passing if not self._begins_with_line(block)]
        if not uncovered:
            return
        before = [place for place in inside[: _index_of_line(inside)] if self._ends_rewriting(place)]
        if not any(place.is_line for place in inside):
            yield f"the server in {server} has no line of the rule: write it there, before all else"
        elif before:
            ends = f"the server in {server} may end its rewrites in {before[0]}"
            yield f"{ends}, before the rule's line: write that first"

    def find_other(self, server: FileDirective, other: _Other) -> Iterator[str]:
        """Give a sentence if a server has the line of the rule's other form."""
        lines = [place for place in self._blocks(self._opened(server)) if place.is_line]
        if any(place.name == other.directive for line in lines for place in self._opened(line)):
            yield f"the server in {server} {other.sentence}"

    def _begins_with_line(self, block: FileDirective) -> bool:
        """Return whether the line stands in a block itself, with nothing before it that ends the rewrites."""
        inside = list(self._opened(block))
        index = _index_of_line(inside)
        in_location = block.name == "location" and index < len(inside)
        return in_location and not any(map(self._ends_rewriting, inside[:index]))

    def _passes(self, block: FileDirective) -> bool:
        return any(_PASSES.fullmatch(place.name) for place in self._opened(block))

    def _ends_rewriting(self, place: FileDirective) -> bool:
        if place.name == "if" and not place.is_line:
            return any(map(self._ends_rewriting, self._opened(place)))
        last_word = place.directive.words[-1:]
        return place.name == "break" or (place.name == "rewrite" and last_word in (["last"], ["break"]))

    def _blocks(self, places: Iterable[FileDirective]) -> Iterator[FileDirective]:
        for place in places:
            if place.directive.opened:
                yield place
                yield from self._blocks(self._opened(place))

    def _opened(self, place: FileDirective) -> Iterator[FileDirective]:
        block = place.directive.opened
        return self._directives(place.file, block.number) if block else iter(())

    def _directives(self, file: str, block: int) -> Iterator[FileDirective]:
        """Give what stands in a block, and in what it includes, in the order in which nginx reads it."""
        for directive in self._parse(file).get(block, ()):
            if directive.words[:1] == ["include"]:
                for included in self._included(directive.words[-1]):
                    yield from self._directives(included, TOP.number)
            else:
                yield FileDirective(file, directive)

    def _included(self, pattern: str) -> list[str]:
        folder = self._main.rpartition("/")[0]
        whole = pattern if pattern.startswith("/") else f"{folder}/{pattern}"
        return sorted(name for name in self._texts if _matches(name, whole))

    def _parse(self, file: str) -> dict[int, list[Directive]]:
        if file not in self._read:
            self._read[file] = {}
            for item in read_directives(self._texts[file]):
                if isinstance(item, Refused):
                    self.unread = True
                else:
                    self._read[file].setdefault(item.block.number, []).append(item)
        return self._read[file]


def _matches(name: str, pattern: str) -> bool:
    """Compare a file's whole name with a pattern, whose stars do not go beyond a folder."""
    parts, patterns = name.split("/"), pattern.split("/")
    return len(parts) == len(patterns) and all(map(re.fullmatch, map(translate, patterns), parts))


def _index_of_line(places: list[FileDirective]) -> int:
    return next((index for index, place in enumerate(places) if place.is_line), len(places))
