"""A coordinator has looked at the people of a screening, as referral publishes it."""

from collections.abc import Collection, Sequence
from typing import cast
from uuid import UUID

from services.screening.handlers.publishing import Origin, change_case, publish_change
from services.screening.repository import case_screenings, families, people, submissions
from shared.contracts.referral import FamilyChanged, PeopleConfirmed, ReferralAgreed
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context

Review = ReferralAgreed | FamilyChanged | PeopleConfirmed


class ReviewHandlers:
    """Records whose people are the family's, and whose are not."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock

    async def reviews(self, tx: Transaction, batch: Sequence[Received[Review]]) -> None:
        """The screening's people are no strangers any more, or it counts for nothing.

        What is current of the case by that is published again.
        """
        reviews = [each for each in batch if each.event.submission_id]
        await families.lock_families_of(tx.connection, {each.event.case_id for each in reviews})
        named = await case_screenings.people_named(tx.connection, [_reviewed(each.event) for each in reviews])
        for each in reviews:
            await self._review(tx, each, named.get(_reviewed(each.event), ()))

    async def _review(self, tx: Transaction, received: Received[Review], of_screening: Collection[UUID]) -> None:
        event = received.event
        case_id, submission_id = _reviewed(event)
        theirs = not isinstance(event, PeopleConfirmed) or event.theirs
        change = await change_case(tx, case_id, lambda case: case.record_review(submission_id, theirs=theirs))
        await submissions.record_review(tx.connection, case_id, submission_id, theirs=theirs)
        if theirs and change.case.current == submission_id:
            await people.set_participants(tx.connection, case_id, of_screening)
        elif theirs:
            await people.record_review(tx.connection, of_screening)
        await publish_change(tx, change, Origin(event.agency, self._clock.now(event.occurred_at), received))


def _reviewed(event: Review) -> tuple[UUID, UUID]:
    """The case, and the submission whose people were looked at: those without one are left out before."""
    return event.case_id, cast("UUID", event.submission_id)
