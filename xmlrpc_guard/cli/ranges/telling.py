"""How the commands write what they found, and what stopped them."""

import click

from xmlrpc_guard.ranges import Range, format_cidr
from xmlrpc_guard.text import printable


def counted(blocks: list[Range]) -> str:
    """Write how many entries there are.

    >>> counted([(4, 8, 9)])
    '1 entry'
    """
    return f"{len(blocks)} {'entry' if len(blocks) == 1 else 'entries'}"


def told(lines: list[str]) -> None:
    """Print lines in one piece, whatever the names in them are."""
    click.echo("".join(f"{printable(line)}\n" for line in lines), nl=False)


def refused(problem: object) -> int:
    """Print a refusal on standard error, as one line, and give the exit status that goes with it."""
    click.echo(f"xmlrpc-guard: {printable(' '.join(str(problem).split())):.500}", err=True)
    return 1


def listed(blocks: list[Range]) -> list[str]:
    """Write each block as a line."""
    return list(map(format_cidr, blocks))
