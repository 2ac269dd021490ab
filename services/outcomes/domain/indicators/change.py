"""Measures: the baseline against closure and follow-up, who reliably changed, and who is missing beside it."""

from collections.abc import Callable
from datetime import date
from functools import cache, reduce
from operator import or_
from typing import Any

import ibis

from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.indicators.star import (
    CASE,
    PEOPLE,
    REGION,
    father,
    of_case,
    share_rows,
    table,
    valued_rows,
    who,
)
from shared.contracts.instruments import instruments

_KEY = ("case_id", "person_id", "instrument", "version")
_ALWAYS = ("instrument", "version")
_MONTHS = {"follow-up-6-months": 6, "follow-up-12-months": 12}
_OCCASIONS = {"closure": "at closure", "follow-up-6-months": "after 6 months", "follow-up-12-months": "after 12 months"}


@cache
def _pairs(occasion: str, today: date) -> Any:
    """Who has a baseline and has come to the occasion, with their score on it where there is one."""
    measure = table("measure")
    base = measure.filter(measure.occasion == "baseline")
    base = base.select(
        *_KEY, before=base.score, cluster=base.case_id, who=who(base.is_parent), father=father(base.is_father)
    )
    later = measure.filter(measure.occasion == occasion)
    later = later.select(**{f"later_{name}": later[name] for name in _KEY}, after=later.score, verdict=later.verdict)
    both = base.left_join(later, [base[name] == later[f"later_{name}"] for name in _KEY])
    both = both.select(*(base[name] for name in base.columns), after=later.after, verdict=later.verdict)
    case = table("case")
    due = case.ended_on.notnull()
    if months := _MONTHS.get(occasion):
        due = (case.ended_on + ibis.interval(months=months) <= ibis.literal(today)).fill_null(False)
    case = case.select(of_case=case.case_id, due=due)
    joined = both.join(case, both.case_id == case.of_case)
    joined = joined.select(*(both[name] for name in both.columns), due=case.due)
    return of_case(joined.filter(joined.due | joined.after.notnull()))


def _has_cut_off(rows: Any) -> Any:
    """Whether a cut-off was published for a row's instrument, however its code is written, in this form."""
    code = rows.instrument.lower()
    for mark in ("-", " ", "_"):
        code = code.replace(mark, "")
    known = []
    for plain, entry in sorted(instruments().items()):
        if entry.cut_off is not None:
            known.append(code == plain)
        known += [
            (code == plain) & (rows.version == name) for name, form in sorted(entry.forms.items()) if form.cut_off
        ]
    return reduce(or_, known)


def _change(occasion: str) -> Callable[[date], Any]:
    def rows(today: date) -> Any:
        found = _pairs(occasion, today)
        return valued_rows(found, found.after - found.before)

    return rows


def _verdict(occasion: str, verdicts: tuple[str, ...], *, cut_off: bool) -> Callable[[date], Any]:
    def rows(today: date) -> Any:
        found = _pairs(occasion, today)
        if cut_off:
            found = found.filter(_has_cut_off(found))
        return share_rows(found, found.verdict.isin(verdicts), found.verdict.notnull())

    return rows


_LATER = (
    "Without the later score: in scope, and not counted; how many of those with a baseline are counted "
    "is the attrition "
    "beside the effect. Who has no baseline on the same version is in no change"
)
_SOURCE = (
    "Scores, by the events of screening and referral; reliable change and cut-offs as published, "
    "by the catalogue of instruments"
)
_VERDICTS = (
    (
        "reliably-better", "changed for the better by more than the instrument's own error",
        ("recovered", "improved"), False,
    ),
    ("recovered", "reliably improved and crossed the instrument's cut-off", ("recovered",), True),
    ("reliably-worse", "changed for the worse by more than the instrument's own error", ("deteriorated",), False),
)  # fmt: skip


def _scope(occasion: str) -> str:
    if months := _MONTHS.get(occasion):
        return f"People with a baseline whose case ended {months} months ago or longer, or who have the later score"
    return "People with a baseline whose case has ended, or who have a score at closure"


def _indicators(occasion: str, words: str) -> tuple[Indicator, ...]:
    name = words.replace(" ", "-")
    dimensions = (REGION, *CASE, *PEOPLE, *_ALWAYS)
    return (
        Indicator(
            name=f"change-{name}",
            question=f"How do scores change from the baseline to {words.removeprefix('at ')}?",
            definition=f"Mean change within a person from the baseline to {words}, on the same version of "
            f"an instrument",
            denominator=f"{_scope(occasion)}; of these, those who have both",
            numerator="The later score less the baseline. Whether higher is better depends on the instrument",
            exclusions=_LATER,
            source=_SOURCE,
            kind=Kind.CHANGE,
            unit="people",
            rows=_change(occasion),
            dimensions=dimensions,
            always=_ALWAYS,
        ),
        *(
            Indicator(
                name=f"{verdict}-{name}",
                question=f"How many {meaning} {words}?",
                definition=f"Share of the people with both scores who {meaning} {words} (Jacobson and Truax)",
                denominator=f"{_scope(occasion)}; of these, those who have both",
                numerator=f"Those who {meaning}",
                exclusions=f"{_LATER}. Instruments of which no reliable change"
                f"{' and no cut-off' if cut_off else ''} was published",
                source=_SOURCE,
                kind=Kind.SHARE,
                unit="people",
                rows=_verdict(occasion, verdicts, cut_off=cut_off),
                dimensions=dimensions,
                always=_ALWAYS,
            )
            for verdict, meaning, verdicts, cut_off in _VERDICTS
        ),
    )


CHANGE = tuple(each for occasion, words in _OCCASIONS.items() for each in _indicators(occasion, words))
