"""Outcomes' subscribers: keep what the event says, work the facts of its cases out anew, tell what changed."""

from collections.abc import Sequence
from typing import TypeAlias

from services.outcomes.domain.facts import retracted, told
from services.outcomes.domain.pseudonyms import Pseudonyms
from services.outcomes.domain.rows import rows_of
from services.outcomes.repository.facts import bring_up_to_date
from services.outcomes.repository.rows import Named, lock_cases, save_names, save_rows
from shared.contracts.referral import CaseEvent
from shared.contracts.screening import ScreeningCompleted
from shared.messaging.records import Received
from shared.messaging.transaction import Transaction

CaseHistory: TypeAlias = ScreeningCompleted | CaseEvent


class Handlers:
    """The outcomes service's handlers."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms

    async def case_history(self, tx: Transaction, batch: Sequence[Received[CaseHistory]]) -> None:
        """Screenings and case events alike: whichever comes first, the facts end up the same.

        A fact leaves without a cause: an agency sees the correlation id of its own family's events, and must not find
        it beside a pseudonym.
        """
        cases = {each.event.case_id for each in batch}
        await lock_cases(tx.connection, cases)
        await save_rows(tx.connection, [row for each in batch for row in rows_of(each.event)])
        changed = await bring_up_to_date(tx.connection, cases)
        for row in changed.retracted:
            tx.emit(retracted(row, self._pseudonyms))
        for row in changed.told:
            tx.emit(told(row, self._pseudonyms))

    async def directory(self, tx: Transaction, batch: Sequence[Received[Named]]) -> None:
        """Keeps the names of areas, agencies and providers, for the summary."""
        await save_names(tx.connection, [(each.event, each.record.offset) for each in batch])
