"""Reading the files that ``xmlrpc-guard ranges`` is given: a path or standard input, in any format that is known."""

import sys
from collections.abc import Callable, Sequence

import click

from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.files import LARGEST_LIST, read_regular
from xmlrpc_guard.formats import NAMES, Contents, convert, is_lines

STANDARD_INPUT = "-"


def format_flags(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the flags that say what is meant of a file, as ``format_`` and ``fields``."""
    with_field: Callable[..., int] = click.option(
        "--field",
        "fields",
        multiple=True,
        metavar="PATH",
        help="The part that is meant: a path into JSON, or the name of a set, a block, ...; repeat it to join parts.",
    )(command)
    with_both: Callable[..., int] = click.option(
        "--format",
        "format_",
        type=click.Choice(NAMES),
        metavar="NAME",
        help=f"The format, if the file does not show it: {', '.join(NAMES)}.",
    )(with_field)
    return with_both


def load_bytes(path: str) -> bytes:
    """Give the bytes of a file, read as a guard does; SourceError for what a guard does not read, such as a FIFO."""
    if path == STANDARD_INPUT:
        return _load_standard_input()
    try:
        return read_regular(path, LARGEST_LIST).data[:-1]
    except OSError as error:
        raise click.ClickException(f"cannot read {path}: {error.strerror}") from None


def _load_standard_input() -> bytes:
    data = sys.stdin.buffer.read(LARGEST_LIST + 1)
    if len(data) > LARGEST_LIST:
        raise SourceError(name_of(STANDARD_INPUT), 0, f"is larger than {LARGEST_LIST >> 20} MB; write a shorter list")
    return data


def load_file(
    path: str, format_: str | None, fields: Sequence[str], *, lines_too: bool = False
) -> tuple[bytes, Contents]:
    """Give the bytes of a file and what it holds; the command ends with 2 if there is a problem in it.

    With ``lines_too``, a file of one entry a line is read as such, even if the flags name a format for another file.
    """
    try:
        data = load_bytes(path)
        if lines_too and is_lines(data):
            format_, fields = None, ()
        return data, convert(data, name_of(path), format_, fields)
    except SourceError as error:
        raise click.ClickException(str(error)) from None


def name_of(path: str) -> str:
    """Give what messages call a file."""
    return "standard input" if path == STANDARD_INPUT else path
