"""Which of a parent's details are the ones to share, and which are shared with nobody yet.

A correction is how a front door reports that a number has become unsafe, so what is in force is shared and nothing
older. What a person has to look at first is not shared until a referral that was agreed, or a family that changed,
names its screening or a later one: people may be strangers, or a way of contact may be the other parent's too. Where
one names another screening after this one was known, it was looked at and put aside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notification.domain.case import Case


@dataclass(frozen=True)
class ParentDetails:
    """One parent's details as of one screening, opened. `content` is None where the person's key was erased.

    `revision` and `stands` are the screening service's; 0 is from before it gave any.
    """

    person_id: UUID
    submission_id: UUID
    as_of: datetime
    content: Mapping[str, Any] | None
    revision: int = 0
    stands: bool = True
    look_first: bool = False


@dataclass(frozen=True)
class LookFirst:
    """What is in force is not to be shared before a person has looked."""


def details_to_share(
    case: Case, agreed_on: UUID | None, of_parent: Sequence[ParentDetails]
) -> ParentDetails | LookFirst | None:
    """The details in force, once those of the screening that was agreed on are there; None until then.

    Older ones alone will not do. Where the screening that was agreed on was taken back, it is not waited for.
    """
    arrived = {each.submission_id for each in of_parent}
    if agreed_on and agreed_on not in arrived and agreed_on not in case.taken_back:
        return None
    found = _in_force(case, of_parent)
    if found is not None and found.look_first and not _was_looked_at(case, found, of_parent):
        return LookFirst()
    return found


def _in_force(case: Case, of_parent: Sequence[ParentDetails]) -> ParentDetails | None:
    in_force_from: dict[UUID, int] = {}
    for instead in case.taken_back.values():
        if instead.stands:
            in_force_from[instead.stands] = max(in_force_from.get(instead.stands, 0), instead.revision)
    # Nothing from before a taking back is in force after it, but for what the taking back names.
    lowest = max((each.revision for each in case.taken_back.values()), default=0)

    def rank(each: ParentDetails) -> tuple[int, datetime, UUID]:
        own = each.revision if each.stands else 0
        return max(own, in_force_from.get(each.submission_id, 0)), each.as_of, each.submission_id

    looked_at, up_to = case.looked_at(), case.looked_up_to()
    candidates = [
        each
        for each in of_parent
        if not (each.look_first and each.revision <= up_to and each.submission_id not in looked_at)
        and each.submission_id not in case.taken_back
        and (each.stands or each.submission_id in in_force_from)
        and rank(each)[0] >= lowest
    ]
    return max(candidates, key=rank, default=None)


def _was_looked_at(case: Case, details: ParentDetails, of_parent: Sequence[ParentDetails]) -> bool:
    looked_at = case.looked_at()
    return any(
        each.submission_id == details.submission_id or each.revision > details.revision
        for each in of_parent
        if each.submission_id in looked_at
    )
