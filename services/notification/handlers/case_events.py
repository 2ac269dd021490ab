"""The subscriber to changes of cases: lock the cases of a batch, learn what is new, publish to whom it concerns."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from services.notification.domain.case import is_for_one_parent, learn_case_event
from services.notification.domain.email import email_id
from services.notification.domain.handovers import written_to
from services.notification.domain.progress import progress_of_case
from services.notification.domain.published_progress import Notice
from services.notification.handlers.front_doors import FrontDoor, kept_back_by, publish_progress, self_referrals
from services.notification.handlers.offers import Offers
from services.notification.handlers.provider_updates import ProviderUpdates
from services.notification.repository import directory, emails, handovers
from services.notification.repository.emails import QueuedEmail
from shared.contracts.referral import (
    CaseHalted,
    CaseRefused,
    CaseReturned,
    ChildParticipationChanged,
    FamilyChanged,
    FollowUpDue,
    ReferralAgreed,
    SequencedEvent,
    WrapAroundReminded,
)
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers.clock import Clock

# These concern providers or practitioners alone.
_NOT_FOR_FRONT_DOORS = WrapAroundReminded | FollowUpDue | ChildParticipationChanged | FamilyChanged


class CaseEvents:
    """A batch of several topics at a time."""

    def __init__(self, clock: Clock, offers: Offers, updates: ProviderUpdates) -> None:
        self._clock = clock
        self._offers = offers
        self._updates = updates

    async def changed(self, tx: Transaction, batch: Sequence[Received[SequencedEvent]]) -> None:
        """Publishes a case's progress to its front door, and to providers what follows for them."""
        locked = await self._offers.lock(tx, (each.event.case_id for each in batch))
        areas = await directory.areas(tx.connection, {each.event.area for each in batch})
        # Several topics come in one batch; within a case they are handled in the order of its own changes.
        in_order = sorted(batch, key=lambda each: each.event.sequence)
        own = await self_referrals(tx.connection, locked, ((each.event.case_id, each.event.agency) for each in batch))
        handed_over = await handovers.of(tx.connection, _practitioners(each.event for each in batch))
        mails = []
        for received in in_order:
            event = received.event
            case = locked.now[event.case_id]
            learn_case_event(case, event)
            if isinstance(event, _NOT_FOR_FRONT_DOORS):
                continue
            if isinstance(event, CaseHalted) and event.told_already:
                # It was told that the family has an open case elsewhere, and is told no more.
                notice = Notice(
                    at=event.occurred_at, agency=event.agency, area=event.area, step=None, kept_back=kept_back_by(event)
                )
                case.progress.notices.append(notice)
                continue
            now = self._clock.now(event.occurred_at)
            record = progress_of_case(event, areas.get(event.area), now, one_parent=is_for_one_parent(case))
            before_screening = event.revision > max(case.progress.revision, 0)
            to = FrontDoor(event.agency, own.get(event.agency))
            records = case.progress.changed(event, record)
            publish_progress(tx, case, records, received, to, before_screening=before_screening)
            if isinstance(event, CaseReturned | CaseRefused) and event.practitioner:
                recipient = f"practitioner/{event.practitioner.practitioner_id}"
                mail = email_id(received.id, recipient, event.case_id)
                sealed = written_to(event.practitioner, case.progress.submitted_at, handed_over)
                mails.append(QueuedEmail(mail, "answer", event.case_id, practitioner=sealed))
        await emails.queue(tx.connection, mails)
        causes = {each.event.case_id: each for each in in_order}
        await self._offers.publish_and_save(tx, locked, causes)
        changed = {each.event.case_id for each in batch if isinstance(each.event, FamilyChanged)}
        corrected = {case_id: cause for case_id, cause in causes.items() if case_id in changed}
        await self._updates.correct(tx, locked, corrected)
        await self._updates.remind(tx, locked, in_order, handed_over)
        await self._updates.ask_again(tx, locked, in_order, causes)


def _practitioners(events: Iterable[SequencedEvent]) -> set[UUID]:
    found = {getattr(event, "practitioner", None) for event in events if not isinstance(event, ReferralAgreed)}
    return {each.practitioner_id for each in found if each is not None}
