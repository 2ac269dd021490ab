"""Funnel plots in words: what one may conclude of them, and what not."""

from collections.abc import Mapping
from typing import Any

from services.outcomes.domain.report.funnels import FunnelPlot, Lies
from services.outcomes.web.pages.pictures import funnel, picture
from services.outcomes.web.pages.words import number, percent

_TITLES: Mapping[str, str] = {
    "parents-started": "Of the parents who were referred, how many started",
    "parents-completed": "Of the parents who started, how many completed",
}
_BY: Mapping[str, tuple[str, str]] = {"area": ("area", "areas"), "provider": ("provider", "providers")}
_LIES: Mapping[Lies, str] = {
    Lies.WITHIN: "within what chance explains",
    Lies.BELOW: "below the 95% limit",
    Lies.FAR_BELOW: "below the 99.8% limit",
    Lies.ABOVE: "above the 95% limit",
    Lies.FAR_ABOVE: "above the 99.8% limit",
}
_CAPTION = (
    "Each point has the number of its row in the table; the further right it is, the more it counts. The line across "
    "is all "
    "of them together, the dashed lines are the limits of 95%, the outer lines those of 99.8%."
)


def concluded(plot: FunnelPlot) -> str:
    """What one may and may not conclude."""
    one, many = _BY[plot.by]
    found = (
        f"Whoever lies between the lines is not known to be other than the rest, so there is no order among them. Of "
        f"20 "
        f"{many}, one lies beyond the dashed lines by chance; beyond the outer lines chance is a poor explanation. "
        f"That "
        f"is a reason to ask, not a verdict on the {one}: families differ, and so may what was reported."
    )
    if plot.differ:
        found += (
            f" The {many} differ by more than chance, all in all, so that more of them than usual lie beyond: look for "
            "what they differ in before looking at a single one."
        )
    if plot.left_out:
        found += f" Not in the picture: {plot.left_out} whose numbers are held back."
    return found


def shown_funnel(name: str, plot: FunnelPlot, names: Mapping[str, str]) -> dict[str, Any]:
    """The plot as a page and a PDF take it: the picture, the sentence, and the same as a table."""
    one, many = _BY[plot.by]
    title = f"{_TITLES[plot.indicator]}, by {one}"
    beyond = [point for point in plot.points if point.lies is not Lies.WITHIN]
    about = f"{len(plot.points)} {many} around {percent(plot.target)}. " + (
        "; ".join(f"{names.get(each.code, each.code)}: {percent(each.share)}, {_LIES[each.lies]}" for each in beyond)
        or "All lie within what chance explains"
    )
    return {
        **picture(title, f"{about}.", funnel(name, title, f"{about}.", plot), _CAPTION),
        "sentence": concluded(plot),
        "columns": [one.capitalize(), "Share", "Of how many parents", "Where it lies"],
        "rows": [
            [
                f"{place}. {names.get(each.code, each.code)}",
                f"{percent(each.share)}: {number(each.met)}",
                number(each.counted),
                _LIES[each.lies],
            ]
            for place, each in enumerate(plot.points, 1)
        ],
    }
