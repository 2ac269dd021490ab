"""Publishes the progress of cases to their front doors, in the one order that each case has."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.notification.domain.case import Case
from services.notification.domain.published_progress import Notice
from services.notification.domain.self_referrals import needs_neutral_records, neutral_records
from services.notification.domain.tracker import SentRecord
from services.notification.handlers.offers import LockedCases
from services.notification.repository import directory
from shared.contracts.notification import CaseProgressed
from shared.contracts.referral import CaseHalted
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.postgres.connection import Connection


@dataclass(frozen=True)
class FrontDoor:
    """An agency that reads of its cases; whether it takes self-referrals is None where it is not known."""

    agency: str
    takes_self_referrals: bool | None = None


def progress_topic(agency: str) -> str:
    """Where a front door reads what becomes of what it sent."""
    return f"front-door.{agency}.progress"


async def self_referrals(
    connection: Connection, locked: LockedCases, of: Iterable[tuple[UUID, str]]
) -> dict[str, bool]:
    """Of the agencies of cases of which no screening is known yet: whether they take self-referrals.

    `of` are cases with their agencies. An agency that is not in the directory yet is not in the answer.
    """
    unknown = {agency for case_id, agency in of if locked.now[case_id].progress.from_self is None}
    return await directory.takes_self_referrals(connection, unknown) if unknown else {}


def publish_progress(
    tx: Transaction,
    case: Case,
    records: Sequence[CaseProgressed],
    cause: Received[Any],
    to: FrontDoor,
    *,
    before_screening: bool = False,
) -> None:
    """Sends records to a case's front door, each with the next sequence of the case. The case must be locked.

    `before_screening`: they follow from a screening that is still on its way here.
    """
    kept_back = kept_back_by(cause.event)
    from_self = needs_neutral_records(case.progress, agency_takes_self_referrals=to.takes_self_referrals)
    if from_self:
        kept_back = "self-referral"
        records = neutral_records(case.progress, list(records), before_screening=before_screening)
    # Records that are published again, and the one that a place on a list was left, do not follow from the cause.
    news = max((at for at, record in enumerate(records) if not record.said_again), default=-1)
    for at, record in enumerate(records):
        numbered = record.model_copy(update={"sequence": case.progress.next_sequence()})
        tx.emit(numbered, cause=cause if at == news else None, topic=progress_topic(to.agency), key=numbered.family_ref)
        why = kept_back if kept_back == "self-referral" or at == news else None
        notice = Notice(
            at=numbered.occurred_at, agency=to.agency, area=numbered.area, step=numbered.step, kept_back=why
        )
        case.progress.notices.append(notice)
        case.sent.append(SentRecord(to.agency, numbered, from_self))


def kept_back_by(event: object) -> str | None:
    """Why an event is not told to its front door as it happened; None where it is."""
    return "sign-elsewhere" if isinstance(event, CaseHalted) and event.known_elsewhere else None
