"""What a run has seen, as the table in ``docs/evidence/checks.md``."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.lab.edge_table import replace_part
from tests.lab.soak.load import AGAIN, BROKEN, DOWN, HUNG_UP, MIXED, NOT_JUDGED, WRONG, Tally
from tests.lab.soak.watch import Growth, Slope

PAGE = Path(__file__).parent.parent.parent.parent / "docs" / "evidence" / "checks.md"
UNITS = {"memory": "memory, MB", "blocks": "blocks of objects, 10,000"}


class Seen(NamedTuple):
    """What was seen of one guard."""

    tally: Tally
    growth: Mapping[str, Growth]
    tracebacks: int

    @property
    def judged(self) -> int:
        """The answers of which each was what it had to be, or is counted as a fault."""
        apart = (WRONG, MIXED, BROKEN, HUNG_UP, AGAIN)
        kinds = self.tally.counts.items()
        return sum(each for kind, each in kinds if kind not in apart and not kind.endswith((DOWN, NOT_JUDGED)))


ROWS: tuple[tuple[str, Callable[[Seen], int]], ...] = (
    ("answers that were judged", lambda seen: seen.judged),
    ("**wrong decisions**", lambda seen: seen.tally.counts[WRONG]),
    ("**answers that were another request's**", lambda seen: seen.tally.counts[MIXED]),
    ("broken answers while the upstream was up", lambda seen: seen.tally.counts[BROKEN]),
    ("502, or broken, while it was down", lambda seen: sum(n for kind, n in seen.tally.counts.items() if DOWN in kind)),
    ("clients that hung up", lambda seen: seen.tally.counts[HUNG_UP]),
    ("tracebacks in the log", lambda seen: seen.tracebacks),
)


def write(began: str, seen: Mapping[str, Seen]) -> None:
    """Put the table in its place on the page."""
    PAGE.write_text(replace_part(PAGE.read_text("utf-8"), "mixed", f"{began}\n\n{table(seen)}", "soak"), "utf-8")


def table(seen: Mapping[str, Seen]) -> str:
    """Make a table: a column for each guard."""
    rows = [("", list(seen)), ("---", ["---:"] * len(seen))]
    rows += [(name, [f"{count(each):,}" for each in seen.values()]) for name, count in ROWS]
    for thing in next(iter(seen.values())).growth:
        each = [one.growth[thing] for one in seen.values()]
        rows += [
            (
                f"{UNITS.get(thing, thing)}: at half the time, at the end",
                [f"{g.first:.1f}, {g.last:.1f}" for g in each],
            ),
            ("slope in between, an hour", [format_slope(g.slope) for g in each]),
            ("slope in the third quarter; in the last", ["; ".join(map(format_slope, g.quarters)) for g in each]),
            ("it grows", ["**yes**" if g.grows else "no" for g in each]),
        ]
    return "\n".join(f"| {name} | {' | '.join(cells)} |".replace("|  |", "| |") for name, cells in rows)


def format_slope(slope: Slope) -> str:
    """Write a slope with its error.

    >>> format_slope(Slope(12.25, 0.5))
    '+12.2 ± 0.5'
    """
    return f"{slope.per_hour:+.1f} ± {slope.error:.1f}".replace("-", "\N{MINUS SIGN}")
