"""Takes a screening back: it counts no longer, and what stands of its case without it is published."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from services.screening.domain.case_screenings import Standing
from services.screening.handlers.publishing import ask_again, stand_again
from services.screening.repository import case_screenings, people, submissions
from shared.contracts.screening import ScreeningCompleted, ScreeningTakenBack, StopReported
from shared.contracts.vocabulary import Decision
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction


@dataclass(frozen=True)
class TakenBack:
    """Which submission of which agency counts no longer from when, and what says so."""

    agency: str
    submission_id: UUID
    because: Literal["filed-under-another-family", "filed-in-error"]
    at: datetime
    cause: Received[Any]


async def take_back(tx: Transaction, taken: TakenBack) -> None:
    """Takes one submission back that was decided and not yet taken back. The caller holds its family's lock."""
    filed = await submissions.take_back(tx.connection, taken.agency, taken.submission_id, taken.at)
    if filed is None:
        return
    case = (await case_screenings.standing_of_cases(tx.connection, [filed.case_id]))[filed.case_id]
    asked = case.asked
    changes = case.take_back(taken.submission_id)
    await case_screenings.save_standing(tx.connection, {filed.case_id: case})
    await people.forget_named_by(tx.connection, taken.agency, taken.submission_id)
    tx.emit(
        ScreeningTakenBack(
            case_id=filed.case_id,
            occurred_at=taken.at,
            agency=taken.agency,
            area=filed.area,
            family_ref=filed.family_ref,
            submission_id=taken.submission_id,
            because=taken.because,
            stands=case.stands,
            revision=case.revision,
            in_question=case.asked,
        ),
        cause=taken.cause,
    )
    if changes:
        await stand_again(tx, taken.agency, case, taken.at, taken.cause)
    if case.asked != asked:
        await ask_again(tx, taken.agency, case, taken.at, taken.cause)


def void(event: ScreeningCompleted, case: Standing) -> ScreeningTakenBack:
    """Of a submission that was taken back before it came: nothing else is published of it."""
    return ScreeningTakenBack(
        case_id=event.case_id,
        occurred_at=event.occurred_at,
        agency=event.agency,
        area=event.area,
        family_ref=event.family_ref,
        submission_id=event.submission_id,
        because="filed-under-another-family",
        stands=case.stands,
        revision=case.revision,
        in_question=case.asked,
    )


async def shows_sign(tx: Transaction, agency: str, submission_id: UUID) -> bool:
    """Whether a decided submission shows a sign of abuse."""
    published = await case_screenings.published_of(tx.connection, agency, submission_id)
    if published is not None:
        return published.event.shows_sign_of_abuse
    found = await submissions.decision_of(tx.connection, agency, submission_id)
    return found == Decision.DOMESTIC_ABUSE_PATHWAY


def sign_of(
    case_id: UUID, agency: str, area: str, family_ref: str, submitted_at: datetime, occurred_at: datetime
) -> StopReported:
    """A sign of abuse that came with a record which is a screening of this case no longer."""
    return StopReported(
        case_id=case_id,
        occurred_at=occurred_at,
        agency=agency,
        area=area,
        family_ref=family_ref,
        submitted_at=submitted_at,
        sign_of_abuse=True,
        parent_does_not_agree=False,
    )
