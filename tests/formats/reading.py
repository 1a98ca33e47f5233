"""What the tests of the formats share: a file's entries as text, or the line and the reason of its refusal."""

from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.formats import convert, read_file
from xmlrpc_guard.ranges import format_range

SOURCE = "site.conf"
EXCEPTION = "is an exception; a list file has none; put the addresses that are meant into a list, and these into deny"
"""What is said of whatever takes addresses away."""


def entries(text: str, *fields: str, format_: str | None = None) -> list[str]:
    """Convert a text, and give its entries in order."""
    return [format_range(entry.range) for entry in convert(text.encode(), SOURCE, format_, fields).entries]


def found_format(text: str) -> str:
    """Give the name of the format that a text is found to have."""
    return read_file(text.encode(), SOURCE).format


def refusal(text: str, *fields: str, format_: str | None = None) -> tuple[int, str]:
    """Give the line and the problem for which a text is refused; (0, "") if it is not."""
    try:
        convert(text.encode(), SOURCE, format_, fields)
    except SourceError as error:
        return error.line, error.problem
    return 0, ""


def left(text: str, *fields: str) -> dict[str, list[int]]:
    """Give what was passed over in a text, and where."""
    return convert(text.encode(), SOURCE, None, fields).left
