"""The chart of an audit in a terminal: a row for each span of time."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from xmlrpc_guard.audit.report import Report
from xmlrpc_guard.cli.audit.spans import Span, join_spans

_ROWS, _WIDTH = 24, 40
# By verdict; in shades too, for terminals and eyes without colours.
_MARKS = (("\u2591", "green"), ("\u2588", "red"), ("\u2592", "yellow"))
_LEGEND = ("would be allowed", "would be refused", "cannot be told")


def print_chart(report: Report) -> None:
    """Print the chart; nothing for less than two spans."""
    console = Console()
    spans = join_spans(report, _ROWS)
    if len(spans) > 1:
        legend = ", ".join(f"{mark} {name}" for (mark, _), name in zip(_MARKS, _LEGEND, strict=True))
        console.print(f"\nrequests over time, UTC: {legend}", highlight=False, soft_wrap=True)
        console.print(_draw(spans))


def _draw(spans: list[Span]) -> Table:
    table = Table.grid(padding=(0, 1))
    most = max(span.total for span in spans)
    for span in spans:
        table.add_row(span.start, Text(str(span.total), justify="right"), _draw_bar(span, most))
    return table


def _draw_bar(span: Span, most: int) -> Text:
    bar = Text()
    for requests, (mark, color) in zip(span.requests, _MARKS, strict=True):
        bar.append(mark * -(-requests * _WIDTH // most), style=color)  # rounded up: few are not none
    return bar
