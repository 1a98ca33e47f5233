"""The elements of an XML document, or of a piece of one."""

import re
from collections.abc import Iterator, Mapping
from xml.parsers.expat import ExpatError, XMLParserType, errors

from xmlrpc_guard.formats.item import Refused

_DECLARATION = re.compile(r"\A\s*<\?xml[^<>]*\?>")


def parse(parser: XMLParserType, text: str, program: str) -> Iterator[Refused]:
    """Have a parser read a text that is a program's; give what makes it none of XML."""
    # In an element of our own, since a piece of a file has no single one around it. Its declaration must go then; a
    # DOCTYPE, which could define words that stand for others without end, is an error there.
    whole = f"<_>{_DECLARATION.sub(_keep_lines, text, count=1)}</_>"
    try:
        parser.Parse(whole, True)
    except ExpatError as error:
        yield Refused(error.lineno, f"is not XML ({errors.messages[error.code]}); write what {program} reads")


def show_element(tag: str, attributes: Mapping[str, str]) -> str:
    """Give what an element says, for messages.

    >>> show_element("add", {"ipAddress": "192.0.2.7"})
    'add ipAddress="192.0.2.7"'
    """
    return " ".join([tag, *(f'{name}="{value}"' for name, value in attributes.items())])


def _keep_lines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")
