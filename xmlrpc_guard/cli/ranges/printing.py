"""How the commands print what they found, and why they refuse."""

import click

from xmlrpc_guard.text import printable


def print_lines(lines: list[str]) -> None:
    """Print lines in one piece; nothing in a name can drive the terminal."""
    click.echo("".join(f"{printable(line)}\n" for line in lines), nl=False)


def print_refusal(problem: object) -> int:
    """Print a refusal on standard error, as one line, and give the exit status that goes with it."""
    click.echo(f"xmlrpc-guard: {printable(' '.join(str(problem).split())):.500}", err=True)
    return 1
