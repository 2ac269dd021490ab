"""The parents and children of each case, and how far each parent came."""

import ibis
import ibis.expr.types as ir

from services.outcomes.domain.star.measures import answered
from services.outcomes.domain.star.reported import Tables
from services.outcomes.domain.star.rows import beside, flag, last_of, newest

_PERSON = ("case_id", "person_id")
_STATED = ("agrees", "sex", "ethnicity", "first_language", "disability", "employment")


def parents(
    reported: Tables,
    screened: ir.Table,
    named: ir.Table,
    starts: ir.Table,
    scores: ir.Table,
) -> ir.Table:
    """A parent of the screening in force or of a referral, with what they stated and how far they came.

    Each counts once, however many providers were asked. *Started* is coming to a session of a referral that names
    them; *completed* is that, and the case closed as completed, whichever referral it was then with.
    """
    referred = _referred(reported)
    everybody = screened.select(*_PERSON).union(referred.select(*_PERSON), distinct=True)
    known = everybody
    for more in (
        named,
        screened.select(*_PERSON, *_STATED, screened=ibis.literal(True)),
        referred,
        _started(reported["referral"], starts),
        completed(reported["case_step"]),
        _asked(reported["case_step"]),
        answered(scores, referred),
        changes(reported["view_given"]),
    ):
        known = beside(known, more, _PERSON if "person_id" in more.columns else ("case_id",))
    return known.mutate(
        is_father=flag(known["is_father"]),
        screened=flag(known["screened"]),
        referred=known["referred_on"].notnull(),
        completed_on=ibis.cases((known["started_on"].notnull(), known["completed_on"])),
    )


def children(screened: ir.Table, reported: Tables) -> ir.Table:
    """A child of the screening in force, with what they said has changed when they were asked last."""
    return beside(screened, changes(reported["view_given"]), _PERSON)


def changes(view_given: ir.Table) -> ir.Table:
    """What each person said has changed, by the last time that they were asked."""
    return newest(view_given, _PERSON, "sequence").select(*_PERSON, "change")


def completed(step: ir.Table) -> ir.Table:
    """The last day on which a case was closed as completed. Opened again, it stays so for whoever had completed."""
    closed = step.filter((step["step"] == "closed") & (step["outcome"] == "completed"))
    return closed.group_by("case_id").agg(completed_on=closed["occurred_on"].max())


def _referred(reported: Tables) -> ir.Table:
    """Who a referral names, and the day on which the first of those was agreed."""
    agreed = reported["referral"].select("case_id", "referral_id", "agreed_on")
    theirs = reported["referred_parent"].select(*_PERSON, "referral_id").join(agreed, ["case_id", "referral_id"])
    return theirs.group_by(*_PERSON).agg(referred_on=theirs["agreed_on"].min())


def _started(referral: ir.Table, starts: ir.Table) -> ir.Table:
    """The first session that each came to: by its day, then its number, then the referral's id."""
    first = last_of(starts, _PERSON, [ibis.asc(name) for name in ("held_on", "number", "referral_id")])
    where = referral.select("case_id", "referral_id", started_service="service", started_provider="provider")
    known = beside(first.select(*_PERSON, "referral_id", started_on="held_on"), where, ("case_id", "referral_id"))
    return known.select(*_PERSON, "started_on", "started_service", "started_provider")


def _asked(step: ir.Table) -> ir.Table:
    """When each was to be asked again, by the first time that their provider was asked to."""
    asked = step.filter((step["step"] == "asked") & step["person_id"].notnull())
    first = last_of(asked, (*_PERSON, "outcome"), [ibis.asc("sequence")])
    day, occasion = first["occurred_on"], first["outcome"]
    return first.group_by(*_PERSON).agg(
        asked_6_months_on=day.min(where=occasion == "follow-up-6-months"),
        asked_12_months_on=day.min(where=occasion == "follow-up-12-months"),
    )
