"""Notes each case that was refused."""

from collections.abc import Sequence

from services.refusals.domain.noted import decide_note
from services.refusals.repository import refusals

from shared.contracts.referral import CaseRefused
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction


class Handlers:
    """The refusals service's handlers."""

    async def refused(self, tx: Transaction, batch: Sequence[Received[CaseRefused]]) -> None:
        """Keeps the cases, and emits a note of each."""
        await refusals.add(tx.connection, [each.event for each in batch])
        for received in batch:
            tx.emit(decide_note(received.event), cause=received)
