"""Notification's subscribers: lock the cases of a batch, learn what is new, tell whom it concerns."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import structlog

from services.notification.domain.case import learn_case_event, learn_screening
from services.notification.domain.email import About, email_id
from services.notification.domain.offers import Provider
from services.notification.domain.progress import progress_of_case, progress_of_screening, progress_of_training
from services.notification.handlers.after_the_offer import AfterTheOffer
from services.notification.handlers.encryption import ProviderKey, UnusableKeyError
from services.notification.handlers.offers import Offers
from services.notification.repository import cases as case_rows
from services.notification.repository import directory, emails
from services.notification.repository.cases import SealedDetails
from services.notification.repository.emails import QueuedEmail
from shared.contracts.directory import AreaRegistered, ProviderRegistered
from shared.contracts.referral import (
    CaseEvent,
    CaseHalted,
    CaseRefused,
    CaseReturned,
    ChildParticipationChanged,
    FollowUpDue,
    WrapAroundReminded,
)
from shared.contracts.screening import ParentDetailsSealed, ScreeningCompleted
from shared.contracts.workforce import CertificateLapses, PractitionerUntrained, TrainingFollowUpOpened
from shared.messaging.records import Finding, Received
from shared.messaging.transaction import Transaction
from shared.runtime.service import Context

Reminder = TrainingFollowUpOpened | CertificateLapses

log = structlog.get_logger()


class Handlers:
    """The notification service's handlers."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock
        self._offers = Offers(context.keyring, context.clock)
        self._after_the_offer = AfterTheOffer(self._offers)

    async def screenings(self, tx: Transaction, batch: Sequence[Received[ScreeningCompleted]]) -> None:
        """Tells the front door each decision and what to do next; a sign of abuse stops the case at once.

        Stopping does not wait for the referral service to halt the case: the two topics may be minutes apart.
        """
        locked = await self._offers.lock(tx, (each.event.case_id for each in batch))
        areas = await directory.areas(tx.connection, {each.event.area for each in batch})
        mails = []
        for received in batch:
            event = received.event
            learn_screening(locked.now[event.case_id], event)
            now = self._clock.now(event.occurred_at)
            progress = progress_of_screening(event, areas.get(event.area), now)
            tx.emit(progress, cause=received, topic=_progress_topic(event.agency), key=event.family_ref)
            sealed = event.practitioner.sealed
            mail = email_id(received.id, f"practitioner/{event.practitioner.practitioner_id}", event.case_id)
            mails.append(QueuedEmail(mail, "answer", event.case_id, practitioner=sealed))
        await emails.queue(tx.connection, mails)
        await self._offers.settle(tx, locked, {each.event.case_id: each for each in batch})

    async def parent_details(self, tx: Transaction, batch: Sequence[Received[ParentDetailsSealed]]) -> None:
        """Keeps each parent's details, and sends the referrals that waited for them."""
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
                )
                for event in (each.event for each in usable)
                if not locked.now[event.case_id].abuse
            ],
        )
        causes = {each.event.case_id: each for each in usable}
        await self._offers.settle(tx, locked, causes)
        await self._after_the_offer.correct(tx, locked, causes)

    async def case_events(self, tx: Transaction, batch: Sequence[Received[CaseEvent]]) -> None:
        """Tells the front door of its case's progress, and providers what follows for them."""
        locked = await self._offers.lock(tx, (each.event.case_id for each in batch))
        areas = await directory.areas(tx.connection, {each.event.area for each in batch})
        # Several topics come in one batch; within a case, the order of its own changes is the one to tell.
        in_order = sorted(batch, key=lambda each: each.event.sequence)
        mails = []
        for received in in_order:
            event = received.event
            learn_case_event(locked.now[event.case_id], event)
            if isinstance(event, WrapAroundReminded | FollowUpDue | ChildParticipationChanged):
                continue  # Nothing that a front door is told of.
            if isinstance(event, CaseHalted) and event.told_already:
                continue
            progress = progress_of_case(event, areas.get(event.area), self._clock.now(event.occurred_at))
            tx.emit(progress, cause=received, topic=_progress_topic(event.agency), key=event.family_ref)
            if isinstance(event, CaseReturned | CaseRefused) and event.practitioner:
                to = f"practitioner/{event.practitioner.practitioner_id}"
                mail = email_id(received.id, to, event.case_id)
                mails.append(QueuedEmail(mail, "answer", event.case_id, practitioner=event.practitioner.sealed))
        await emails.queue(tx.connection, mails)
        causes = {each.event.case_id: each for each in in_order}
        await self._offers.settle(tx, locked, causes)
        await self._after_the_offer.remind(tx, locked, in_order)
        await self._after_the_offer.ask_again(tx, locked, in_order, causes)

    async def untrained(self, tx: Transaction, batch: Sequence[Received[PractitionerUntrained]]) -> None:
        """Tells the front door which training its practitioner is asked to book. Nothing waits for it."""
        # The cases are locked only so that what a front door is told of one leaves in the order of the commits.
        await self._offers.lock(tx, (each.event.case_id for each in batch))
        for received in batch:
            event = received.event
            progress = progress_of_training(event, self._clock.now(event.occurred_at))
            tx.emit(progress, cause=received, topic=_progress_topic(event.agency), key=event.family_ref)

    async def training_reminders(self, tx: Transaction, batch: Sequence[Received[Reminder]]) -> None:
        """Queues an e-mail to each practitioner whose training is to be followed up, or whose certificate lapses."""
        mails = []
        for received in batch:
            event = received.event
            if event.sealed.subject != event.practitioner_id:
                # Somebody's address under another's id would write to the one about the other's training.
                tx.reject(received, Finding("sealed.subject", "must be the practitioner whose training it is"))
                continue
            mail = email_id(received.id, f"practitioner/{event.practitioner_id}", event.training_id)
            about, day = _training_mail(event)
            mails.append(QueuedEmail(mail, about, practitioner=event.sealed, on_day=day, training_id=event.training_id))
        await emails.queue(tx.connection, mails)

    async def directory(self, tx: Transaction, batch: Sequence[Received[AreaRegistered | ProviderRegistered]]) -> None:
        """Keeps signposts, addresses and keys, and sends the referrals that waited for a provider's key."""
        await case_rows.own_directory(tx.connection)
        areas: dict[str, tuple[AreaRegistered, int]] = {}
        providers: dict[str, tuple[Provider, int]] = {}
        for received in batch:
            entry, offset = received.event, received.record.offset
            if isinstance(entry, AreaRegistered):
                areas[entry.id] = (entry, offset)
            else:
                providers[entry.id] = (Provider(entry.id, entry.email, _usable_key(entry)), offset)
        await directory.save_areas(tx.connection, areas)
        await directory.save_providers(tx.connection, providers)
        waiting = await case_rows.cases_waiting_for(tx.connection, list(providers))
        if waiting:
            locked = await self._offers.lock(tx, waiting)
            await self._offers.settle(tx, locked, dict.fromkeys(waiting, batch[-1]))


def _training_mail(event: Reminder) -> tuple[About, date]:
    if isinstance(event, TrainingFollowUpOpened):
        return "training-follow-up", event.closes_on
    return "training-renewal", event.valid_until


def _progress_topic(agency: str) -> str:
    return f"front-door.{agency}.progress"


def _usable_key(entry: ProviderRegistered) -> dict[str, Any] | None:
    if entry.public_key is None:
        return None
    try:
        return ProviderKey(entry.public_key).jwk
    except UnusableKeyError as error:
        # The entry stands without its key: referrals wait visibly, and everything else of the provider works.
        log.warning("provider's key cannot be used", provider=entry.id, rule=str(error))
        return None
