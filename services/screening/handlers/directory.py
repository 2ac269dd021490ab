"""The directory, as far as screening needs it."""

from collections.abc import Sequence

from services.screening.repository import directory
from shared.contracts.directory import AgencyRegistered, AreaRegistered
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction


async def directory_entries(tx: Transaction, batch: Sequence[Received[AreaRegistered | AgencyRegistered]]) -> None:
    """Stores the areas' settings and the agencies' areas."""
    areas = {each.event.id: (each.event, each.record.offset) for each in batch if each.event.kind == "area"}
    agencies = {each.event.id: (each.event, each.record.offset) for each in batch if each.event.kind == "agency"}
    await directory.save_areas(tx.connection, areas)
    await directory.save_agencies(tx.connection, agencies)
