"""The directory's entries, as far as this service needs them."""

from collections.abc import Sequence

from services.workforce.repository import directory
from services.workforce.repository.directory import Entry
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction


class Directory:
    """The subscriber to the directory."""

    async def entries(self, tx: Transaction, batch: Sequence[Received[Entry]]) -> None:
        """Saves what areas ask for, and where agencies work."""
        await directory.save(tx.connection, [(each.event, each.record.offset) for each in batch])
