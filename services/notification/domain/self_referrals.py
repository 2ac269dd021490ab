"""What a family that refers itself is told: one of its parents reads it.

An answer that differs by what the other parent has said tells the reader of it: that they do not agree, that they are
in crisis, that they have spoken of abuse. So no decision is told, no reason and no outcome. A screening has one answer,
whatever was decided; whatever ends or changes a case is told in the same words; and where these were the last that were
said, they are not said again, so that nobody can count. What is left is what both parents hear of anyway, such as the
provider that writes to each of them.
"""

from services.notification.domain.published_progress import Told
from shared.contracts.notification import CaseProgressed, NextStep

NEUTRAL = NextStep(
    code="ask-the-areas-team",
    text=(
        "The area's team tells each parent, alone, how it goes on. This answer is the same whatever either parent has "
        "said. You can ask the team at any time."
    ),
)
# What both parents hear of, or what concerns the sender's record alone.
_TOLD = frozenset(
    {
        "agreed",
        "accepted",
        "declined",
        "assessed",
        "session",
        "reopened",
        "waiting",
        "held",
        "resumed",
        "training-asked",
        "taken-back",
    }
)


def is_told_neutrally(told: Told, *, agency_takes_self_referrals: bool | None) -> bool:
    """Whether one of the family's parents may be the reader.

    As long as no screening of the case is known, it goes by the agency, and one that is not known may be any.
    """
    return agency_takes_self_referrals is not False if told.from_self is None else told.from_self


def neutral_records(told: Told, records: list[CaseProgressed], *, ahead: bool = False) -> list[CaseProgressed]:
    """These records as one of the parents may read them; those that would say only what was said last are left out.

    `ahead`: they follow from a screening that is still on its way here, and its answer will say as much. Told before
    it, they would tell what that screening was about.
    """
    kept = []
    # A screening has one answer and nothing beside it: whether a case goes on would tell what was decided.
    answers = [record for record in records if record.step == "screened" and not record.said_again]
    for record in answers or records:
        said = _neutral(record, certain=bool(told.from_self))
        if said.step == "with-the-team" and (told.said_neutrally or ahead):
            continue
        told.said_neutrally = said.step in ("with-the-team", "screened")
        kept.append(said)
    return kept


def _neutral(record: CaseProgressed, *, certain: bool) -> CaseProgressed:
    whose = {name: getattr(record, name) for name in ("case_id", "occurred_at", "family_ref", "area", "sequence")}
    again = record.said_again
    if record.step in ("training-asked", "taken-back"):
        return record
    if record.step == "screened" and not again:
        steps = (NEUTRAL,)
        return CaseProgressed(**whose, step="screened", submission_id=record.submission_id, next_steps=steps)
    if record.step in _TOLD or (record.step == "closed" and record.outcome == "completed"):
        # What a practitioner is to do is nothing for a parent; where it is not certain who reads, it tells of nobody.
        return record.model_copy(update={"outcome": None, "next_steps": () if certain else record.next_steps})
    return CaseProgressed(**whose, step="with-the-team", said_again=again, next_steps=(NEUTRAL,))
