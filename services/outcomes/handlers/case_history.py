"""The subscribers to screenings and case events: save their rows, and mark the cases whose facts follow from them."""

from collections.abc import Sequence

from services.outcomes.domain.rows import CaseRows
from services.outcomes.handlers.facts import FactPublisher
from services.outcomes.handlers.saving import save_rows
from services.outcomes.repository.changed import mark_changed
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers.clock import Clock


class CaseHistory:
    """Screenings and case events alike: whichever comes first, the facts end up the same."""

    def __init__(self, publisher: FactPublisher, clock: Clock) -> None:
        self._publisher = publisher
        self._clock = clock

    async def handle(self, tx: Transaction, batch: Sequence[Received[CaseRows]]) -> None:
        """Saves what the events report.

        Facts are not worked out here but by `FactPublisher`, once for all events of a case that came close together.
        The marks commit with the rows, so no change is ever forgotten. A calendar that follows the events moves on.
        """
        await save_rows(tx.connection, [row for each in batch for row in each.event.rows])
        await mark_changed(tx.connection, {each.event.case_id for each in batch})
        self._clock.now(max(each.event.occurred_at for each in batch))
        self._publisher.note(len(batch))
