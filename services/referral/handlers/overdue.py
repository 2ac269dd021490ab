"""Each Monday morning: what is overdue is counted, area by area, and published for whoever wants it by mail."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from services.referral.domain.calendar.overdue import unanswered_since
from services.referral.domain.deciders.colleagues import known_since
from services.referral.repository import overdue
from shared.contracts.overdue import OverdueCount, WorkOverdue, is_time, week_of
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.service.definition import Context
from shared.service.weekly import look_every_minute

# What is asked for is not overdue on the day after.
_TIME_TO_ANSWER = timedelta(days=7)


class OverdueWork:
    """Looks once a week, by the clocks on the wall: the mails that follow are read by people.

    After weeks in which nothing ran it is counted once, as it is now: what was overdue meanwhile helps nobody.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self) -> None:
        """Looks until cancelled."""
        await look_every_minute(self.look)

    async def look(self, at: datetime) -> int:
        """Publishes what is overdue in the week of this time, unless it was; returns for how many."""
        week = week_of(at)
        if not is_time(at):
            return 0
        async with in_transaction(self._context.pool, self._context.service) as tx:
            if not await overdue.begin(tx.connection, week, at):
                return 0
            now, number = max(at, self._context.clock.now()), 0
            for area in await overdue.areas(tx.connection):
                for whose, counts in (await _of_area(tx, area, now)).items():
                    tx.emit(WorkOverdue(**dict([whose]), week=week, occurred_at=now, area=area, counts=tuple(counts)))
                    number += 1
        return number


async def _of_area(tx: Transaction, area: str, now: datetime) -> dict[tuple[str, Any], list[OverdueCount]]:
    """By whom it is for, what is overdue for them."""
    connection = tx.connection
    days = await overdue.first_contact_days(connection, area)
    found = {
        "who": await overdue.of_coordinators(connection, area, now, known_since(now)),
        "provider": await overdue.of_providers(connection, area, unanswered_since(now, days, area), now.date()),
        "agency": await overdue.of_front_doors(connection, area, now - _TIME_TO_ANSWER),
    }
    counts: dict[tuple[str, Any], list[OverdueCount]] = defaultdict(list)
    for whose, lines in found.items():
        for line in lines:
            counts[whose, line.party].append(OverdueCount(kind=line.kind, number=line.number))
    return counts
