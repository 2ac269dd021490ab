"""Pictures of the pages and of the PDF as SVG of attributes alone: funnel plots, and the tornado of assumptions.

Each has a title and a description, and a table beside it says the same. Text is escaped as it is put in.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from services.outcomes.domain.economics import Bar
from services.outcomes.domain.report.funnels import FunnelPlot, Lies, Point

_INK, _QUIET, _BLUE, _ORANGE = "#0b0c0c", "#505a5f", "#1d70b8", "#b85000"
_WIDE, _TALL = 600, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 14, 46
_MOST_NAMES = 8
_BAR = 46
_BARS_FROM, _BARS_TO = 20, 580
_SVG = Markup(
    '<svg role="img" aria-labelledby="{name}-title {name}-about" viewBox="0 0 {wide} {tall}" width="100%" '
    'xmlns="http://www.w3.org/2000/svg"><title id="{name}-title">{title}</title><desc id="{name}-about">{about}</desc>'
    "{inside}</svg>"
)
_LINE = Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}" stroke-width="{}" stroke-dasharray="{}"></line>')
_TEXT = Markup('<text x="{}" y="{}" font-size="13" fill="{}" text-anchor="{}">{}</text>')
_RECT = Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}"></rect>')
_CIRCLE = Markup('<circle cx="{}" cy="{}" r="5" fill="{}" stroke="{}" stroke-width="2"></circle>')
_PATH = Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="1.5" stroke-dasharray="{}"></polyline>')


def funnel(name: str, title: str, about: str, plot: FunnelPlot, names: Mapping[str, str]) -> Markup:
    """The plot: how many along, shares upward, the limits of chance as lines, and a name beside whoever lies beyond."""
    inside = [*_axes(plot), *_curves(plot)]
    beyond = [point for point in plot.points if point.lies is not Lies.WITHIN]
    for point in plot.points:
        is_in = point.lies is Lies.WITHIN
        x, y = _x(plot, point.counted), _y(point.share)
        inside.append(_CIRCLE.format(x, y, _BLUE if is_in else "#ffffff", _BLUE if is_in else _ORANGE))
    # Names of all where they are few, else of those that somebody will look for.
    named = plot.points if len(plot.points) <= _MOST_NAMES else beyond[:_MOST_NAMES]
    inside += _names(plot, named, names)
    found = Markup("").join(inside)
    return _SVG.format(name=name, wide=_WIDE, tall=_TALL, title=title, about=about, inside=found)


def _x(plot: FunnelPlot, counted: float) -> float:
    most = plot.limits[-1].counted
    return round(_LEFT + (_WIDE - _LEFT - _RIGHT) * counted / most, 1)


def _y(share: float) -> float:
    return round(_TOP + (_TALL - _TOP - _BOTTOM) * (1 - share), 1)


def _axes(plot: FunnelPlot) -> Iterator[Markup]:
    for step in range(5):
        yield _LINE.format(_LEFT, _y(step / 4), _WIDE - _RIGHT, _y(step / 4), "#e0e0e0", 1, "none")
        yield _TEXT.format(_LEFT - 6, _y(step / 4) + 4, _QUIET, "end", f"{step / 4:.0%}")
    for tick in _ticks(plot.limits[-1].counted):
        yield _TEXT.format(_x(plot, tick), _TALL - _BOTTOM + 18, _QUIET, "middle", f"{tick:,}")
    yield _TEXT.format((_LEFT + _WIDE) / 2, _TALL - 8, _QUIET, "middle", "How many are counted")
    yield _LINE.format(_LEFT, _y(plot.target), _WIDE - _RIGHT, _y(plot.target), _INK, 1.5, "none")


def _ticks(most: int) -> list[int]:
    step = next(each * 10**power for power in range(9) for each in (1, 2, 5) if most / (each * 10**power) <= 6)
    return list(range(0, most + 1, step))


def _curves(plot: FunnelPlot) -> Iterator[Markup]:
    for end, dash in (("far_low", "none"), ("far_high", "none"), ("low", "6 4"), ("high", "6 4")):
        points = " ".join(f"{_x(plot, at.counted)},{_y(getattr(at, end))}" for at in plot.limits)
        yield _PATH.format(points, _QUIET, dash)


def _names(plot: FunnelPlot, points: Sequence[Point], names: Mapping[str, str]) -> Iterator[Markup]:
    """Names beside their points, on the side where there is room, none over another."""
    taken: list[tuple[float, float]] = []
    for point in sorted(points, key=lambda each: -each.share):
        x, y = _x(plot, point.counted), _y(point.share)
        is_left = x > _WIDE * 0.6
        while any(abs(y - other) < 14 and abs(x - at) < 170 for at, other in taken) and y < _TALL - _BOTTOM:
            y += 14
        taken.append((x, y))
        yield _TEXT.format(
            x - 9 if is_left else x + 9, round(y + 4, 1), _INK, "end" if is_left else "start", names.get(point.code, point.code)
        )


def tornado(
    name: str, title: str, about: str, bars: Sequence[tuple[str, Bar]], central: float
) -> Markup:
    """How far each assumption moves the benefit of a pound by itself, the widest first; `bars` with their words."""
    ends = [end for _, bar in bars for end in (bar.ratio_low, bar.ratio_high)]
    low, high = min([central, 1.0, *ends]), max([central, 1.0, *ends])
    span = (high - low) or 1.0

    def at(ratio: float) -> float:
        return round(_BARS_FROM + (_BARS_TO - _BARS_FROM) * (ratio - low) / span, 1)

    tall = _BAR * len(bars) + 34
    inside = [
        _LINE.format(at(1), 4, at(1), tall - 26, _INK, 1.5, "4 3"),
        _TEXT.format(min(max(at(1), 60), 540), tall - 8, _QUIET, "middle", "£1 for each £1"),
    ]
    for (words, bar), (top, _) in zip(bars, pairwise(range(0, _BAR * len(bars) + 1, _BAR)), strict=True):
        left, middle, right = at(bar.ratio_low), at(central), at(bar.ratio_high)
        inside.append(_TEXT.format(_BARS_FROM, top + 16, _INK, "start", words))
        inside.append(_RECT.format(left, top + 22, round(middle - left, 1), 16, "#5694ca"))
        inside.append(_RECT.format(middle, top + 22, round(right - middle, 1), 16, "#144e81"))
    found = Markup("").join(inside)
    return _SVG.format(name=name, wide=_WIDE, tall=tall, title=title, about=about, inside=found)


def picture(title: str, about: str, markup: Markup, caption: str) -> dict[str, Any]:
    """As a template takes it: the PDF reads out what it is about."""
    return {"title": title, "about": about, "svg": markup, "caption": caption}
