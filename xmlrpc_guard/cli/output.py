"""How the commands print: whole lines, in which nothing can drive a terminal, and colours where a person reads them."""

import os
from collections.abc import Iterable

import click

from xmlrpc_guard.text import printable

GOOD, BAD, DOUBTFUL = "green", "red", "yellow"

_LONGEST = 500  # characters of a problem


def print_lines(lines: Iterable[str]) -> None:
    """Print lines in one piece."""
    click.echo("".join(f"{printable(line)}\n" for line in lines), nl=False)


def print_colored(line: str, color: str) -> None:
    """Print one line in a colour."""
    click.echo(_paint(printable(line), color))


def print_problem(problem: object) -> None:
    """Print on standard error, as one line, why a command does not do what it should."""
    text = printable(" ".join(str(problem).split()))
    click.echo(f"{_paint('xmlrpc-guard:', BAD)} {text:.{_LONGEST}}", err=True)


def print_doubts(doubts: Iterable[str]) -> None:
    """Print on standard error what an operator may not have meant, a line each."""
    for doubt in doubts:
        click.echo(f"{_paint('doubt:', DOUBTFUL)} {printable(doubt)}", err=True)


def _paint(text: str, color: str) -> str:
    """Colour a text: click removes it again where the output is not a terminal. https://no-color.org is kept."""
    return text if os.environ.get("NO_COLOR") else click.style(text, fg=color)
