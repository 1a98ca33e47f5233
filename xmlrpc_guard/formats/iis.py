"""IIS: ``ipSecurity`` in ``web.config``."""

import re
from collections.abc import Iterator, Mapping
from xml.parsers.expat import ParserCreate

from xmlrpc_guard.formats.elements import parse, show_element
from xmlrpc_guard.formats.item import Format, Item, Left, Refused, Row, exception
from xmlrpc_guard.formats.notation import read_masked


def read_iis(text: str) -> Iterator[Item]:
    """Give the addresses of ``ipSecurity`` that are allowed, by location."""
    reader = _Reader()
    return iter([*parse(reader.parser, text, "IIS"), *reader.items])


class _Reader:
    """Collects what stands in ``ipSecurity``; what is open is the elements around a place."""

    def __init__(self) -> None:
        self.parser = ParserCreate()
        self.parser.StartElementHandler = self._open
        self.parser.EndElementHandler = self._close
        self.items: list[Item] = []
        self._open_tags: list[str] = []
        self._locations = [""]

    def _open(self, tag: str, attributes: Mapping[str, str]) -> None:
        line = self.parser.CurrentLineNumber
        if tag == "location":
            self._locations.append(attributes.get("path", ""))
        elif tag == "ipSecurity":
            self.items.append(_read_default(line, attributes, self._locations[-1]))
        elif tag == "clear" and self._open_tags[-1:] == ["ipSecurity"]:
            is_last = isinstance(self.items[-1], Left)  # of what the element says before
            left = Left(line, "what forgets the addresses of files above")
            self.items.append(left if is_last else exception(line, "clear", self._locations[-1], "forgets those above"))
        elif self._open_tags[-1:] == ["ipSecurity"]:
            self.items.append(_read_address(line, tag, attributes, self._locations[-1]))
        self._open_tags.append(tag)

    def _close(self, tag: str) -> None:
        self._open_tags.pop()
        if tag == "location":
            self._locations.pop()


def _read_default(line: int, attributes: Mapping[str, str], part: str) -> Item:
    # Without the attribute a file above may say "false", although where none has it, it is "true".
    word = attributes.get("allowUnlisted", "")
    if word.lower() == "true":
        problem = f"'allowUnlisted=\"{word}\"' lets everyone in; leave only the addresses that are meant"
        return Refused(line, problem, part)
    return Left(line, "what refuses all the rest, or does not")


def _read_address(line: int, tag: str, attributes: Mapping[str, str], part: str) -> Item:
    said = show_element(tag, attributes)
    address, mask = attributes.get("ipAddress", ""), attributes.get("subnetMask", "")
    if tag != "add" or attributes.get("allowed", "false").lower() != "true":
        return exception(line, said, part)
    if not address:
        return Refused(line, f"{said!a:.80} has no address; a list file has only addresses", part)
    return Row(line, f"{address}/{mask}" if mask else address, part)


FORMATS = (Format("iis", "ipSecurity of IIS", re.compile(r"<ipSecurity\b"), read_iis, read_masked),)
