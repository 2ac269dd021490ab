"""A front door takes one of its own submissions back."""

from collections.abc import Sequence
from uuid import UUID

from services.screening.handlers.publishing import Origin
from services.screening.handlers.taking_back import TakeBack, take_back
from services.screening.repository import families, submissions
from shared.contracts.front_door_take_back import SubmissionTakenBack
from shared.messaging.core.records import Finding, Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context

UNKNOWN = Finding("takes_back", "must name a submission of this agency that was screened")
TWICE = Finding("takes_back", "names a submission that was taken back already")
ANOTHER = Finding("family_ref", "must be the one that the submission was filed under")


class TakeBackHandlers:
    """Takes submissions back that were filed in error."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock

    async def take_back_requests(self, tx: Transaction, batch: Sequence[Received[SubmissionTakenBack]]) -> None:
        """Each once, under its family's lock. What cannot be taken back is refused."""
        filed = await submissions.filed(tx.connection, {_id(each.event) for each in batch})
        await families.lock_families_of(tx.connection, {each.case_id for each in filed.values()})
        # As of the lock.
        filed = await submissions.filed(tx.connection, filed)
        taken_back = {key for key, each in filed.items() if each.is_taken_back}
        for each in batch:
            key = _id(each.event)
            if key not in filed:
                tx.reject(each, UNKNOWN)
            elif filed[key].family_ref != each.event.family_ref:
                tx.reject(each, ANOTHER)
            elif key in taken_back:
                tx.reject(each, TWICE)
            else:
                taken_back.add(key)
                origin = Origin(each.event.agency, self._clock.now(each.event.sent_at), each)
                await take_back(tx, TakeBack(each.event.takes_back, "filed-in-error", origin))


def _id(event: SubmissionTakenBack) -> tuple[str, UUID]:
    return event.agency, event.takes_back
