"""``xmlrpc-guard ranges``: update the lists that services publish, convert others, and look at lists."""

import click

from xmlrpc_guard.cli.ranges.convert import convert
from xmlrpc_guard.cli.ranges.looking import check_list, diff_lists, show_list
from xmlrpc_guard.cli.ranges.update import update
from xmlrpc_guard.cli.usage import Commands


@click.group(
    "ranges",
    short_help="Update published address lists, convert others, and look at lists.",
    cls=Commands,
    commands=[update, convert, show_list, diff_lists, check_list],
    epilog="\b\nExample: xmlrpc-guard ranges show jetpack",
)
def ranges() -> None:
    """Update the address lists that services publish, convert others, and look at lists."""
