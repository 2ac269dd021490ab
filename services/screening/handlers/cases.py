"""Cases that end or go on, as referral publishes them."""

from collections.abc import Sequence
from uuid import UUID

from services.screening.repository import families
from shared.contracts.referral import CaseClosed, CaseReopened
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction


async def closed_cases(tx: Transaction, batch: Sequence[Received[CaseClosed | CaseReopened]]) -> None:
    """A family whose case has ended gets a new one with its next screening, unless the case was opened again."""
    newest: dict[UUID, tuple[int, bool]] = {}
    for event in sorted((each.event for each in batch), key=lambda event: event.sequence):
        newest[event.case_id] = (event.sequence, isinstance(event, CaseClosed))
    await families.close_or_reopen(tx.connection, newest)
