"""What support has cost the commissioner, as far as its price is known, and what would have to be avoided to be
worth it.

No price, no sum: an unknown is never nothing. No saving is claimed.
"""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import ibis

from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.indicators.star import CASE, NONE, REGION, of_case, table

_SOURCE = "Offers' newest prices from the directory; referrals, sessions and closures, by the events of referral"
_OF_CASE = tuple(name for name in CASE if name not in ("provider", "service"))


@cache
def _taken_up() -> Any:
    """The referrals of which anything was taken up, and how often the price of each has fallen due."""
    taken = table("referral")
    taken = taken.filter(taken.started_on.notnull() | taken.completed | (taken.sessions > 0))
    # How often the price is due; by the session where it is for anything else.
    number = ibis.cases(
        (taken.unit_cost_for == "completed-case", taken.completed.cast("int64")),
        (taken.unit_cost_for == "started-case", (taken.started_on.notnull() | taken.completed).cast("int64")),
        else_=taken.sessions,
    )
    return taken.mutate(due=number, cost=taken.unit_cost_pence * number)


@cache
def _parts() -> Any:
    """What each case has cost with one provider of one service, where anything was taken up."""
    taken = _taken_up()
    part = taken.group_by("case_id", "provider", "service").aggregate(
        completed=taken.completed.any(),
        priced=taken.unit_cost_pence.notnull().all(),
        spent=taken.cost.sum().cast("int64"),
    )
    parent = table("parent")
    started = parent.filter(parent.started_on.notnull())
    started = started.group_by(
        of_case=started.case_id,
        by=started.started_provider.fill_null(NONE),
        kind=started.started_service.fill_null(NONE),
    ).aggregate(parents=started.count())
    both = part.left_join(
        started, [part.case_id == started.of_case, part.provider == started.by, part.service == started.kind]
    )
    return both.select(*(part[name] for name in part.columns), parents=started.parents.fill_null(0).cast("int64"))


@cache
def _whole_cases() -> Any:
    part = _parts()
    return part.group_by("case_id").aggregate(
        completed=part.completed.any(),
        priced=part.priced.all(),
        spent=part.spent.sum().cast("int64"),
        parents=part.parents.sum().cast("int64"),
    )


def _per(what: str, *, by_provider: bool) -> Callable[[date], Any]:
    def rows(_: date) -> Any:
        found = _parts() if by_provider else _whole_cases()
        case = table("case").select(of_case=ibis._.case_id, children=ibis._.children)
        joined = found.join(case, found.case_id == case.of_case)
        found = joined.select(*(found[name] for name in found.columns), children=case.children)
        if what == "improved-child":
            found = _with_improved(found)
        found = of_case(found)
        per = found.improved if what == "improved-child" else {
            "parent": found.parents, "child": found.children, "completed-case": found.completed.cast("int64")
        }[what]  # fmt: skip
        return found.mutate(cluster=found.case_id, counted=found.priced, value=found.spent, per=per)

    return rows


def _with_improved(cases: Any) -> Any:
    """Cases with how many of their children are better at closure by some instrument, and worse by none."""
    score = table("measure")
    score = score.filter((score.occasion == "closure") & ~score.is_parent & score.verdict.notnull())
    child = score.group_by("case_id", "person_id").aggregate(
        better=score.verdict.isin(("recovered", "improved")).any(), worse=(score.verdict == "deteriorated").any()
    )
    child = child.filter(child.better & ~child.worse)
    each = child.group_by(of_case=child.case_id).aggregate(improved=child.count())
    both = cases.left_join(each, cases.case_id == each.of_case)
    return both.select(*(cases[name] for name in cases.columns), improved=both.improved.fill_null(0).cast("int64"))


def _payments(_: date) -> Any:
    """Each price that has fallen due for a case, of the cases that have no unknown price, and how often."""
    taken, whole = _taken_up(), _whole_cases()
    whole = whole.select(of_case=whole.case_id, priced=whole.priced)
    known = taken.join(whole, taken.case_id == whole.of_case)
    known = known.filter(known.unit_cost_pence.notnull() & (known.due > 0))
    known = known.mutate(price=known.unit_cost_for + " " + known.unit_cost_pence.cast("string"))
    each = known.group_by("case_id", "price").aggregate(priced=known.priced.all(), value=known.due.sum().cast("int64"))
    return of_case(each.mutate(cluster=each.case_id, counted=each.priced, per=ibis.literal(1, "int64")))


