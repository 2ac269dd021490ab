"""Front doors' records that could not be taken in: noted for their area's coordinators until they are in, or done."""

from collections.abc import Sequence
from uuid import UUID

from services.referral.domain.deciders.refused_records import what_is_wrong
from services.referral.handlers.errors import NotThereError
from services.referral.repository import refused_records
from services.referral.repository.refused_records import RefusedRecord
from shared.contracts.screening import SubmissionRefused
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.service.definition import Context


async def refused(tx: Transaction, batch: Sequence[Received[SubmissionRefused]]) -> None:
    """Notes each, of the record nothing but when it came and what was wrong.

    An event from before they had an area is left: its front door has been notified.
    """
    await refused_records.store(
        tx.connection,
        [
            RefusedRecord(
                refusal_id=received.id,
                agency=received.event.agency,
                area=received.event.area,
                submission_id=received.event.submission_id,
                refused_at=received.event.occurred_at,
                wrong=what_is_wrong(received.event.findings),
            )
            for received in batch
            if received.event.area is not None
        ],
    )


async def take(context: Context, refusal_id: UUID, who: str, areas: Sequence[str]) -> None:
    """A coordinator asks the front door for it, whoever did before. Raises NotThereError."""
    async with in_transaction(context.pool, context.service) as tx:
        if not await refused_records.take(tx.connection, refusal_id, areas, who, context.clock.now()):
            raise NotThereError(_NONE)


async def done(context: Context, refusal_id: UUID, areas: Sequence[str]) -> None:
    """A coordinator says that nothing is to be done about it any more. Raises NotThereError."""
    async with in_transaction(context.pool, context.service) as tx:
        if not await refused_records.done(tx.connection, refusal_id, areas):
            raise NotThereError(_NONE)


_NONE = "No record with this id waits for its front door."
