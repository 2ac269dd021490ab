"""What matters most of an area's assumptions, as a tornado: how far each moves the benefit of a pound by itself."""

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deploy.summary.words import pounds
from deploy.summary.worth import ASSUMPTIONS, written

_LOW, _HIGH = "#56B4E9", "#004D80"
_INK, _QUIET = "#222222", "#5A5A5A"
_MOST = 10


def draw(area: Mapping[str, Any], folder: Path) -> list[Path]:
    """Writes tornado-AREA.png and .svg to `folder` and returns their paths. Raises OSError where it can't."""
    bars = area["tornado"][:_MOST]
    central = area["ratio"]["central"]
    figure = Figure(figsize=(11, 2.9 + 0.62 * len(bars)), facecolor="white")
    tall = figure.get_figheight()
    axes = figure.add_axes((0.32, 1.05 / tall, 0.62, (tall - 2.55) / tall))
    for place, bar in enumerate(bars):
        _draw_bar(axes, place, bar, central)
    _tidy(axes, bars, central)
    low, high = area["ratio_interval"]
    heading = textwrap.fill(
        f"As {area['area_name']} assumes, a pound brings £{central:.2f}; in 95 of 100 draws £{low:.2f} to £{high:.2f}",
        70,
    )
    figure.text(0.03, 1 - 0.25 / tall, heading, fontsize=16, fontweight="bold", color=_INK, va="top", linespacing=1.3)
    spent = pounds(area["spent_pence"])
    under = f"Each bar: one assumption at its low and at its high end, the others likely. Spent: {spent}."
    figure.text(0.03, 1 - 1.0 / tall, under, fontsize=12, color=_INK, va="top")
    figure.text(
        0.03,
        0.2 / tall,
        "These are the area's assumptions and not findings: nothing here shows that anything was avoided.",
        fontsize=9.5,
        color=_QUIET,
        va="bottom",
    )
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"tornado-{area['area']}.{kind}" for kind in ("png", "svg")]
    with matplotlib.rc_context({"svg.hashsalt": "parley"}):
        figure.savefig(paths[0], dpi=160, metadata={"Title": heading, "Software": None})
        figure.savefig(paths[1], metadata={"Title": heading, "Description": under, "Date": None})
    return paths


def _draw_bar(axes: Axes, place: int, bar: Mapping[str, Any], central: float) -> None:
    low, high = bar["ratio_low"], bar["ratio_high"]
    axes.barh(place, low - central, 0.62, left=central, color=_LOW)
    axes.barh(place, high - central, 0.62, left=central, color=_HIGH)
    for at, end, side in ((low, "low", "right"), (high, "high", "left")):
        away = -6 if side == "right" else 6
        axes.annotate(
            written(bar, end),
            xy=(at, place),
            xytext=(away, 0),
            textcoords="offset points",
            fontsize=10.5,
            color=_INK,
            va="center",
            ha=side,
        )


def _tidy(axes: Axes, bars: Any, central: float) -> None:
    axes.set_yticks(
        range(len(bars)),
        [textwrap.fill(f"{bar['outcome']}: {ASSUMPTIONS[bar['assumption']]}", 36) for bar in bars],
        fontsize=11,
        color=_INK,
    )
    axes.set_ylim(len(bars) - 0.4, -0.6)
    lows, highs = [bar["ratio_low"] for bar in bars], [bar["ratio_high"] for bar in bars]
    reach = max(max(highs) - min(lows), 0.1)
    axes.set_xlim(min(min(lows), 1) - 0.16 * reach, max(max(highs), 1) + 0.16 * reach)
    axes.axvline(central, color=_INK, linewidth=1)
    axes.axvline(1, color=_QUIET, linewidth=1, linestyle="--")
    axes.annotate(
        "what was spent",
        xy=(1, 1),
        xycoords=("data", "axes fraction"),
        xytext=(4, 3),
        textcoords="offset points",
        fontsize=9.5,
        color=_QUIET,
        ha="left",
        va="bottom",
    )
    axes.xaxis.set_major_formatter(lambda value, _: f"£{value:.2f}")
    axes.tick_params(length=0, colors=_QUIET)
    axes.grid(axis="x", color="#E6E6E6", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.spines["left"].set_color("#999999")
    axes.set_xlabel("Benefits for each pound spent", fontsize=10.5, color=_QUIET)
