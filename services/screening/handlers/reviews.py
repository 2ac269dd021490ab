"""A coordinator has looked at the people of a screening, as referral publishes it."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import cast
from uuid import UUID

from services.screening.domain.case_screenings import CaseScreenings
from services.screening.handlers.publishing import Origin, change_cases, publish_change
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
        for part in _each_case_once(reviews):
            await self._review(tx, part, named)

    async def _review(
        self,
        tx: Transaction,
        reviews: Sequence[Received[Review]],
        named: Mapping[tuple[UUID, UUID], Collection[UUID]],
    ) -> None:
        """Reviews of different cases."""
        theirs = {_reviewed(each.event): _are_theirs(each.event) for each in reviews}
        changes = await change_cases(
            tx, {case_id: _recorder(submission_id, are) for (case_id, submission_id), are in theirs.items()}
        )
        await submissions.record_reviews(tx.connection, theirs)
        seen = [reviewed for reviewed, are in theirs.items() if are]
        current = {reviewed for reviewed in seen if changes[reviewed[0]].case.current == reviewed[1]}
        await people.set_participants(tx.connection, {each[0]: named.get(each, ()) for each in seen if each in current})
        await people.record_review(
            tx.connection, [person for each in seen if each not in current for person in named.get(each, ())]
        )
        for received in reviews:
            event = received.event
            origin = Origin(event.agency, self._clock.now(event.occurred_at), received)
            await publish_change(tx, changes[event.case_id], origin)


def _each_case_once(reviews: Sequence[Received[Review]]) -> Iterator[list[Received[Review]]]:
    """The reviews in parts that name no case twice: the next review of a case follows from what the last one left."""
    parts: list[list[Received[Review]]] = []
    of_case = Counter[UUID]()
    for each in reviews:
        number = of_case[each.event.case_id]
        if number == len(parts):
            parts.append([])
        parts[number].append(each)
        of_case[each.event.case_id] += 1
    yield from parts


def _are_theirs(event: Review) -> bool:
    return not isinstance(event, PeopleConfirmed) or event.theirs


def _recorder(submission_id: UUID, theirs: bool) -> Callable[[CaseScreenings], bool]:
    return lambda case: case.record_review(submission_id, theirs=theirs)


def _reviewed(event: Review) -> tuple[UUID, UUID]:
    """The case, and the submission whose people were looked at: those without one are left out before."""
    return event.case_id, cast("UUID", event.submission_id)
