"""Takes a screening back: it no longer counts, and what is current of its case without it is published."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.screening.handlers.publishing import Origin, change_case, publish_change
from services.screening.repository import case_screenings, people, submissions
from shared.contracts.screening import ScreeningTakenBack
from shared.contracts.vocabulary import Decision
from shared.messaging.publishing.transaction import Transaction


@dataclass(frozen=True)
class TakeBack:
    """Which submission is taken back, why, and what asks for it."""

    submission_id: UUID
    because: Literal["filed-under-another-family", "filed-in-error"]
    origin: Origin


async def take_back(tx: Transaction, request: TakeBack) -> None:
    """Takes one submission back that was decided and not yet taken back. The caller holds its family's lock."""
    submission_id, origin = request.submission_id, request.origin
    filed = await submissions.record_taken_back(tx.connection, origin.agency, submission_id, origin.decided_at)
    if filed is None:
        return
    change = await change_case(tx, filed.case_id, lambda case: case.take_back(submission_id))
    await people.unconfirm_named_by(tx.connection, origin.agency, submission_id)
    tx.emit(
        ScreeningTakenBack(
            case_id=filed.case_id,
            occurred_at=origin.decided_at,
            agency=origin.agency,
            area=filed.area,
            family_ref=filed.family_ref,
            submission_id=submission_id,
            because=request.because,
            stands=change.case.current,
            revision=change.case.revision,
            in_question=change.case.in_question,
        ),
        cause=origin.cause,
    )
    await publish_change(tx, change, origin)


async def shows_sign_of_abuse(tx: Transaction, agency: str, submission_id: UUID) -> bool:
    """Whether a decided submission shows a sign of abuse."""
    published = await case_screenings.published_of(tx.connection, agency, submission_id)
    if published is not None:
        return published.event.shows_sign_of_abuse
    found = await submissions.decision_of(tx.connection, agency, submission_id)
    return found == Decision.DOMESTIC_ABUSE_PATHWAY
