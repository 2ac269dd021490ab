"""The subscribers to what concerns practitioners: their training, and who has their cases."""

from collections.abc import Sequence
from typing import Any

from services.notification.domain.email import email_id
from services.notification.domain.handovers import Handover
from services.notification.domain.progress import progress_of_training
from services.notification.handlers.digests import Wishes
from services.notification.handlers.front_doors import progress_topic
from services.notification.handlers.offers import Offers
from services.notification.repository import cases as case_rows
from services.notification.repository import emails, handovers
from services.notification.repository.emails import QueuedEmail
from shared.contracts.workforce import (
    CertificateIssued,
    CertificateLapses,
    PractitionerHandedOver,
    PractitionerUntrained,
    TrainingCalledOff,
    TrainingComesUp,
    TrainingFollowUpOpened,
    TrainingMoved,
    TrainingPlaceConfirmed,
)
from shared.messaging.core.records import Finding, Received
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers.clock import Clock
from shared.privacy.keyring import Keyring

Notice = TrainingPlaceConfirmed | TrainingComesUp | TrainingCalledOff | TrainingMoved | CertificateIssued
Reminder = TrainingFollowUpOpened | CertificateLapses | Notice


class Practitioners:
    """A batch of one kind at a time."""

    def __init__(self, clock: Clock, offers: Offers, keyring: Keyring) -> None:
        self._clock = clock
        self._offers = offers
        self._keyring = keyring

    async def untrained(self, tx: Transaction, batch: Sequence[Received[PractitionerUntrained]]) -> None:
        """Publishes to the front door which training its practitioner is asked to book. Nothing waits for it."""
        # The cases are locked only so that records of one case leave in the order of the commits.
        await self._offers.lock(tx, (each.event.case_id for each in batch))
        for received in batch:
            event = received.event
            progress = progress_of_training(event, self._clock.now(event.occurred_at))
            tx.emit(progress, cause=received, topic=progress_topic(event.agency), key=event.family_ref)

    async def handed_over(self, tx: Transaction, batch: Sequence[Received[PractitionerHandedOver]]) -> None:
        """From now on mails go to whoever has a practitioner's cases, and to the practitioner no more."""
        usable = []
        for received in batch:
            event = received.event
            if event.to.sealed.subject == event.to.practitioner_id:
                usable.append(
                    Handover(event.practitioner_id, event.to.practitioner_id, event.to.sealed, event.occurred_at)
                )
            else:
                tx.reject(received, Finding("to.sealed.subject", "must be the practitioner who has the cases now"))
        # Whoever queues a mail to a practitioner of a case shares the directory, so none is missed here.
        await case_rows.own_directory(tx.connection)
        await handovers.save(tx.connection, usable)

    async def training_reminders(self, tx: Transaction, batch: Sequence[Received[Reminder]]) -> None:
        """Queues an e-mail to each practitioner about their own training."""
        ids = {each.event.practitioner_id for each in batch}
        wishes = await Wishes.of_practitioners(tx, self._keyring, ids)
        mails = []
        for received in batch:
            event = received.event
            if event.sealed.subject != event.practitioner_id:
                # Somebody's address under another's id would write to the one about the other's training.
                tx.reject(received, Finding("sealed.subject", "must be the practitioner whose training it is"))
                continue
            # Whoever would travel to what is not held, or not then and there, is written to whatever they chose.
            at_once = isinstance(event, TrainingCalledOff | TrainingMoved)
            if not at_once and not wishes.training_at_once(event.practitioner_id):
                continue
            mail = email_id(received.id, f"practitioner/{event.practitioner_id}", event.training_id)
            fields = _about(event)
            mails.append(QueuedEmail(mail, practitioner=event.sealed, training_id=event.training_id, **fields))
        await emails.queue(tx.connection, mails)
        await wishes.save(tx)


def _about(event: Reminder) -> dict[str, Any]:
    """What a mail is about, as its fields."""
    match event:
        case TrainingFollowUpOpened():
            return {"about": "training-follow-up", "on_day": event.closes_on}
        case CertificateLapses():
            return {"about": "training-renewal", "on_day": event.valid_until}
        case TrainingPlaceConfirmed():
            return {"about": "training-place", **_of_a_place(event)}
        case TrainingComesUp():
            return {"about": "training-comes-up", **_of_a_place(event)}
        case TrainingCalledOff():
            return {"about": "training-called-off", "on_day": event.day, "page": event.page, "venue": event.venue}
        case TrainingMoved():
            return {"about": "training-moved", **_of_a_place(event)}
        case CertificateIssued():
            return {"about": "training-certificate", "on_day": event.day, "page": event.page}


def _of_a_place(event: TrainingPlaceConfirmed | TrainingComesUp | TrainingMoved) -> dict[str, Any]:
    return {"on_day": event.day, "page": event.page, "delivery": event.delivery, "venue": event.venue}
