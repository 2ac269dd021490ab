"""Which screening of a case is in force, and who is in it."""

import ibis
import ibis.expr.types as ir

from services.outcomes.domain.star.reported import Tables
from services.outcomes.domain.star.rows import beside, flag, last_of

_SCREENING = ("case_id", "submission_id")


def not_taken_back(table: ir.Table, reported: Tables) -> ir.Table:
    """What screenings reported that were not taken back: one that was filed in error is as if it had never been."""
    return table.anti_join(reported["screening_taken_back"], list(_SCREENING))


def in_force(reported: Tables) -> ir.Table:
    """The one screening that a case counts by.

    It is the one that its own service gave the highest revision, be it with the screening or when another was taken
    back. Those of before have no revision: of these it is the newest that no correction superseded, whatever its date.
    """
    kept = not_taken_back(reported["screening"], reported)
    back = reported["screening_taken_back"]
    instead = (
        back.filter(back["stands"].notnull())
        .group_by("case_id", "stands")
        .agg(from_revision=back["revision"].max())
        .rename(submission_id="stands")
    )
    superseded = (
        kept.filter(kept["supersedes"].notnull() & (kept["supersedes"] != kept["submission_id"]))
        .select("case_id", submission_id="supersedes", superseded=ibis.literal(True))
        .distinct()
    )
    known = beside(beside(kept, instead, _SCREENING), superseded, _SCREENING)
    known = known.mutate(
        rank=ibis.greatest(
            ibis.cases((known["stands"], known["revision"]), else_=-1), ibis.coalesce(known["from_revision"], -1)
        ),
        superseded=flag(known["superseded"]),
    )
    order = [
        ibis.desc("rank"),
        ibis.asc("superseded"),
        *map(ibis.desc, ("submitted_at", "decided_at", "submission_id")),
    ]
    return last_of(known, ["case_id"], order).select(reported["screening"].columns)


def screenings(reported: Tables, current: ir.Table) -> ir.Table:
    """Every screening that was not taken back: how decisions went, whether or not they still count."""
    counts = current.select(*_SCREENING, in_force=ibis.literal(True))
    known = beside(not_taken_back(reported["screening"], reported), counts, _SCREENING)
    return known.mutate(in_force=flag(known["in_force"]), screened_on=known["submitted_on"])


def reasons(reported: Tables, current: ir.Table) -> ir.Table:
    """The reasons of the decision that counts."""
    return reported["screening_reason"].semi_join(current, list(_SCREENING))


def screened_parents(reported: Tables, current: ir.Table) -> ir.Table:
    """The parents of the screening in force."""
    return reported["screened_parent"].semi_join(current, list(_SCREENING))


def screened_children(reported: Tables, current: ir.Table) -> ir.Table:
    """The children of the screening in force."""
    return reported["screened_child"].semi_join(current, list(_SCREENING))


def parents_of_cases(reported: Tables) -> ir.Table:
    """Everybody who is a parent of a case, once: whoever a screening named that was not taken back, or a referral.

    Somebody is a father where any of those says so.
    """
    screened = not_taken_back(reported["screened_parent"], reported)
    named = screened.select("case_id", "person_id", "role").union(
        reported["referred_parent"].select("case_id", "person_id", "role")
    )
    return named.group_by("case_id", "person_id").agg(is_father=(named["role"] == "father").any())
