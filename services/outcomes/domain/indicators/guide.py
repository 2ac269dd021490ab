"""The guide to the indicators, made from the registry: nothing in it is written twice."""

from services.outcomes.domain.indicators.counting import __doc__ as _COLUMNS  # noqa: N812 - it is a text
from services.outcomes.domain.indicators.fence import __doc__ as _FENCE  # noqa: N812
from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.indicators.registry import CHAPTERS, INDICATORS
from services.outcomes.domain.indicators.star import CASE, REGION

_KINDS = {
    Kind.COUNT: "how many",
    Kind.PEOPLE: "how many, each person once",
    Kind.SHARE: "a share, with Wilson's interval for as many independent units as the sample is worth",
    Kind.MIX: "the share of each category",
    Kind.DAYS: "median and ninth decile of whole days, the median with the interval of its order statistics",
    Kind.MEAN: "a mean, with Student's interval over clusters",
    Kind.CHANGE: "a mean change within a person, with a bootstrap (BCa) of families, and below 100 of them with "
    "Student's interval",
    Kind.RATIO: "one sum over another",
}
_HEAD = """\
# The indicators

Everything that is measured, once: {number} indicators, each an expression over the star
([0094](decisions/0094-a-star-beside-the-database.md), [0096](decisions/0096-indicators-and-their-uncertainty.md))
that gives the same numbers
on DuckDB and on Spark. This page is made from `services/outcomes/domain/indicators` by `make contracts`. How good
the intervals are is measured in
[indicators-study.md](indicators-study.md).

## How to read them

- **In scope** is everybody whom the question concerns; **counted** are those of whom the answer is known. The
  difference is the attrition beside the
  effect: a change of those who answered says nothing of those who did not.
- **Today** is the day of the newest fact. What had to happen within six months is asked of who had six months.
- **By** says what an indicator can be cut by. *The case's* dimensions are {case}, by the
  screening that is in force and the first referral (an indicator about referrals has the referral's own provider
  and service); year, quarter and month are those of the screening. An area may be in several
  regions, so numbers by region need not add up. *Always by* are dimensions without which the numbers mean nothing.
- **Intervals** hold the truth 95 of 100 times. Parents of one family are alike: an interval that took them for
  strangers would be too narrow, so
  all of them are by families (trainings: by practitioners). Nothing is adjusted for who the families are: a
  difference between areas or
  providers is no effect of theirs.
- **Areas and providers side by side** belong on a funnel plot with exact binomial limits (95% and 99.8%,
  `control_limits`), not in a league table. Where areas
  differ by more than chance altogether (`dispersion`), the limits are too narrow for all of them, and families
  differ, not services alone.

{columns}
## What is kept out of them

{fence}
"""


def guide() -> str:
    """The text of docs/indicators.md."""
    head = _HEAD.format(
        number=len(INDICATORS),
        case=", ".join(f"`{each}`" for each in (REGION, *CASE)),
        columns="\n".join(["What each gives:", "", *_table(_COLUMNS)]),
        fence="\n".join(["Known to differ between the engines, and refused by a test:", "", *_table(_FENCE)]),
    )
    parts = [head]
    for title, indicators in CHAPTERS.items():
        parts.append(f"## {title}\n")
        parts += [_entry(each) for each in indicators]
    return "\n".join(parts)


def _table(text: str | None) -> list[str]:
    return [line for line in (text or "").splitlines() if line.startswith("|")] + [""]


def _entry(indicator: Indicator) -> str:
    own = [each for each in indicator.dimensions if each not in (REGION, *CASE) and each not in indicator.always]
    of_case = {REGION, *CASE} <= set(indicator.dimensions)
    by = ["the case's"] if of_case else [f"`{each}`" for each in indicator.dimensions if each in (REGION, *CASE)]
    by += [f"`{each}`" for each in own]
    rows = [
        ("what", f"{indicator.definition}."),
        ("denominator", f"{indicator.denominator}."),
        ("numerator", f"{indicator.numerator}."),
        ("left out", f"{indicator.exclusions}."),
        ("source", f"{indicator.source}."),
        ("gives", f"{_KINDS[indicator.kind]}; in {indicator.unit}"),
        ("by", ", ".join(by)),
        *([("always by", ", ".join(f"`{each}`" for each in indicator.always))] if indicator.always else []),
    ]
    lines = [f"### `{indicator.name}`", "", indicator.question, "", "| | |", "|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {text} |" for name, text in rows), ""])
