"""The subscriber to the directory: keeps every entry whole, as it is registered."""

from collections.abc import Sequence

from services.administration.repository import directory
from shared.contracts.directory import DirectoryEntry
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction


async def entries(tx: Transaction, batch: Sequence[Received[DirectoryEntry]]) -> None:
    """Saves the entries. Ignores stale ones."""
    await directory.save(tx.connection, [(each.event, each.record.offset) for each in batch])
