"""Waiting lists: places that came free go to the first in line, and the others move up.

One transaction for all of it. The timer that asks for it is written with what freed the place, so it is never lost.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time

from services.referral.domain.agreement.re_offer import allocate_places, in_line, looked_at_from
from services.referral.domain.agreement.waiting_list import valid_until
from services.referral.domain.calendar.spans import day_after
from services.referral.domain.case.case import Case
from services.referral.domain.case.states import State
from services.referral.handlers import unit_of_work
from services.referral.handlers.unit_of_work import UnitOfWork
from services.referral.repository import cases, directory, waiting_list
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers.scheduled import ScheduledTimer, Timer


class WaitingLists:
    """The timer of every offer's waiting list. Its key is the offer."""

    def timers(self) -> dict[str, Timer]:
        """What the service's wiring names."""
        return {waiting_list.KIND: Timer(self.fire, self.lock)}

    async def lock(self, tx: Transaction, offers: Sequence[str]) -> None:
        """Locks who waits, then the offers: from here on nobody joins a list, leaves it or takes a place of it.

        Whoever requests an allocation holds these locks first and the timer last, and so do we.
        """
        await directory.lock_for_reading(tx.connection)
        families, areas = await waiting_list.who_waits(tx.connection, offers)
        await cases.lock_families(tx.connection, families)
        await directory.lock_offers(tx.connection, areas)

    async def fire(self, tx: Transaction, batch: Sequence[ScheduledTimer], now: datetime) -> None:
        """Allocates the places of these offers."""
        asked: dict[str, datetime] = {}
        for each in batch:
            since = min(datetime.fromisoformat(each.value["since"]), max(now, each.at))
            asked[each.subject] = max(asked.get(each.subject, since), since)
        families = await waiting_list.lock_unlocked_families(tx.connection, asked)
        if not families:
            return
        work = await unit_of_work.load(tx, families)
        await work.use_directory(
            {case.area for case in work.cases.values()}, {key.agency for key in families}, to_agree=True
        )
        for offer, freed_at in sorted(asked.items()):
            line = (
                (case, work.context(case, looked_at_from(case, freed_at))) for case in in_line(_listed(work, offer))
            )
            work.record_each(allocate_places(line, work.catalogue.offers.get(offer)))
        await work.save(allocates=False)
        for offer in asked:
            await _review(tx, work, offer)
        # Who joined while we waited for the locks, and is locked by another transaction, is looked at next.
        late = await waiting_list.joined_since(tx.connection, asked, work.cases)
        await waiting_list.request_allocation(tx.connection, late, max(asked.values()))


def _listed(work: UnitOfWork, offer: str) -> list[Case]:
    return [case for case in work.cases.values() if case.listing and case.listing.offer == offer]


async def _review(tx: Transaction, work: UnitOfWork, offer: str) -> None:
    """Has the list looked at again on the day after the first of its screenings goes out of date."""
    waiting = [case for case in _listed(work, offer) if case.state is State.WAITING_LIST]
    if days := [day for case in waiting if (day := valid_until(case, work.catalogue))]:
        first = day_after(min(days), 1)
        await waiting_list.review(tx.connection, offer, datetime.combine(first, time(), UTC))
