"""The funnel as a picture: ours beside the national one, as shares of the parents who were referred.

Blue and grey differ in lightness too, so the picture reads in print and with any colour vision.
"""

import textwrap
from collections.abc import Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from deploy.summary.words import STEPS, day, number, percent, words

_FATHERS = "#004D80"
_OTHERS = "#56B4E9"
_NATIONAL = "#C4C4C4"
_INK = "#222222"
_QUIET = "#5A5A5A"
_OURS_HIGH, _NATIONAL_HIGH = 0.44, 0.26
# Fathers' number is written in their part of the bar only where it fits.
_NARROWEST_FOR_TEXT = 0.09

Step = Mapping[str, Any]


def draw(
    funnel: Sequence[Step],
    known_until: str | None,
    folder: Path,
    scope: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Writes funnel.png and funnel.svg to `folder` and returns their paths.

    `scope` is the area or region that it is of: its id goes into the files' names, its name into the picture.

    Raises OSError where it can't.
    """
    figure = Figure(figsize=(11, 7), facecolor="white")
    axes = figure.add_axes((0.2, 0.13, 0.77, 0.61))
    for place, step in enumerate(funnel):
        _draw_step(axes, place, step)
    _tidy(axes, funnel)
    heading, under = finding(funnel), about_fathers(funnel)
    title = textwrap.fill(heading, 64)
    figure.text(0.03, 0.965, title, fontsize=17, fontweight="bold", color=_INK, va="top", linespacing=1.3)
    figure.text(0.03, 0.865, under, fontsize=12.5, color=_INK, va="top")
    figure.legend(
        handles=[
            Patch(color=_FATHERS, label="Fathers here"),
            Patch(color=_OTHERS, label="Other parents here"),
            Patch(color=_NATIONAL, label="National programme, all parents"),
        ],
        loc="upper left",
        bbox_to_anchor=(0.022, 0.832),
        ncols=3,
        frameon=False,
        fontsize=11,
        handlelength=1.1,
        columnspacing=1.8,
    )
    figure.text(0.03, 0.028, source(known_until, scope), fontsize=9, color=_QUIET, va="bottom", linespacing=1.5)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"funnel-{scope['id']}" if scope else "funnel"
    paths = [folder / f"{name}.png", folder / f"{name}.svg"]
    # The same numbers make the same file, so that a picture in version control changes only with its numbers.
    with matplotlib.rc_context({"svg.hashsalt": "parley"}):
        figure.savefig(paths[0], dpi=160, metadata={"Title": heading, "Software": None})
        figure.savefig(paths[1], metadata={"Title": heading, "Description": under, "Date": None})
    return paths


def finding(funnel: Sequence[Step]) -> str:
    """The one sentence that the picture shows."""
    by_step = {step["step"]: step for step in funnel}
    if not by_step["referred"]["parents"]["people"]:
        return "Nobody has been referred yet"

    if any(isnan(by_step[step]["parents"]["share_of_referred"]) for step in ("started", "completed")):
        return "How far parents came, as far as it can be shown"

    def of_hundred(step: str, whose: str) -> str:
        return f"{by_step[step][whose]['share_of_referred'] * 100:.0f}"

    return (
        f"Of every 100 parents referred, {of_hundred('started', 'parents')} started and "
        f"{of_hundred('completed', 'parents')} completed; nationally "
        f"{of_hundred('started', 'national')} and {of_hundred('completed', 'national')}"
    )


def about_fathers(funnel: Sequence[Step]) -> str:
    """How far fathers came, in one sentence."""
    by_step = {step["step"]: step for step in funnel}
    shares = []
    for step, which in (("referred", "referred"), ("started", "who started"), ("completed", "who completed")):
        everybody, fathers = by_step[step]["parents"]["people"], by_step[step]["fathers"]["people"]
        if everybody:
            shares.append(f"{percent(fathers / everybody)} of the parents {which}")
    if not shares:
        return "The national programme, until there is something to show beside it."
    return f"Fathers are {', '.join(shares[:-1]) + ' and ' if shares[1:] else ''}{shares[-1]}."


def source(known_until: str | None, scope: Mapping[str, Any] | None = None) -> str:
    """Where the numbers come from."""
    when = f", until {day(known_until)}" if known_until else ""
    return (
        "Bars are shares of the parents who were referred; numbers are parents. Started: came to a session. "
        "Answered: a follow-up questionnaire came back.\n"
        f"Source: {scope['name'] if scope else 'this service'}{when}; national: Department for Work and Pensions, "
        "Reducing Parental Conflict programme."
    )


def _draw_step(axes: Axes, place: int, step: Step) -> None:
    ours, fathers, national = _known(step["parents"]), _known(step["fathers"]), step["national"]
    high, low = place - _NATIONAL_HIGH / 2, place + _OURS_HIGH / 2
    whole = ours["share_of_referred"] or 0.0
    part = whole * fathers["people"] / ours["people"] if ours["people"] else 0.0
    axes.barh(high, part, _OURS_HIGH, color=_FATHERS)
    axes.barh(high, whole - part, _OURS_HIGH, left=part, color=_OTHERS)
    axes.barh(low + 0.02, national["share_of_referred"], _NATIONAL_HIGH, color=_NATIONAL)
    ours_written = axes.text(
        whole + 0.008,
        high,
        _written(step["parents"]),
        fontsize=13,
        fontweight="bold",
        color=_INK,
        va="center",
        ha="left",
    )
    of_fathers = f"{number(step['fathers']['people'])} fathers"
    if part >= _NARROWEST_FOR_TEXT:
        axes.text(0.008, high, of_fathers, fontsize=11, color="white", va="center", ha="left")
    elif ours["people"]:
        axes.annotate(
            of_fathers,
            xy=(1, 0.5),
            xycoords=ours_written,
            xytext=(8, 0),
            textcoords="offset points",
            fontsize=11,
            color=_FATHERS,
            va="center",
        )
    axes.text(
        national["share_of_referred"] + 0.008,
        low + 0.02,
        _written(national),
        fontsize=10.5,
        color=_QUIET,
        va="center",
        ha="left",
    )


def _known(count: Mapping[str, Any]) -> Mapping[str, Any]:
    """A count to draw: what is held back has no bar."""
    return {key: 0 if isinstance(value, float) and isnan(value) else value for key, value in count.items()}


def _written(count: Mapping[str, Any]) -> str:
    if isnan(count["people"]):
        return "held back"
    shown = percent(count["share_of_referred"])
    return f"{number(count['people'])} · {shown}" if count["share_of_referred"] is not None else "nobody yet"


def _tidy(axes: Axes, funnel: Sequence[Step]) -> None:
    axes.set_yticks(
        range(len(funnel)),
        [textwrap.fill(words(STEPS, step["step"]), 14) for step in funnel],
        fontsize=12.5,
        color=_INK,
    )
    axes.set_ylim(len(funnel) - 0.45, -0.5)
    axes.set_xlim(0, 1.17)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"], fontsize=10, color=_QUIET)
    axes.tick_params(length=0)
    axes.grid(axis="x", color="#E6E6E6", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.spines["left"].set_color("#999999")
