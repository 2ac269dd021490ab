"""The subscriber to the directory, for the summary."""

from collections.abc import Sequence

from services.outcomes.repository.directory import Entry, save_entries
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction


async def save_directory(tx: Transaction, batch: Sequence[Received[Entry]]) -> None:
    """Saves names, regions, prices and the areas' own figures."""
    await save_entries(tx.connection, [(each.event, each.record.offset) for each in batch])
