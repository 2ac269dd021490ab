"""Outcomes' subscribers: keep what the events say, and note whose facts have to be worked out anew."""

from collections.abc import Sequence

from services.outcomes.domain.rows import Said
from services.outcomes.domain.training import training_row
from services.outcomes.handlers.facts import Telling
from services.outcomes.repository.changed import mark_changed
from services.outcomes.repository.directory import Entry, save_entries
from services.outcomes.repository.rows import save_rows
from shared.contracts.workforce import PractitionerEvent
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction


class Handlers:
    """The outcomes service's handlers."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling

    async def case_history(self, tx: Transaction, batch: Sequence[Received[Said]]) -> None:
        """Screenings and case events alike: whichever comes first, the facts end up the same.

        Facts are not worked out here but by `Telling`, once for all events of a case that came close together. The
        marks commit with the rows, so no change is ever forgotten.
        """
        await save_rows(tx.connection, [row for each in batch for row in each.event.rows])
        await mark_changed(tx.connection, {each.event.case_id for each in batch})
        self._telling.note(len(batch))

    async def training(self, tx: Transaction, batch: Sequence[Received[PractitionerEvent]]) -> None:
        """Keeps who was trained, how sure they feel and whether they used it, for the summary."""
        await save_rows(tx.connection, [training_row(each.event, each.record.offset) for each in batch])

    async def directory(self, tx: Transaction, batch: Sequence[Received[Entry]]) -> None:
        """Keeps names, regions, prices and the areas' own figures, for the summary."""
        await save_entries(tx.connection, [(each.event, each.record.offset) for each in batch])
