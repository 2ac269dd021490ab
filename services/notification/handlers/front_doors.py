"""Tells front doors of their cases, in the one order that each case has."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from services.notification.domain.case import Case
from services.notification.domain.self_referrals import is_told_neutrally, neutral_records
from services.notification.handlers.offers import LockedCases
from services.notification.repository import directory
from shared.contracts.notification import CaseProgressed
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.postgres.connection import Connection


def progress_topic(agency: str) -> str:
    """Where a front door reads what becomes of what it sent."""
    return f"front-door.{agency}.progress"


async def self_referrals(
    connection: Connection, locked: LockedCases, of: Iterable[tuple[UUID, str]]
) -> dict[str, bool]:
    """Of the agencies of cases of which no screening is known yet: whether they take self-referrals.

    `of` are cases with their agencies. An agency that is not in the directory yet is not in the answer.
    """
    unknown = {agency for case_id, agency in of if locked.now[case_id].told.from_self is None}
    return await directory.takes_self_referrals(connection, unknown) if unknown else {}


def tell(
    tx: Transaction,
    case: Case,
    agency: str,
    records: Sequence[CaseProgressed],
    cause: Received[Any],
    takes_self_referrals: bool | None,
    *,
    ahead: bool = False,
) -> None:
    """Sends records to a case's front door, each with the next place in its order. The case must be locked.

    `ahead`: what they tell of follows from a screening that is still on its way here.
    """
    if is_told_neutrally(case.told, agency_takes_self_referrals=takes_self_referrals):
        records = neutral_records(case.told, list(records), ahead=ahead)
    # What is said again, and what is said of the place on a list that is left, do not tell of the cause themselves.
    news = max((at for at, record in enumerate(records) if not record.said_again), default=-1)
    for at, record in enumerate(records):
        placed = record.model_copy(update={"sequence": case.told.number()})
        tx.emit(placed, cause=cause if at == news else None, topic=progress_topic(agency), key=placed.family_ref)
