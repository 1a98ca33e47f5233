"""How the benchmarks say what they measured, and what they lack."""

import platform
import shutil
import sys
from typing import Any

FIGURES: dict[str, Any] = {}
"""What was measured, by its title: a row's ratio, and for a note what it prints or stands for."""


def heading(what: str) -> None:
    print(f"{what}, Python {platform.python_version()}")


def row(title: str, ratio: float, limit: float, *, at_least: bool = False, spread: str = "") -> bool:
    """Print one measured ratio beside its limit, with how it spread if known, and tell whether it keeps to it."""
    FIGURES[title] = ratio
    kept = ratio >= limit if at_least else ratio <= limit
    bound, missed = ("at least", "under") if at_least else ("at most", "over")
    print(
        f"{title:<64} {ratio:8.4f}   {bound} {limit:<6g} {'ok' if kept else missed}{f' ({spread})' if spread else ''}",
        flush=True,
    )
    return kept


def note(title: str, measured: object, figure: Any = None) -> None:
    """Print what was measured where no limit is set; ``figure`` is that as a value, if it is printed otherwise."""
    FIGURES[title] = measured if figure is None else figure
    print(f"{title:<64} {measured}", flush=True)


def lacks(program: str) -> bool:
    """Tell whether a program is missing, and say so."""
    missing = shutil.which(program) is None
    if missing:
        print(f"{program} is not installed; this benchmark measures with it", file=sys.stderr)
    return missing
