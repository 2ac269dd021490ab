"""The directory's entries, as far as the people who decide need them."""

from collections.abc import Sequence

from services.families.repository import directory
from shared.contracts.directory import AgencyRegistered, AreaRegistered
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction


class Directory:
    """The subscriber to the directory."""

    async def entries(self, tx: Transaction, batch: Sequence[Received[AreaRegistered | AgencyRegistered]]) -> None:
        """Saves the names of areas and agencies."""
        entries = {each.event.key(): (each.event, each.record.offset) for each in batch}
        await directory.save(tx.connection, list(entries.values()))