def _break_even(_: date) -> Any:
    spent = _per("parent", by_provider=False)(_)
    of_area = spent.group_by("area").aggregate(
        spent=ibis.ifelse(spent.counted, spent.spent, 0).sum().cast("int64"), known=spent.counted.any()
    )
    outcome = table("avoidable_cost")
    outcome = outcome.select(of=outcome.area, outcome=outcome.outcome, pence=outcome.pence)
    both = outcome.left_join(of_area, outcome.of == of_area.area)
    return both.select(
        outcome.outcome,
        area=outcome.of,
        cluster=outcome.of,
        counted=of_area.known.fill_null(False),
        value=of_area.spent,
        per=outcome.pence,
    )


_WORDS = {
    "parent": ("parent who started", "parents", "Parents who came to a session of it"),
    "child": ("child of the families", "children", "Children of the screenings of these cases"),
    "completed-case": (
        "completed case",
        "completed cases",
        "Cases that were closed as completed; what the others cost is on top of these",
    ),
    "improved-child": (
        "child who is reliably better at closure",
        "children who are better",
        "Children who changed for the better by more than an instrument's own error explains, and by none for the "
        "worse (Jacobson and Truax); what the others cost is on top of these",
    ),
}
_PAYMENTS_LEFT_OUT = "Cases with an offer that has no price: in scope, and not counted. What has not fallen due yet"

COST = (
    *(
        Indicator(
            name=f"cost-per-{what}{'-by-provider' if by_provider else ''}",
            question=f"What does support cost for each {words}{', provider by provider' if by_provider else ''}?",
            definition=f"Pence that the commissioner pays, over the number of each {words}",
            denominator=per,
            numerator="The newest price of the offer for each completed case, each started case or each "
            "session, whichever "
            "it is for, of the cases in which anything was taken up",
            exclusions="Cases with an offer that has no price: in scope, and not counted, neither what "
            "they cost nor whom "
            "they are for",
            source=_SOURCE,
            kind=Kind.RATIO,
            unit="cases with a provider" if by_provider else "cases",
            rows=_per(what, by_provider=by_provider),
            dimensions=(REGION, *(CASE if by_provider else _OF_CASE)),
            always=("provider", "service") if by_provider else (),
            per=counted,
        )
        for by_provider in (False, True)
        for what, (words, counted, per) in _WORDS.items()
        if not (by_provider and what == "improved-child")
    ),
    Indicator(
        name="families-paid-for",
        question="For how many families has each price fallen due?",
        definition="Number of cases for which a price has fallen due at least once, price by price",
        denominator="Cases in which anything was taken up, once for each price that has fallen due",
        numerator="The same",
        exclusions=_PAYMENTS_LEFT_OUT,
        source=_SOURCE,
        kind=Kind.COUNT,
        unit="families",
        rows=_payments,
        dimensions=(REGION, *_OF_CASE, "price"),
        always=("price",),
    ),
    Indicator(
        name="payments",
        question="How often has each price fallen due?",
        definition="How often a price has fallen due, over the number of families for whom it has: for each "
        "completed case, each started case or each session, whichever it is for",
        denominator="Cases for which that price has fallen due",
        numerator="Completed cases, started cases or sessions at that price",
        exclusions=_PAYMENTS_LEFT_OUT,
        source=_SOURCE,
        kind=Kind.RATIO,
        unit="families",
        rows=_payments,
        dimensions=(REGION, *_OF_CASE, "price"),
        always=("price",),
    ),
    Indicator(
        name="outcomes-to-break-even",
        question="How many costly outcomes would have to be avoided to pay for the support?",
        definition="The area's spending with a known price, over what it says that one such outcome "
        "costs. Whether any was "
        "avoided can't be known from one group of families: no saving is claimed",
        denominator="Pence of the outcome, by the area's own figure",
        numerator="Pence spent in the area, as in the cost for each parent",
        exclusions="Areas that gave no figure; of an area of which no price is known, nothing is counted",
        source=f"{_SOURCE}; costs of outcomes as each area states them in the directory",
        kind=Kind.RATIO,
        unit="figures",
        rows=_break_even,
        dimensions=(REGION, "area", "outcome"),
        always=("area", "outcome"),
    ),
)
