"""The subscribers to what screening publishes: decisions, parents' details, what was taken back, what was refused."""

from collections.abc import Sequence

from services.notification.domain.case import learn_screening, learn_taken_back
from services.notification.domain.email import email_id
from services.notification.domain.handovers import written_to
from services.notification.domain.progress import progress_of_screening, progress_of_taking_back, set_aside
from services.notification.domain.tracker import Sender
from services.notification.handlers.front_doors import FrontDoor, progress_topic, publish_progress, self_referrals
from services.notification.handlers.offers import Offers
from services.notification.handlers.provider_updates import ProviderUpdates
from services.notification.repository import cases as case_rows
from services.notification.repository import directory, emails, handovers
from services.notification.repository.cases import SealedDetails
from services.notification.repository.emails import QueuedEmail
from shared.contracts.screening import ParentDetailsSealed, ScreeningCompleted, ScreeningTakenBack, SubmissionRefused
from shared.messaging.core.records import Finding, Received
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers.clock import Clock


class Screenings:
    """A batch of one kind at a time."""

    def __init__(self, clock: Clock, offers: Offers, updates: ProviderUpdates) -> None:
        self._clock = clock
        self._offers = offers
        self._updates = updates

    async def completed(self, tx: Transaction, batch: Sequence[Received[ScreeningCompleted]]) -> None:
        """Publishes each decision and what to do next to the front door; a sign of abuse stops the case at once.

        Stopping does not wait for the referral service to halt the case: the two topics may be minutes apart.
        """
        locked = await self._offers.lock(tx, (each.event.case_id for each in batch))
        areas = await directory.areas(tx.connection, {each.event.area for each in batch})
        handed_over = await handovers.of(tx.connection, {each.event.practitioner.practitioner_id for each in batch})
        mails = []
        for received in batch:
            event = received.event
            case = locked.now[event.case_id]
            learn_screening(case, event)
            now = self._clock.now(event.occurred_at)
            records = case.progress.screened(event, progress_of_screening(event, areas.get(event.area), now))
            if case.progress.submitted_at == event.submitted_at:
                case.sender = Sender(event.practitioner.practitioner_id, event.submitted_at)
            publish_progress(tx, case, records, received, FrontDoor(event.agency))
            if all(record.said_again for record in records):
                continue
            sealed = written_to(event.practitioner, event.submitted_at, handed_over)
            mail = email_id(received.id, f"practitioner/{event.practitioner.practitioner_id}", event.case_id)
            mails.append(QueuedEmail(mail, "answer", event.case_id, practitioner=sealed))
        await emails.queue(tx.connection, mails)
        await self._offers.publish_and_save(tx, locked, {each.event.case_id: each for each in batch})

    async def taken_back(self, tx: Transaction, batch: Sequence[Received[ScreeningTakenBack]]) -> None:
        """Removes the details that came with a screening that its front door took back, and publishes what counts now.

        A provider that has them gets those that count again, if there are any. A sign of abuse stays.
        """
        locked = await self._offers.lock(tx, (each.event.case_id for each in batch))
        of = [(each.event.case_id, each.event.agency) for each in batch]
        own = await self_referrals(tx.connection, locked, of)
        for received in batch:
            event = received.event
            case = locked.now[event.case_id]
            learn_taken_back(case, event)
            record = progress_of_taking_back(event, self._clock.now(event.occurred_at))
            to = FrontDoor(event.agency, own.get(event.agency))
            publish_progress(tx, case, case.progress.taken_back(event, record), received, to)
        await case_rows.remove_details_of(
            tx.connection, [(each.event.case_id, each.event.submission_id) for each in batch]
        )
        causes = {each.event.case_id: each for each in batch}
        await self._offers.publish_and_save(tx, locked, causes)
        await self._updates.correct(tx, locked, causes)

    async def refused(self, tx: Transaction, batch: Sequence[Received[SubmissionRefused]]) -> None:
        """Reports a record that was set aside to its own front door and nobody else: which field, which rule."""
        for received in batch:
            event = received.event
            report = set_aside(event, self._clock.now(event.occurred_at))
            tx.emit(report, cause=received, topic=progress_topic(event.agency))

    async def parent_details(self, tx: Transaction, batch: Sequence[Received[ParentDetailsSealed]]) -> None:
        """Saves each parent's details, and sends the referrals that waited for them."""
        usable = []
        for received in batch:
            if received.event.sealed.subject == received.event.person_id:
                usable.append(received)
            else:
                # One parent's box under the other parent's id would hand the one's address to the other's worker.
                tx.reject(received, Finding("sealed.subject", "must be the person whose details these are"))
        locked = await self._offers.lock(tx, (each.event.case_id for each in usable))
        await case_rows.save_details(
            tx.connection,
            [
                SealedDetails(
                    person_id=event.person_id,
                    submission_id=event.submission_id,
                    case_id=event.case_id,
                    sealed=event.sealed,
                    as_of=event.submitted_at or event.occurred_at,
                    revision=event.revision,
                    stands=event.stands,
                    look_first=event.look_first,
                    role=event.role.value,
                )
                for event in (each.event for each in usable)
                if not locked.now[event.case_id].abuse
                and event.submission_id not in locked.now[event.case_id].taken_back
            ],
        )
        causes = {each.event.case_id: each for each in usable}
        await self._offers.publish_and_save(tx, locked, causes)
        await self._updates.correct(tx, locked, causes)
