"""The subscriber to what workforce reports of training, for the summary."""

from collections.abc import Sequence

from services.outcomes.domain.training import training_row
from services.outcomes.handlers.saving import save_rows
from shared.contracts.workforce import PractitionerEvent
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction


async def save_training(tx: Transaction, batch: Sequence[Received[PractitionerEvent]]) -> None:
    """Saves who was trained, how confident they feel and whether they used it."""
    await save_rows(tx.connection, [training_row(each.event, each.record.offset) for each in batch])
