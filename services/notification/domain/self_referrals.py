"""What is published to a family that refers itself, where one of its parents is the reader.

An answer that differs by what the other parent has answered reveals it: that they do not agree, that they are in
crisis, that they have disclosed abuse. So no decision is published, no reason and no outcome. A screening has one
answer, whatever was decided; whatever ends or changes a case has the same text; and where that was the last record, it
is not published again, so that nobody can count. What is left is what both parents learn of anyway, such as the
provider that writes to each of them.
"""

from services.notification.domain.published_progress import PublishedProgress
from shared.contracts.notification import CaseProgressed, NextStep

NEUTRAL = NextStep(
    code="ask-the-areas-team",
    text=(
        "The area's team tells each parent, alone, how it goes on. This answer is the same whatever either parent has "
        "said. You can ask the team at any time."
    ),
)
# What both parents learn of, or what concerns the sender's record alone.
_PUBLISHED = frozenset(
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


def needs_neutral_records(progress: PublishedProgress, *, agency_takes_self_referrals: bool | None) -> bool:
    """Whether one of the family's parents may be the reader.

    As long as no screening of the case is known, it goes by the agency, and one that is not known may be any.
    """
    return agency_takes_self_referrals is not False if progress.from_self is None else progress.from_self


def neutral_records(
    progress: PublishedProgress, records: list[CaseProgressed], *, before_screening: bool = False
) -> list[CaseProgressed]:
    """These records as one of the parents may read them, without those that would only repeat the last.

    `before_screening`: they follow from a screening that is still on its way here, and its answer will have the same
    text. Published before it, they would reveal what that screening was about.
    """
    kept = []
    # A screening has one answer and nothing beside it: whether a case goes on would reveal what was decided.
    answers = [record for record in records if record.step == "screened" and not record.said_again]
    for record in answers or records:
        neutral = _neutral(record, certain=bool(progress.from_self))
        if neutral.step == "with-the-team" and (progress.said_neutrally or before_screening):
            continue
        progress.said_neutrally = neutral.step in ("with-the-team", "screened")
        kept.append(neutral)
    return kept


def _neutral(record: CaseProgressed, *, certain: bool) -> CaseProgressed:
    whose = {name: getattr(record, name) for name in ("case_id", "occurred_at", "family_ref", "area", "sequence")}
    again = record.said_again
    if record.step in ("training-asked", "taken-back"):
        return record
    if record.step == "screened" and not again:
        steps = (NEUTRAL,)
        return CaseProgressed(**whose, step="screened", submission_id=record.submission_id, next_steps=steps)
    if record.step in _PUBLISHED or (record.step == "closed" and record.outcome == "completed"):
        # What a practitioner is to do is nothing for a parent; where it is not certain who reads, it names nobody.
        return record.model_copy(update={"outcome": None, "next_steps": () if certain else record.next_steps})
    return CaseProgressed(**whose, step="with-the-team", said_again=again, next_steps=(NEUTRAL,))
