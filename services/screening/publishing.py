"""Publishes what was decided, and once more where a screening comes to stand later."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.screening.completed import details
from services.screening.repository import people, standing
from services.screening.repository.standing import Published
from shared.contracts.vocabulary import Attention, Decision
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction


def publish(tx: Transaction, published: Published, cause: Received[Any]) -> None:
    """Emits the screening, and before it each parent's details where they may leave."""
    event = published.event
    # Nobody's details leave where anything says that it is not safe, whatever the conversations say.
    if event.decision is Decision.REFER and not event.risk_item:
        for parent in details(event, published.people):
            tx.emit(parent, cause=cause)
    tx.emit(event, cause=cause)


async def stand_again(
    tx: Transaction, agency: str, submission_id: UUID, revision: int, now: datetime, cause: Received[Any]
) -> None:
    """Publishes a screening of before as what stands from now on, with this revision, and keeps what it says of people.

    Nothing happens for one that was decided before screenings were kept so. The caller holds the family's lock.
    """
    known = await standing.published_of(tx.connection, agency, submission_id)
    if known is None:
        return
    event = known.event.model_copy(update={"stands": True, "revision": revision, "occurred_at": now})
    publish(tx, Published(event, known.people), cause)
    await people.save_people(tx.connection, known.people, {})
    if Attention.PEOPLE_DIFFER not in event.attention:
        await people.take_part(tx.connection, event.case_id, known.people.keys())
