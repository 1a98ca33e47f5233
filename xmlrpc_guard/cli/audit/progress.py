"""A progress bar with rate and time left, for a person who waits at a terminal."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

from xmlrpc_guard.audit.opening import size_of
from xmlrpc_guard.audit.running import Advance


@contextmanager
def show_progress(paths: Iterable[str]) -> Iterator[Advance]:
    """Give what is called with the bytes that were read; it moves the bar, which vanishes in the end."""
    sizes = [size_of(path) for path in paths]
    total = None if None in sizes else sum(size for size in sizes if size)
    columns = BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda number: bar.advance(task, number)
