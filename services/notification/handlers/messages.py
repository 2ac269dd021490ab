"""Messages about a case: a front door's tracker shows how many wait, and whoever they are for gets one mail until they
are read. The mail is the one that says that there is something: nobody can see from it that it is a message.
"""

from collections.abc import Sequence
from uuid import UUID

from services.notification.domain.case import Case
from services.notification.domain.email import email_id
from services.notification.domain.handovers import Handover, written_to
from services.notification.handlers.digests import Wishes
from services.notification.handlers.offers import Offers
from services.notification.repository import emails, handovers, unread_messages
from services.notification.repository.emails import QueuedEmail
from shared.contracts.messages import MessagesWaiting
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.privacy.keyring import Keyring


class Messages:
    """A batch at a time, with its cases locked: a stop and a mail follow one another."""

    def __init__(self, offers: Offers, keyring: Keyring) -> None:
        self._offers = offers
        self._keyring = keyring

    async def waiting(self, tx: Transaction, batch: Sequence[Received[MessagesWaiting]]) -> None:
        """Notes how many messages wait, and queues a mail about the first of them."""
        locked = await self._offers.lock(tx, (each.event.case_id for each in batch))
        referrers = {each.event.practitioner.practitioner_id for each in batch if each.event.practitioner}
        handed_over = await handovers.of(tx.connection, referrers)
        mails = []
        for received in batch:
            event = received.event
            case = locked.now[event.case_id]
            if event.agency:
                await unread_messages.save(tx.connection, event.case_id, event.sequence, event.waiting)
            if event.written and event.waiting == 1:
                mails += _mails(received, case, handed_over)
        # Whoever a mail is for now, after a handover too: its box is sealed under their own key.
        subjects = {each.practitioner.subject for each in mails if each.practitioner}
        wishes = await Wishes.of_practitioners(tx, self._keyring, subjects)
        await emails.queue(
            tx.connection,
            [each for each in mails if each.practitioner is None or wishes.message_at_once(each.practitioner.subject)],
        )
        await wishes.save(tx)


def _mails(received: Received[MessagesWaiting], case: Case, handed_over: dict[UUID, Handover]) -> list[QueuedEmail]:
    event = received.event
    if event.provider:
        # One that has no offer yet, or was stopped, is called to nothing.
        if event.referral_id is None or not _has_family(case, event.referral_id):
            return []
        mail = email_id(received.id, f"provider/{event.provider}", event.case_id)
        return [QueuedEmail(mail, "referral", event.case_id, provider=event.provider)]
    if event.practitioner is None:
        return []
    mail = email_id(received.id, f"practitioner/{event.practitioner.practitioner_id}", event.case_id)
    sealed = written_to(event.practitioner, case.progress.submitted_at, handed_over)
    return [QueuedEmail(mail, "answer", event.case_id, practitioner=sealed)]


def _has_family(case: Case, referral_id: UUID) -> bool:
    referral = case.referrals.get(referral_id)
    return referral is not None and not case.abuse and referral.offers > referral.stops
