"""Writes to whoever is to see to a parent's request for help: the front door's team, else who answers for the area."""

from collections.abc import Sequence

from services.notification.domain.email import REQUESTS, email_id, help_requested
from services.notification.repository import directory, emails
from services.notification.repository.emails import QueuedEmail
from shared.contracts.screening import HelpRequested
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction


async def requested(tx: Transaction, batch: Sequence[Received[HelpRequested]]) -> None:
    """Queues one mail for each request, and for each time that one is handed on.

    Where neither the front door nor the area names an address there is nobody to write to: it waits in the list.
    """
    teams = await directory.teams(tx.connection, {each.event.agency for each in batch if each.event.agency})
    leads = await directory.leads(tx.connection, {each.event.area for each in batch})
    mails = []
    for received in batch:
        event, about = received.event, help_requested(danger=received.event.danger)
        if event.agency in teams:
            mail = email_id(received.id, f"agency/{event.agency}", event.request_id)
            mails.append(QueuedEmail(mail, about, agency=event.agency, page=REQUESTS))
        elif event.area in leads:
            mail = email_id(received.id, f"area/{event.area}", event.request_id)
            mails.append(QueuedEmail(mail, about, area=event.area, page=REQUESTS))
    await emails.queue(tx.connection, mails)
