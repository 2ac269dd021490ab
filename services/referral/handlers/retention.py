"""Cases that are past the time for which their area keeps them: shown, and published for the service that erases."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime

from services.referral.domain.calendar.retention import KeptCase, past_retention
from services.referral.repository import directory, retention
from shared.access.scopes import EVERYWHERE
from shared.contracts.case_record import CaseRetentionEnded
from shared.contracts.directory import AreaRegistered
from shared.messaging.publishing.transaction import in_transaction
from shared.postgres.connection import Connection
from shared.postgres.row_reach import reading_within
from shared.service.definition import Context

_USUAL: int = AreaRegistered.model_fields["case_retention_months"].default


class CaseRetention:
    """The schedule `case`, as far as this service knows it: when the cases of a family have ended."""

    schedule = "case"

    def __init__(self, context: Context) -> None:
        self._context = context

    async def past(self, now: datetime, areas: Collection[str] | None = None) -> list[KeptCase]:
        """The cases that are past retention, of these areas; None for all. A family goes as a whole or not at all."""
        with reading_within(EVERYWHERE):
            async with self._context.pool.acquire() as connection:
                return await _past(connection, now, areas)

    async def due(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:
        """How many cases are, by area."""
        return Counter(each.area for each in await self.past(now, areas))

    async def apply(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:
        """Publishes it of each of them, once; returns how many by area."""
        context = self._context
        async with in_transaction(context.pool, context.service) as tx:
            # A screening that arrives meanwhile opens its case before, or after this.
            await directory.lock_for_change(tx.connection)
            past = await _past(tx.connection, now, areas)
            new = await retention.record(tx.connection, past, now)
            ended = [each for each in past if each.case_id in new]
            for each in ended:
                tx.emit(CaseRetentionEnded(case_id=each.case_id, occurred_at=now, area=each.area))
        return Counter(each.area for each in ended)


async def _past(connection: Connection, now: datetime, areas: Collection[str] | None) -> list[KeptCase]:
    cases = await retention.without_open_case(connection)
    past = past_retention(cases, await retention.months_of_areas(connection), _USUAL, now)
    if areas is None:
        return past
    beyond = {each.family for each in past if each.area not in areas}
    return [each for each in past if each.family not in beyond]
