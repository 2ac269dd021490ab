"""Scores on instruments, and what became of somebody by them."""

import ibis
import ibis.expr.types as ir

from services.outcomes.domain.star.reported import Tables
from services.outcomes.domain.star.rows import beside, flag, newest
from shared.contracts.instruments import Change

_SCORE = ("case_id", "person_id", "instrument", "version", "occasion")
_PERSON = ("case_id", "person_id", "instrument", "version")
BASELINE = "baseline"


def current_scores(reported: Tables) -> ir.Table:
    """A score by the last report of it. What came with a screening that was taken back is gone with it."""
    gone = reported["screening_taken_back"].select("case_id", "submission_id").rename({"told_by": "submission_id"})
    kept = reported["measure"].anti_join(gone, ["case_id", "told_by"])
    return newest(kept, _SCORE, "taken_at", "sequence", "told_by")


def measures(reported: Tables, scores: ir.Table, parents: ir.Table) -> ir.Table:
    """The scores, each beside the same person's baseline on the same version of the instrument.

    Scores on two versions are never compared. Whoever is no parent of the case is a child.
    """
    baseline = scores.filter(scores["occasion"] == BASELINE).select(*_PERSON, baseline="score")
    known = beside(beside(scores, baseline, _PERSON), parents, ("case_id", "person_id"))
    known = beside(known, reported["norm"], ("instrument", "version"))
    known = known.mutate(
        is_parent=known["is_father"].notnull(),
        is_father=flag(known["is_father"]),
        baseline=ibis.cases((known["occasion"] != BASELINE, known["baseline"])),
    )
    return known.mutate(verdict=_verdict(known))


def _verdict(known: ir.Table) -> ir.StringValue:
    """What Jacobson and Truax call the change, by what was published of the instrument.

    *Unchanged* is any change that the instrument's own error may explain, *recovered* one for the better that also
    crosses the cut-off, *improved* another one for the better. Where nothing was published nobody is called anything.
    """
    before, after, lower, cut_off = known["baseline"], known["score"], known["lower_is_better"], known["cut_off"]
    better = ibis.cases((lower, before - after), else_=after - before)
    crossed = ibis.cases(
        (lower, (before >= cut_off) & (after < cut_off)),
        else_=(before < cut_off) & (after >= cut_off),
    )
    return ibis.cases(
        (before.isnull() | known["points"].isnull(), ibis.null("string")),
        (better.abs() < known["points"], Change.UNCHANGED.value),
        (better < 0, Change.DETERIORATED.value),
        (flag(crossed), Change.RECOVERED.value),
        else_=Change.IMPROVED.value,
    )


def answered(scores: ir.Table, referred: ir.Table) -> ir.Table:
    """Of each referred parent the first day of a score six and twelve months later."""
    theirs = scores.semi_join(referred, ["case_id", "person_id"])
    day, occasion = theirs["taken_on"], theirs["occasion"]
    return theirs.group_by("case_id", "person_id").agg(
        answered_6_months_on=day.min(where=occasion == "follow-up-6-months"),
        answered_12_months_on=day.min(where=occasion == "follow-up-12-months"),
    )
