"""``xmlrpc-guard ranges convert``: write a list file from a file in another format."""

from collections.abc import Sequence

import click

from xmlrpc_guard.cli.output import print_lines
from xmlrpc_guard.cli.ranges.files import format_flags, load_file, name_of
from xmlrpc_guard.formats import Contents, describe_left
from xmlrpc_guard.ranges import format_range
from xmlrpc_guard.text import format_entries, printable


@click.command(
    "convert",
    short_help="Write a list file from nginx', Apache's and other formats.",
    epilog="\b\nExample: xmlrpc-guard ranges convert site.conf > /etc/xmlrpc-guard/office.new",
)
@click.argument("file", metavar="FILE|-")
@format_flags
def convert(file: str, format_: str | None, fields: Sequence[str]) -> int:
    """Write the addresses of FILE, or of standard input, as a list file that a guard takes.

    Exit 0 with the list on standard output; standard error has what was taken and what was left. Exit 2 without a list
    if any of its entries cannot be read, if it has none, or if it holds what a list file cannot say: a negation or an
    exception.
    """
    _, contents = load_file(file, format_, fields)
    source = printable(name_of(file))
    if not contents.entries:
        raise click.ClickException(
            f"{source}: has no entries, and a list without any lets no one in; look what is in it"
        )
    taken = f"{format_entries(len(contents.entries))} of {contents.format}"
    click.echo("".join(f"xmlrpc-guard: {source}: {line}\n" for line in _summarize(contents, taken)), err=True, nl=False)
    header = f"# {source:.200}: {taken}; xmlrpc-guard ranges convert"
    print_lines([header, *(format_range(entry.range) for entry in contents.entries)])
    return 0


def _summarize(contents: Contents, taken: str) -> list[str]:
    lines = sorted({entry.line for entry in contents.entries} - {0})
    span = f", lines {lines[0]} to {lines[-1]}" if len(lines) > 1 else f", line {lines[0]}" if lines else ""
    return [f"took {taken}{span}", *(f"left {printable(each)}" for each in describe_left(contents))]
