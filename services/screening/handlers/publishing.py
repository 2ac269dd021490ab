"""Publishes what was decided, and once more where a screening comes to stand later."""

from datetime import datetime
from typing import Any

from services.screening.domain.case_screenings import Standing
from services.screening.domain.events import details
from services.screening.repository import case_screenings, people
from services.screening.repository.case_screenings import Published
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


async def stand_again(tx: Transaction, agency: str, case: Standing, now: datetime, cause: Received[Any]) -> None:
    """Publishes the screening that stands of a case from now on, and keeps what it says of people.

    Nothing happens for one that was decided before screenings were kept so, and where nothing stands. The caller holds
    the family's lock.
    """
    known = await case_screenings.published_of(tx.connection, agency, case.stands) if case.stands else None
    if known is None:
        return
    in_question = case.stands == case.asked
    over = () if in_question else (Attention.PEOPLE_DIFFER,)
    attention = tuple(each for each in known.event.attention if each not in over)
    event = known.event.model_copy(update={"stands": True, "attention": attention, **_now(case, now)})
    publish(tx, Published(event, known.people), cause)
    await people.save_people(tx.connection, known.people, {})
    if not in_question:
        await people.take_part(tx.connection, event.case_id, known.people.keys())


async def ask_again(tx: Transaction, agency: str, case: Standing, now: datetime, cause: Received[Any]) -> None:
    """Publishes a screening of before whose people a person has to look at from now on."""
    known = await case_screenings.published_of(tx.connection, agency, case.asked) if case.asked else None
    if known is not None:
        tx.emit(known.event.model_copy(update={"stands": False, **_now(case, now)}), cause=cause)


def _now(case: Standing, now: datetime) -> dict[str, Any]:
    return {"revision": case.revision, "in_question": case.asked, "occurred_at": now}
