"""``xmlrpc-guard ranges``: keep the lists that services publish, and look at lists."""

import click

from xmlrpc_guard.cli.ranges.looking import check, diff, show
from xmlrpc_guard.cli.ranges.update import update


@click.group(
    "ranges",
    short_help="Keep published address lists, and look at lists.",
    no_args_is_help=False,
    commands=[update, show, diff, check],
)
def ranges() -> None:
    """Keep the address lists that services publish, and look at lists."""
