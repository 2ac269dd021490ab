"""Each Monday morning: how many drafts each author loses this week, published for whoever wants it by mail."""

from datetime import datetime, timedelta

from services.screening.repository import forms
from shared.contracts.overdue import DraftsExpiring, is_time, week_of
from shared.messaging.publishing.transaction import in_transaction
from shared.service.definition import Context
from shared.service.weekly import look_every_minute

# Until the next mail of a week, and a day more: it is read during the day.
_SOON = timedelta(days=8)


class ExpiringDrafts:
    """Looks once a week. After weeks in which nothing ran it is counted once, as it is now."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self) -> None:
        """Looks until cancelled."""
        await look_every_minute(self.look)

    async def look(self, at: datetime) -> int:
        """Publishes whose drafts are deleted in the week of this time, unless it was; returns of how many authors."""
        week = week_of(at)
        if not is_time(at):
            return 0
        async with in_transaction(self._context.pool, self._context.service) as tx:
            if not await forms.begin_week(tx.connection, week, at):
                return 0
            now = max(at, self._context.clock.now())
            found = await forms.expiring(tx.connection, now, now + _SOON)
            for author, number in found.items():
                tx.emit(DraftsExpiring(week=week, occurred_at=now, who=author, number=number))
        return len(found)
