"""The chart of a report: for each line, our figure divided by the peer's, and its target."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from deploy.bench.rounds import Comparison, shown

_OURS, _MISSED, _TARGET = "#2f6f8f", "#b4552d", "#222222"
_BAR = 0.6


def draw(comparisons: Sequence[Comparison], path: Path) -> None:
    """Writes an SVG. The bars have a logarithmic scale, because ratios range from halves to dozens."""
    # Makes the file reproducible, byte for byte.
    mpl.rcParams["svg.hashsalt"] = "parley"
    compared = [each for each in comparisons if each.ratio is not None and not each.is_floor]
    figure = Figure(figsize=(9, 1.2 + 0.55 * len(compared)), layout="constrained")
    axes = figure.subplots()
    for place, each in enumerate(compared):
        ratio = each.ratio or 0.0
        axes.barh(place, ratio, height=_BAR, color=_MISSED if each.met is False else _OURS)
        if each.target is not None:
            ends = (place - _BAR / 2 - 0.08, place + _BAR / 2 + 0.08)
            axes.plot((each.target, each.target), ends, color=_TARGET, linewidth=2)
        label = f" {ratio:.2f}  ({shown(each.ours.median)} : {shown(each.peer.median if each.peer else 0)} {each.unit})"
        axes.text(max(ratio, each.target or 0.0), place, label, va="center", fontsize=8)
    axes.set_yticks(range(len(compared)), [f"{each.name}\nagainst {each.peer.name}" for each in compared if each.peer])
    axes.tick_params(axis="y", labelsize=8)
    axes.set_xscale("log")
    axes.set_xlim(0.03, 300)
    axes.invert_yaxis()
    axes.set_xlabel("Parley by its peer. The black mark is the target: at most for latency, else at least", fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
