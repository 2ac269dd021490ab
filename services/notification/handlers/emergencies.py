"""Tells an area's lead at once that a case of theirs was opened in an emergency."""

from collections.abc import Sequence

from services.notification.domain.email import email_id
from services.notification.repository import directory, emails
from services.notification.repository.emails import QueuedEmail
from shared.contracts.case_record import CaseOpenedInEmergency
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction


async def opened(tx: Transaction, batch: Sequence[Received[CaseOpenedInEmergency]]) -> None:
    """Queues a mail for each use. An area that names no lead has nobody to tell: the use waits for its review."""
    leads = await directory.leads(tx.connection, {each.event.area for each in batch})
    mails = []
    for received in batch:
        event = received.event
        if event.area in leads:
            mail = email_id(received.id, f"area/{event.area}", event.case_id)
            mails.append(QueuedEmail(mail, "emergency", event.case_id, area=event.area))
    await emails.queue(tx.connection, mails)
