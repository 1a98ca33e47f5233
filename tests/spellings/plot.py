"""``docs/spellings.svg``: the table as a picture."""

from collections import Counter
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.spellings.kinds import KINDS
from tests.spellings.remedies import WayIn, outcomes
from tests.spellings.truth import Truth

Shares = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def plot(truth: Truth, path: Path) -> None:
    """Draw classes against set-ups, and beside them what each remedy leaves open."""
    # Text stays text, and the same table gives the same file.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "xmlrpc_guard", "font.size": 9}):
        figure = Figure(figsize=(13, 10), layout="constrained")
        remedies = list(outcomes(truth))
        reached, left = figure.subplots(1, 2, width_ratios=[len(truth.setups), len(remedies)])
        _draw(reached, _reached(truth), truth.setups, "Blues", "How much of a class runs xmlrpc.php, in %")
        reached.set_yticks(range(len(KINDS)), list(KINDS))
        _draw(left, _left(truth), remedies, "Reds", "Left open, in %")
        left.set_yticks([])
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _draw(axes: Axes, shares: Shares, columns: list[str], colours: str, title: str) -> None:
    axes.imshow(np.where(shares > 0, 0.15 + 0.85 * shares, np.nan), cmap=colours, vmin=0, vmax=1, aspect="auto")
    for (row, column), share in np.ndenumerate(shares):
        if share > 0:
            dark = "white" if share > 0.6 else "black"
            axes.text(column, row, _percent(share), ha="center", va="center", size=6.5, color=dark)
    axes.set_xticks(range(len(columns)), columns, rotation=90)
    axes.xaxis.tick_top()
    axes.set_xticks(np.arange(len(columns)) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(shares)) - 0.5, minor=True)
    axes.grid(which="minor", color="0.85", linewidth=0.5)
    axes.tick_params(which="both", length=0)
    axes.set_title(title, loc="left")


def _percent(share: float) -> str:
    return "<1" if share < 0.01 else f"{share * 100:.0f}"


def _reached(truth: Truth) -> Shares:
    masks = [direct | behind for direct, behind in zip(truth.direct, truth.behind_any(), strict=True)]
    return np.array([[_share(truth, masks, kind, setup) for setup in truth.setups] for kind in KINDS])


def _share(truth: Truth, masks: list[int], kind: str, setup: str) -> float:
    there = [mask & truth.bit(setup) for row, mask in zip(truth.rows, masks, strict=True) if row.kind == kind]
    return sum(map(bool, there)) / max(len(there), 1)


def _left(truth: Truth) -> Shares:
    columns = [(_by_kind(truth, outcome.left), _by_kind(truth, outcome.tried)) for outcome in outcomes(truth).values()]
    return np.array([[left[kind] / max(tried[kind], 1) for left, tried in columns] for kind in KINDS])


def _by_kind(truth: Truth, ways: list[WayIn]) -> Counter[str]:
    """Count ways in by the class of their spelling."""
    counter: Counter[str] = Counter()
    for way in ways:
        counter[truth.rows[way.place].kind] += way.mask.bit_count()
    return counter
