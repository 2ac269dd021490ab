"""What was spent and what it may be worth, in a board's words."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.outcomes.domain.economics import Bar
from services.outcomes.domain.report.benefits import SPENDING, Assumption, Money, PriceLine, StayedAway, Worth
from services.outcomes.domain.report.spending import Spent
from services.outcomes.web.pages.pictures import picture, tornado
from services.outcomes.web.pages.words import HELD_BACK, number, percent

_DUE: Mapping[str, str] = {
    "completed-case": "for each completed case",
    "started-case": "for each case that started",
    "session": "for each session",
}
_PER: Mapping[str, str] = {"completed-case": "completed cases", "started-parent": "parents who started"}
_MOST = 8
"""Bars: those that move it most."""
_NOT_A_FINDING = (
    "These are what the areas assume, and no finding. Whether anything was avoided can't be known without families "
    "who are "
    "like these and had no support."
)


def pounds(pence: float) -> str:
    """Whole pounds, with pence below ten."""
    return f"£{pence / 100:,.2f}" if abs(pence) < 1000 else f"£{pence / 100:,.0f}"


def pounds_between(low: float | None, high: float | None) -> str:
    """An amount, as a range where something of it is held back."""
    if low is None or high is None:
        return HELD_BACK
    return pounds(low) if pounds(low) == pounds(high) else f"{pounds(low)} to {pounds(high)}"


def shown_money(money: Money, names: Mapping[str, str]) -> dict[str, Any]:
    """The amounts as a page and a PDF take them: what was spent, what stands behind the chapter's parts, the "
    "tornado."""
    after = [_again(money.again), _break_even(money, names)]
    return {
        "spent": _spent(money.spent),
        "before": [each for each in [_prices(money.prices)] if each["rows"]],
        "after": [each for each in after if each["rows"]],
        "worth": _worth(money.worth, names) if money.worth else None,
    }


def _spent(spent: Spent | None) -> str:
    if spent is None:
        return "What was spent cannot be shown here: too few payments may be shown, or no price is known."
    text = f"Spent so far: {pounds_between(spent.low, spent.high)}, for families whose every offer has a price."
    if spent.low < spent.high:
        text += " It is a range, since how often some prices fell due is held back; the truth is anywhere in it."
    return text


def _prices(prices: Sequence[PriceLine]) -> dict[str, Any]:
    return {
        "title": "What was paid for",
        "columns": ["Price", "Families", "How often it fell due"],
        "rows": [
            [f"{pounds(each.pence)} {_DUE.get(each.due, each.due)}", number(each.families), number(each.payments)]
            for each in prices
        ],
        "note": "The newest price of each offer. A family counts once at each price that fell due for it.",
    }


def _again(again: Sequence[StayedAway]) -> dict[str, Any]:
    return {
        "title": "Did fewer families come again who completed than who stopped earlier?",
        "columns": ["Within", "Of those who completed", "Of those who stopped earlier", "Fewer who came again"],
        "rows": [
            [
                f"{each.months} months of the end",
                _of(each.completed_again, each.completed),
                _of(each.stopped_again, each.stopped),
                HELD_BACK if each.fewer is None else f"{each.fewer:,.1f} ({each.low:,.1f} to {each.high:,.1f})",
            ]
            for each in again
        ],
        "note": "How many more of those who completed would have come again, had they come as often as those who "
        "stopped "
        "earlier, with its 95% interval (the score of Newcombe); a number below nought is more, not fewer. It assumes "
        "that both "
        "are alike but for the support, which nobody has shown: those who stay may have fared better in any case. So "
        "it "
        "does not say that the support kept anybody away.",
    }


def _of(met: int | None, counted: int | None) -> str:
    if counted == 0:
        return "nobody yet"
    return HELD_BACK if met is None or not counted else f"{percent(met / counted)}: {number(met)} of {number(counted)}"


def _break_even(money: Money, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "title": "How many of a costly outcome cost as much as the support?",
        "columns": ["Area and outcome", "What one costs", "As many cost as much", "Source"],
        "rows": [
            [
                f"{_area(each.assumption, names)}: {_outcome(each.assumption.outcome)}",
                pounds(each.assumption.pence),
                number(each.low) if each.low == each.high else f"{number(each.low)} to {number(each.high)}",
                each.assumption.source,
            ]
            for each in money.break_even
        ],
        "note": "What an area spent, over what it says that one such outcome costs it. It does not say that any was "
        "avoided.",
    }


def _area(each: Assumption, names: Mapping[str, str]) -> str:
    return names.get(each.area, each.area)


def _outcome(code: str) -> str:
    return code.replace("-", " ")


def _worth(worth: Worth, names: Mapping[str, str]) -> dict[str, Any]:
    low, likely, high = worth.ratio
    from_draws, to_draws = worth.interval
    areas = ", ".join(names.get(each, each) for each in worth.areas)
    title = "What moves the benefit of a pound"
    bars = [(_bar_words(bar, names), bar) for bar in worth.bars[:_MOST]]
    about = ". ".join(f"{words}: £{bar.ratio_low:.2f} to £{bar.ratio_high:.2f}" for words, bar in bars)
    return {
        "sentence": f"As {areas} assume{'s' if len(worth.areas) == 1 else ''}, each pound that was spent brings "
        f"£{likely:.2f}. In 95 of 100 draws of the assumptions it is £{from_draws:.2f} to £{to_draws:.2f}; with all "
        f"of them "
        f"at their worst at once £{low:.2f}, at their best £{high:.2f}. In {percent(worth.worth_it)} of the draws it "
        f"is at "
        "least what was spent.",
        "caution": _NOT_A_FINDING,
        "picture": picture(
            title,
            f"{about}.",
            tornado("tornado", title, f"{about}.", bars, likely),
            "Each bar is one assumption from its low to its high end, the others at their likely value, which the line "
            "across each bar is. A dashed line is where a pound brings a pound.",
        ),
        "columns": ["Area and outcome", "What one costs", "Assumed to be avoided", "Sources"],
        "rows": [
            [
                f"{_area(each, names)}: {_outcome(each.outcome)}",
                _within(pounds(each.pence), each.pence_low, each.pence_high),
                f"{100 * (each.avoided_central or 0):g} for each 100 {_PER.get(each.avoided_per or '', '')} "
                f"({100 * (each.avoided_low or 0):g} to {100 * (each.avoided_high or 0):g})",
                "; ".join(dict.fromkeys(text for text in (each.source, each.avoided_source) if text)),
            ]
            for each in worth.assumptions
        ],
    }


def _within(text: str, low: int | None, high: int | None) -> str:
    return (
        text
        if low is None and high is None
        else f"{text} ({pounds(low) if low else text} to {pounds(high) if high else text})"
    )


def _bar_words(bar: Bar, names: Mapping[str, str]) -> str:
    if bar.outcome == SPENDING:
        return f"What was spent, of which some is held back: {pounds_between(bar.low, bar.high)}"
    area, _, outcome = bar.outcome.partition(" ")
    what = f"{names.get(area, area)}, {_outcome(outcome)}"
    if bar.assumption == "pence":
        return f"{what}: one costs {pounds_between(bar.low, bar.high)}"
    return f"{what}: {100 * bar.low:g} to {100 * bar.high:g} of 100 avoided"
