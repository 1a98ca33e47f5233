"""The stacks of docs/reference/stacks.md, taken from the page and changed as its tables say."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce

from tests.frontends import COMMANDS, ROOT, installed, script
from tests.lab.fronts import FRONTS

PAGE = ROOT / "docs" / "reference" / "stacks.md"
_SECTION = re.compile(r"^## (.*?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_PART = re.compile(r"^### (.*?)\n(.*?)(?=^### |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# /etc/(\w+)/(\S+)\n")
_CHANGE = re.compile(r"(?:without|with|asked at) `[^`]*`|`[^`]*` for `[^`]*`")
_ROW = re.compile(rf"^\| ((?:{_CHANGE.pattern})(?: and (?:{_CHANGE.pattern}))*) \| (.*?) \|", re.MULTILINE)
_TEXT = re.compile(r"`(.*?)`")

SOCKET = "/run/mysite/mysite.sock"


@dataclass(frozen=True)
class Recipe:
    """A stack: the page's blocks, by their language or by the file that they are, and where it is asked.

    It is asked at its front, or else at ``door``.
    """

    title: str
    blocks: Mapping[str, str]
    door: str = ""

    @property
    def front(self) -> str:
        """Give the program in front; of a vendor's that runs nowhere else, the vendor."""
        for block in self.blocks:
            if block in ("nginx", "apache") or "/" in block:
                return block.partition("/")[0]
        return self.title.partition("'")[0]

    @property
    def files(self) -> dict[str, str]:
        """The front's files, by name."""
        return {block.partition("/")[2]: text for block, text in self.blocks.items() if "/" in block}

    @property
    def installed(self) -> bool:
        """Whether its front and its server are; mod_wsgi needs none."""
        program = self.blocks.get("sh", "").partition(" ")[0]
        server = not program or (installed(program) if program in COMMANDS else script(program) is not None)
        return server and (self.front not in FRONTS or FRONTS[self.front].installed)

    def changed(self, changes: str) -> "Recipe":
        """Do what a row says: ask elsewhere, add a directive, leave out a text, write one for another, or several."""
        return reduce(Recipe._changed, _CHANGE.findall(changes), self)

    def _changed(self, change: str) -> "Recipe":
        first, *rest = _TEXT.findall(change)
        if change.startswith("asked at"):
            return replace(self, door=first)
        if change.startswith("with "):
            return self._with(self.front, self.blocks[self.front] + first)
        old, new = (rest[0], first) if rest else (first, "")
        block = next(block for block, text in self.blocks.items() if old in text)
        return self._with(block, self.blocks[block].replace(old, new))

    def before(self, command: str) -> "Recipe":
        """Give the stack with another server's command."""
        return self._with("sh", command)

    def _with(self, block: str, text: str) -> "Recipe":
        return replace(self, blocks={**self.blocks, block: text})


def recipes() -> Iterator[tuple[Recipe, list[tuple[str, str]]]]:
    """Give each stack of the page that has blocks, with the rows of its table: a change, and who is let in then.

    A section with parts shows the server's side once, and in each part a front.
    """
    page = PAGE.read_text("utf-8")
    beginning = _blocks(page.partition("\n## ")[0])["python"]
    for title, section in _SECTION.findall(page):
        shared = _blocks(section.partition("\n### ")[0])
        for name, part in _PART.findall(section) or [(title, section)]:
            if blocks := {**shared, **_blocks(part)}:
                blocks["python"] = beginning + blocks["python"]
                yield Recipe(name, blocks), _ROW.findall(part)


def _blocks(text: str) -> dict[str, str]:
    """Give a text's blocks, by what each is: a file that its first line names, or else by its language."""
    return {_name(language, block): block for language, block in _BLOCK.findall(text)}


def _name(language: str, block: str) -> str:
    file = _FILE.match(block)
    return f"{file[1]}/{file[2]}" if file else language
