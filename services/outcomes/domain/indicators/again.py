"""Families who come again within 6 and 12 months of the end, and for the same reason."""

from collections.abc import Callable
from datetime import date
from typing import Any

import ibis

from services.outcomes.domain.indicators.days import SAFETY
from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.indicators.star import CASE, REGION, cases, share_rows, table

COMPLETED, STOPPED_EARLIER = "completed", "stopped-earlier"
"""The two kinds of supported families that may be held against each other."""


def _again(months: int, *, same: bool) -> Callable[[date], Any]:
    def rows(today: date) -> Any:
        case, next_case = cases(), table("case")
        came = next_case.filter(next_case.previous_case_id.notnull())
        # A family that came more than once counts by the first time.
        first = ibis.row_number().over(
            group_by=came.previous_case_id, order_by=[came.again_within_months, came.again_on, came.case_id]
        )
        came = came.mutate(nth=first)
        came = came.filter(came.nth == 0)
        came = came.select(
            previous=came.previous_case_id, within=came.again_within_months, same=came.again_for_same_reason
        )
        ended = case.filter(case.started_on.notnull() & case.ended_on.notnull() & (case.ending != SAFETY))
        joined = ended.left_join(came, ended.case_id == came.previous)
        found = joined.select(
            *(ended[name] for name in (*CASE, "case_id", "ended_on")),
            completed=ibis.ifelse(ended.completed_on.notnull(), COMPLETED, STOPPED_EARLIER),
            cluster=ended.case_id,
            within=came.within,
            same=came.same,
        )
        met = found.within <= months
        if same:
            met = met & found.same.fill_null(False)
        # Whole months are added to the day: engines count months between two days differently.
        return share_rows(found, met, found.ended_on + ibis.interval(months=months) <= ibis.literal(today))

    return rows


AGAIN = tuple(
    Indicator(
        name=f"came-again-{months}-months{'-same-reason' if same else ''}",
        question=f"How many families come again within {months} months{' for the same reason' if same else ''}?",
        definition=f"Share of the supported families that are to be referred again within {months} months of the end"
        f"{', to the same kind of service' if same else ''}",
        denominator=f"Cases in which a parent came to a session and that ended {months} months ago or longer",
        numerator="Those of which a new case of the same family is known, by whatever front door"
        + (", by the first time that it came, if that was for the same service" if same else ""),
        exclusions="Cases that ended less long ago: in scope, and not counted, since they could still "
        "come. Cases that were "
        "halted for safety, and cases that were opened again and go on",
        source="Families recognised again, by the events of referral; today is the day of the newest fact",
        kind=Kind.SHARE,
        unit="cases",
        rows=_again(months, same=same),
        dimensions=(REGION, *CASE, "completed"),
    )
    for months in (6, 12)
    for same in (False, True)
)
