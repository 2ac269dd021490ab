"""A front door's practitioner hands their families over: from now on another one is written to."""

from uuid import UUID

from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.stamp import Stamp
from services.referral.domain.case.states import Trigger
from shared.contracts.screening import PractitionerRef


def hand_over(case: Case, former: UUID, to: PractitionerRef, stamp: Stamp) -> Progress | None:
    """Puts `to` wherever the case has `former`, as referrer or as a parent's wrap-around practitioner.

    None where it has them nowhere. Nothing else of the case changes, and nobody outside is notified.
    """
    family = case.family
    if family is None:
        return None
    referrer = to if family.practitioner.practitioner_id == former else family.practitioner
    parents = tuple(
        each.model_copy(update={"wrap_around": to})
        if each.wrap_around and each.wrap_around.practitioner_id == former
        else each
        for each in family.parents
    )
    if referrer == family.practitioner and parents == family.parents:
        return None
    progress = Progress(case, stamp)
    progress.move(Trigger.HANDED_OVER, detail=str(to.practitioner_id))
    progress.change(family=family.model_copy(update={"practitioner": referrer, "parents": parents}))
    return progress
