"""``scale.svg`` and ``growth.svg`` of docs/evidence: what long lists cost, and how requests grow."""

from collections.abc import Mapping
from math import isnan
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.benchmarks.loading import Figures

_PANELS = (
    ("Seconds to load", "load", 1),
    ("MB kept", "kept", 1),
    ("MB at most", "peak", 1),
    ("µs a decision", "decision", 1e6),
)
_COLOURS = ("#1f6fb4", "#b0b0b0", "#b0b0b0")


def draw(measured: Mapping[int, Mapping[str, Figures]], path: Path) -> None:
    """Draw a row of panels for each list, a bar for each that read it."""
    # Text stays text, and the same figures give the same file.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "xmlrpc_guard", "font.size": 9}):
        figure = Figure(figsize=(11, 0.6 + 1.4 * len(measured)), layout="constrained")
        drawn = figure.subplots(len(measured), len(_PANELS), squeeze=False)
        for row, (number, of_each) in zip(drawn, measured.items(), strict=True):
            for axes, (title, name, factor) in zip(row, _PANELS, strict=True):
                _bars(axes, {who: getattr(figures, name) * factor for who, figures in of_each.items()})
                axes.set_title(title, loc="left")
                axes.set_yticks(range(len(of_each)), list(of_each) if axes is row[0] else [""] * len(of_each))
            row[0].set_ylabel(f"{number:,} entries")
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def draw_growth(measured: Mapping[str, Mapping[int, float]], path: Path) -> None:
    """Draw a line for each title, from sizes to seconds, both axes logarithmic."""
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "xmlrpc_guard", "font.size": 9}):
        figure = Figure(figsize=(9, 5), layout="constrained")
        axes = figure.subplots()
        for title, of_each in measured.items():
            axes.plot([*of_each], [taken * 1e6 for taken in of_each.values()], marker="o", markersize=3, label=title)
        axes.set(xscale="log", yscale="log", xlabel="characters, entries, scripts, ranges or threads", ylabel="µs")
        figure.legend(loc="outside right upper", title="exponent", frameon=False)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _bars(axes: Axes, values: Mapping[str, float]) -> None:
    lengths = [
        0 if isnan(value) else max(value, 0) for value in values.values()
    ]  # a list of 20 entries may free memory
    bars = axes.barh(range(len(values)), lengths, color=_COLOURS)
    axes.bar_label(bars, [_shown(value) for value in values.values()], padding=3)
    axes.set_xlim(0, 1.25 * max(*lengths, 1e-9))
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[["top", "right", "bottom"]].set_visible(False)


def _shown(value: float) -> str:
    return "not measured" if isnan(value) else f"{value:.1f}" if value < 10 else f"{value:,.0f}"
