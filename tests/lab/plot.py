"""``docs/evidence/spellings.svg``: the table as a picture."""

from collections import Counter
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.lab.kinds import KINDS
from tests.lab.remedies import WayIn, outcomes
from tests.lab.truth import Truth

Shares = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def plot(truth: Truth, path: Path) -> None:
    """Draw classes against set-ups, against WSGI servers, and against remedies."""
    panels = [
        ("Runs xmlrpc.php directly, in %", "Blues", truth.setups, _reached(truth)),
        ("After a server, in %", "Blues", list(truth.seen), _after(truth)),
        ("Left open, in %", "Reds", list(outcomes(truth)), _left(truth)),
    ]
    # Text stays text, and the same table gives the same file.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "xmlrpc_guard", "font.size": 9}):
        figure = Figure(figsize=(19, 10), layout="constrained")
        drawn = figure.subplots(1, len(panels), width_ratios=[len(columns) for _, _, columns, _ in panels])
        for axes, (title, colours, columns, shares) in zip(drawn, panels, strict=True):
            _draw(axes, shares, columns, colours, title)
            axes.set_yticks(range(len(KINDS)), list(KINDS) if axes is drawn[0] else [""] * len(KINDS))
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _draw(axes: Axes, shares: Shares, columns: list[str], colours: str, title: str) -> None:
    axes.set_facecolor("0.93")  # for what has no number
    axes.imshow(np.where(shares > 0, 0.15 + 0.85 * shares, shares), cmap=colours, vmin=0, vmax=1, aspect="auto")
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
    return np.array([[_share(truth, truth.direct, kind, truth.bit(setup)) for setup in truth.setups] for kind in KINDS])


def _after(truth: Truth) -> Shares:
    every = truth.bits(truth.setups)
    return np.array([[_share(truth, masks, kind, every) for masks in truth.behind.values()] for kind in KINDS])


def _share(truth: Truth, masks: list[int], kind: str, setups: int) -> float:
    places = truth.places[kind]
    return sum(bool(masks[place] & setups) for place in places) / max(len(places), 1)


def _left(truth: Truth) -> Shares:
    """Give what is left of what worked; no number where nothing did."""
    columns = [(_by_kind(truth, outcome.left), _by_kind(truth, outcome.tried)) for outcome in outcomes(truth).values()]
    return np.array(
        [[left[kind] / tried[kind] if tried[kind] else np.nan for left, tried in columns] for kind in KINDS]
    )


def _by_kind(truth: Truth, ways: list[WayIn]) -> Counter[str]:
    """Count ways in by the class of their spelling."""
    counter: Counter[str] = Counter()
    for way in ways:
        counter[truth.rows[way.place].kind] += way.mask.bit_count()
    return counter
