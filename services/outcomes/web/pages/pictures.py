"""Pictures of the pages and of the PDF as SVG of attributes alone: funnel plots, and the tornado of assumptions.

Each has a title and a description, and a table beside it says the same. Text is escaped as it is put in.
"""

from collections.abc import Iterator, Sequence
from math import ceil, floor
from typing import Any

from markupsafe import Markup

from services.outcomes.domain.economics import Bar
from services.outcomes.domain.report.funnels import FunnelPlot, Lies

_INK, _QUIET, _BLUE, _ORANGE = "#0b0c0c", "#505a5f", "#1d70b8", "#b85000"
_WIDE, _TALL = 600, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 14, 46
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
_CIRCLE = Markup('<circle cx="{}" cy="{}" r="9" fill="#ffffff" stroke="{}" stroke-width="2"></circle>')
_MARK = Markup('<text x="{}" y="{}" font-size="10" fill="#0b0c0c" text-anchor="middle">{}</text>')
_PATH = Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="1.5" stroke-dasharray="{}"></polyline>')


def funnel(name: str, title: str, about: str, plot: FunnelPlot) -> Markup:
    """The plot: how many along, shares upward, and the limits of chance as lines. Points have the numbers of their "
    "rows."""
    on = _Plane(plot)
    inside = [*_axes(plot, on), *_curves(plot, on)]
    # The largest last, so that no small one lies over it; a number is its place in the table.
    for place, point in reversed([*enumerate(plot.points, 1)]):
        at = on.x(point.counted), on.y(point.share)
        inside.append(_CIRCLE.format(*at, _BLUE if point.lies is Lies.WITHIN else _ORANGE))
        inside.append(_MARK.format(at[0], round(at[1] + 3.5, 1), place))
    return _SVG.format(name=name, wide=_WIDE, tall=_TALL, title=title, about=about, inside=Markup("").join(inside))


class _Plane:
    """Where a number and a share are in the picture, which has what is plotted and the limits beside it."""

    def __init__(self, plot: FunnelPlot) -> None:
        shares = [point.share for point in plot.points]
        shares += [end for at in plot.limits for end in (at.far_low, at.far_high)]
        self.low, self.high = floor(min(shares) * 10) / 10, ceil(max(shares) * 10) / 10
        self.most = plot.limits[-1].counted

    def x(self, counted: float) -> float:
        return round(_LEFT + (_WIDE - _LEFT - _RIGHT) * counted / self.most, 1)

    def y(self, share: float) -> float:
        return round(_TOP + (_TALL - _TOP - _BOTTOM) * (self.high - share) / ((self.high - self.low) or 1), 1)


def _axes(plot: FunnelPlot, on: _Plane) -> Iterator[Markup]:
    step = 2 if on.high - on.low > 0.65 else 1
    for tenth in range(round(on.low * 10), round(on.high * 10) + 1, step):
        y = on.y(tenth / 10)
        yield _LINE.format(_LEFT, y, _WIDE - _RIGHT, y, "#e0e0e0", 1, "none")
        yield _TEXT.format(_LEFT - 6, round(y + 4, 1), _QUIET, "end", f"{tenth / 10:.0%}")
    for tick in _ticks(on.most):
        yield _TEXT.format(on.x(tick), _TALL - _BOTTOM + 18, _QUIET, "middle", f"{tick:,}")
    yield _TEXT.format((_LEFT + _WIDE) / 2, _TALL - 8, _QUIET, "middle", "How many are counted")
    yield _LINE.format(_LEFT, on.y(plot.target), _WIDE - _RIGHT, on.y(plot.target), _INK, 1.5, "none")


def _ticks(most: int) -> list[int]:
    step = next(each * 10**power for power in range(9) for each in (1, 2, 5) if most / (each * 10**power) <= 6)
    return list(range(0, most + 1, step))


def _curves(plot: FunnelPlot, on: _Plane) -> Iterator[Markup]:
    for end, dash in (("far_low", "none"), ("far_high", "none"), ("low", "6 4"), ("high", "6 4")):
        points = " ".join(f"{on.x(at.counted)},{on.y(getattr(at, end))}" for at in plot.limits)
        yield _PATH.format(points, _QUIET, dash)


def tornado(name: str, title: str, about: str, bars: Sequence[tuple[str, Bar]], central: float) -> Markup:
    """How far each assumption moves the benefit of a pound by itself, the widest first; `bars` with their words."""
    ends = [end for _, bar in bars for end in (bar.ratio_low, bar.ratio_high)]
    low, high = min([central, *ends]), max([central, *ends])
    span = (high - low) or 1.0

    def at(ratio: float) -> float:
        return round(_BARS_FROM + (_BARS_TO - _BARS_FROM) * (ratio - low) / span, 1)

    tall = _BAR * len(bars) + 30
    inside = []
    for place, (words, bar) in enumerate(bars):
        top, left, middle, right = _BAR * place, at(bar.ratio_low), at(central), at(bar.ratio_high)
        reach = f"{words}: £{bar.ratio_low:.2f} to £{bar.ratio_high:.2f}"
        inside.append(_TEXT.format(_BARS_FROM, top + 16, _INK, "start", reach))
        inside.append(_RECT.format(left, top + 22, round(middle - left, 1), 16, "#5694ca"))
        inside.append(_RECT.format(middle, top + 22, round(right - middle, 1), 16, "#144e81"))
        inside.append(_LINE.format(middle, top + 19, middle, top + 41, _INK, 1.5, "none"))
        if low <= 1 <= high:
            inside.append(_LINE.format(at(1), top + 19, at(1), top + 41, _ORANGE, 2, "4 3"))
    inside += [
        _TEXT.format(_BARS_FROM, tall - 6, _QUIET, "start", f"£{low:.2f}"),
        _TEXT.format(_BARS_TO, tall - 6, _QUIET, "end", f"£{high:.2f} for each £1"),
    ]
    found = Markup("").join(inside)
    return _SVG.format(name=name, wide=_WIDE, tall=tall, title=title, about=about, inside=found)


def picture(title: str, about: str, markup: Markup, caption: str) -> dict[str, Any]:
    """As a template takes it: the PDF reads out what it is about."""
    return {"title": title, "about": about, "svg": markup, "caption": caption}
