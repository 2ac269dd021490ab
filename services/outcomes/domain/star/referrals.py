"""How far each referral came."""

import ibis
import ibis.expr.types as ir

from services.outcomes.domain.star.reported import Tables
from services.outcomes.domain.star.rows import beside, flag, newest, whole

_REFERRAL = ("case_id", "referral_id")


def referrals(reported: Tables, held: ir.Table, starts: ir.Table) -> ir.Table:
    """Each referral with the first day of every step, except that it closed on the last day on which it was closed.

    It starts when a parent whom it names first comes to a session of it. A price is the newest of its offer.
    """
    known = _numbered(reported["referral"])
    for more in (
        _people(reported["referred_parent"]),
        _screened_on(reported["referral"], reported["screening"]),
        _first_days(reported["case_step"]),
        _last_outcome(reported["case_step"], "declined", "declined_for"),
        _last_outcome(reported["case_step"], "assessed", "assessed_as"),
        held.group_by(*_REFERRAL).agg(sessions=held.count()),
        starts.group_by(*_REFERRAL).agg(started_on=starts["held_on"].min()),
    ):
        known = beside(known, more, _REFERRAL)
    known = beside(known, reported["offer_price"], ("offer",))
    return known.mutate(
        **{name: whole(known[name]) for name in ("parents", "fathers", "sessions")},
        completed=flag(known["completed"]),
        unit_cost_for=ibis.cases((known["unit_cost_pence"].notnull(), known["unit_cost_for"])),
    )


def first_referrals(known: ir.Table) -> ir.Table:
    """The first referral of each case: by it a case is of a service."""
    return known.filter(known["nth"] == 1)


def _numbered(referral: ir.Table) -> ir.Table:
    window = ibis.window(group_by="case_id", order_by=["sequence", "referral_id"])
    return referral.mutate(nth=(ibis.row_number().over(window) + 1).cast("int64"))


def _people(parent: ir.Table) -> ir.Table:
    return parent.group_by(*_REFERRAL).agg(parents=parent.count(), fathers=(parent["role"] == "father").sum())


def _screened_on(referral: ir.Table, screening: ir.Table) -> ir.Table:
    """Of each referral the day of the screening that it was agreed on, as it says; else the newest before it."""
    pairs = referral.select(*_REFERRAL, "agreed_at", agreed_on_submission="submission_id").join(
        screening.select("case_id", "submission_id", "submitted_at", "submitted_on"), "case_id"
    )
    days = pairs.group_by(*_REFERRAL).agg(
        named=pairs["submitted_on"].max(where=pairs["submission_id"] == pairs["agreed_on_submission"]),
        before=pairs["submitted_on"].max(where=pairs["submitted_at"] <= pairs["agreed_at"]),
    )
    return days.select(*_REFERRAL, submitted_on=ibis.coalesce(days["named"], days["before"]))


def _first_days(step: ir.Table) -> ir.Table:
    def is_step(name: str) -> ir.BooleanValue:
        return step["step"] == name

    day = step["occurred_on"]
    return step.group_by(*_REFERRAL).agg(
        accepted_on=day.min(where=is_step("accepted")),
        declined_on=day.min(where=is_step("declined")),
        assessed_on=day.min(where=is_step("assessed")),
        closed_on=day.max(where=is_step("closed")),
        completed=(is_step("closed") & (step["outcome"] == "completed")).any(),
    )


def _last_outcome(step: ir.Table, name: str, column: str) -> ir.Table:
    """The outcome of the last such step: a provider may decline, be asked again, and decline for another reason."""
    last = newest(step.filter((step["step"] == name) & step["referral_id"].notnull()), _REFERRAL, "sequence")
    return last.select(*_REFERRAL, **{column: "outcome"})
