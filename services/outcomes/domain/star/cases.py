"""One row for each case: the screening in force, what came of it, and how it ended."""

import ibis
import ibis.expr.types as ir

from services.outcomes.domain.star.people import completed
from services.outcomes.domain.star.referrals import first_referrals
from services.outcomes.domain.star.reported import Tables
from services.outcomes.domain.star.rows import beside, last_of, newest, whole

HALTED = "halted-for-safety"
_ENDS = ("closed", "halted", "reopened")


def cases(
    reported: Tables, current: ir.Table, screened: ir.Table, screened_children: ir.Table, referrals: ir.Table
) -> ir.Table:
    """A case counts by the screening that is in force, and is of the service of its first referral."""
    first = first_referrals(referrals).select(
        "case_id", "service", "provider", first_agreed_on="agreed_on", first_submitted_on="submitted_on"
    )
    known = current
    for more in (
        screened.group_by("case_id").agg(parents=screened.count(), fathers=(screened["role"] == "father").sum()),
        screened_children.group_by("case_id").agg(children=screened_children.count()),
        referrals.group_by("case_id").agg(referrals=referrals.count(), started_on=referrals["started_on"].min()),
        first,
        completed(reported["case_step"]),
        endings(reported["case_step"]),
        came_again(reported["referred_again"]),
    ):
        known = beside(known, more, ("case_id",))
    counts = ("parents", "fathers", "children", "referrals")
    return known.mutate(screened_on=known["submitted_on"], **{name: whole(known[name]) for name in counts})


def endings(step: ir.Table) -> ir.Table:
    """How a case ended last. A halt ends it too, and outranks a closure of the same place among the case's events.

    A case that was opened again has not ended.
    """
    ends = step.filter(step["step"].isin(_ENDS))
    last = newest(ends, ("case_id",), "sequence", "step")
    last = last.filter(last["step"] != "reopened")
    return last.select(
        "case_id",
        ended_on="occurred_on",
        ending=ibis.cases((last["step"] == "halted", HALTED), else_=last["outcome"]),
    )


def came_again(referred_again: ir.Table) -> ir.Table:
    """That a family came again, and after which case: by the first report of it. It is a fact of the new case."""
    first = last_of(referred_again, ("case_id",), [ibis.asc("sequence")])
    return first.select(
        "case_id",
        "previous_case_id",
        again_within_months="months",
        again_for_same_reason="same_reason",
        again_on="occurred_on",
    )
