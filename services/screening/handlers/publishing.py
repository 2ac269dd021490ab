"""Publishes what was decided, and again where another screening becomes current or is in question."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.screening.domain.case_screenings import CaseScreenings
from services.screening.domain.events import PublishedScreening, details
from services.screening.repository import case_screenings, people
from shared.contracts.vocabulary import Attention, Decision
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction


@dataclass(frozen=True)
class Origin:
    """What a change of a case follows from: a record of this agency, and the time of the decision."""

    agency: str
    decided_at: datetime
    cause: Received[Any]


@dataclass(frozen=True)
class CaseChange:
    """What became of a case's screenings by a change that was saved."""

    case: CaseScreenings
    # Another screening is current, or none.
    changes_current: bool
    # The screening whose people a person had to look at before it.
    in_question_before: UUID | None


def publish(tx: Transaction, published: PublishedScreening, cause: Received[Any]) -> None:
    """Emits the screening, and before it each parent's details where they may leave."""
    event = published.event
    # Nobody's details leave where anything shows that it is not safe, whatever was answered in the conversations.
    if event.decision is Decision.REFER and not event.risk_item:
        for parent in details(published):
            tx.emit(parent, cause=cause)
    tx.emit(event, cause=cause)


async def change_case(tx: Transaction, case_id: UUID, change: Callable[[CaseScreenings], bool]) -> CaseChange:
    """Changes the screenings of a case that is stored, and saves which one is current by that.

    `change` returns whether another one is. The caller holds the family's lock.
    """
    case = (await case_screenings.screenings_of_cases(tx.connection, [case_id]))[case_id]
    before = case.in_question
    changes_current = change(case)
    await case_screenings.save_current(tx.connection, {case_id: case})
    return CaseChange(case, changes_current, before)


async def publish_change(tx: Transaction, change: CaseChange, origin: Origin) -> None:
    """Publishes the screening that is current by a change, and the one that is in question by it.

    Where nobody's people are to be looked at any more and nothing else is published, the one that was in question is:
    every event names the screening that is.
    """
    case, before = change.case, change.in_question_before
    if change.changes_current:
        await publish_current(tx, case, origin)
    if case.in_question not in (None, before):
        await publish_question(tx, case, origin, case.in_question)
    elif case.in_question is None and not change.changes_current and case.is_in_question(before):
        await publish_question(tx, case, origin, before)


async def publish_current(tx: Transaction, case: CaseScreenings, origin: Origin) -> None:
    """Publishes the screening that is current from now on, and stores what it gives of people.

    Nothing happens for one from before published screenings were stored, and where none is current. The caller holds
    the family's lock.
    """
    known = await _published(tx, case.current, origin)
    if known is None:
        return
    is_in_question = case.current == case.in_question
    answered = () if is_in_question else (Attention.PEOPLE_DIFFER,)
    attention = tuple(each for each in known.event.attention if each not in answered)
    event = known.event.model_copy(update={"stands": True, "attention": attention, **_as_of(case, origin)})
    publish(tx, PublishedScreening(event, known.people), origin.cause)
    await people.save_people(tx.connection, known.people, {})
    if not is_in_question:
        await people.set_participants(tx.connection, event.case_id, known.people.keys())


async def publish_question(tx: Transaction, case: CaseScreenings, origin: Origin, submission_id: UUID | None) -> None:
    """Publishes a screening of before whose people a person has to look at from now on, or no longer has to."""
    known = await _published(tx, submission_id, origin)
    if known is not None:
        tx.emit(known.event.model_copy(update={"stands": False, **_as_of(case, origin)}), cause=origin.cause)


async def _published(tx: Transaction, submission_id: UUID | None, origin: Origin) -> PublishedScreening | None:
    if submission_id is None:
        return None
    return await case_screenings.published_of(tx.connection, origin.agency, submission_id)


def _as_of(case: CaseScreenings, origin: Origin) -> dict[str, Any]:
    return {"revision": case.revision, "in_question": case.in_question, "occurred_at": origin.decided_at}
