"""Looks after a waiting list: places that came free go to the first in line, and the others move up.

One transaction for all of it. The timer that asks for it is written with what freed the place, so it is never lost.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time

from services.referral.domain.agreement.re_offer import tend
from services.referral.domain.agreement.waiting_list import valid_until
from services.referral.domain.calendar.spans import day_after
from services.referral.domain.case.progress import Moment, Progress
from services.referral.domain.case.states import State
from services.referral.handlers.unit_of_work import Work
from services.referral.repository import cases, directory, waiting_list
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers.scheduled import Due, Timer

KIND = waiting_list.KIND


class WaitingLists:
    """The timer of every offer's waiting list. Its key is the offer."""

    def timer(self) -> Timer:
        """What the service's wiring names."""
        return Timer(self.fire, self.lock)

    async def lock(self, tx: Transaction, offers: Sequence[str]) -> None:
        """Locks who waits, then the offers: from here on nobody joins a list, leaves it or takes a place of it.

        Whoever asks for a list to be looked after holds these locks first and the timer last, and so do we.
        """
        await directory.lock_for_reading(tx.connection)
        families, areas = await waiting_list.who_waits(tx.connection, offers)
        await cases.lock_families(tx.connection, families)
        await directory.lock_offers(tx.connection, areas)

    async def fire(self, tx: Transaction, batch: Sequence[Due], now: datetime) -> None:
        """Looks after the lists of these offers."""
        asked: dict[str, datetime] = {}
        for each in batch:
            since = min(datetime.fromisoformat(each.value["since"]), max(now, each.at))
            asked[each.subject] = max(asked.get(each.subject, since), since)
        families = await waiting_list.families_in_hand(tx.connection, asked)
        if not families:
            return
        work = Work(await cases.load(tx.connection, families))
        catalogue = await directory.catalogue(
            tx.connection,
            {case.area for case in work.cases.values()},
            {key.agency for key in families},
            to_agree=True,
        )
        signs = work.families_with_sign()

        def take(progress: Progress) -> None:
            work.take(progress, catalogue)
            for event in progress.events:
                tx.emit(event)

        for offer, freed_at in sorted(asked.items()):
            tend(
                [case for case in work.cases.values() if case.listing and case.listing.offer == offer],
                catalogue.offers.get(offer),
                catalogue,
                freed_at,
                lambda at: Moment(at, None, new_id),
                sign_at_hand=lambda case: case.key in signs,
                take=take,
            )
        await work.save(tx.connection, tends=False)
        for offer in asked:
            waiting = [each for each in work.cases.values() if each.listing and each.listing.offer == offer]
            days = [valid_until(each, catalogue) for each in waiting if each.state is State.WAITING_LIST]
            if known := [day for day in days if day]:
                first = day_after(min(known), 1)
                await waiting_list.review(tx.connection, offer, datetime.combine(first, time(), UTC))
        # Who joined while we waited for the locks, and is in somebody else's hands, is looked after next.
        late = await waiting_list.joined_since(tx.connection, asked, work.cases)
        await waiting_list.tend(tx.connection, late, max(asked.values()))
