"""A provider states an offer's places: whatever gives places looks at them from then on, until a day."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.referral.domain.deciders.stating_places import AskedPlaces, decide_places
from services.referral.handlers.errors import NotThereError
from services.referral.handlers.offers_waited_for import look_again
from services.referral.repository import directory, stated_capacity, waiting_list
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.messaging.timers.scheduled import ScheduledTimer, Timer
from shared.service.definition import Context
from shared.service.form_keys import claim_once


class StatedCapacity:
    """The timer by which what a provider stated ends. Its key is the offer."""

    def timers(self) -> dict[str, Timer]:
        """What the service's wiring names."""
        return {stated_capacity.KIND: Timer(self.fire, self.lock)}

    async def lock(self, tx: Transaction, offers: Sequence[str]) -> None:
        """Locks the offers, as whoever gives a place does."""
        await directory.lock_for_reading(tx.connection)
        await stated_capacity.lock(tx.connection, offers)

    async def fire(self, tx: Transaction, batch: Sequence[ScheduledTimer], now: datetime) -> None:
        """What is agreed holds again, and places that came free by it are given."""
        ended = await stated_capacity.ended_by(tx.connection, [each.subject for each in batch], now.date())
        for offer in ended:
            await stated_capacity.end(tx.connection, offer)
        await waiting_list.request_allocation(tx.connection, ended, now)
        await look_again(tx, ended, now)


async def state_places(
    context: Context, provider: str, offer: str, asked: AskedPlaces | None, who: str, *, key: UUID | None = None
) -> None:
    """States how many more families one of a provider's offers can take on; None: what is agreed holds again.

    Raises NotThereError, InvalidCommandError or AlreadySentError.
    """
    now = context.clock.now()
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        await directory.lock_for_reading(tx.connection)
        await stated_capacity.lock(tx.connection, [offer])
        found = await stated_capacity.places(tx.connection, offer)
        if found is None or found.provider != provider:
            raise NotThereError("Your organisation has no offer with this name.")
        if asked is None:
            await stated_capacity.end(tx.connection, offer)
        else:
            stated = decide_places(asked, found.agreed, found.taken, now.date())
            await stated_capacity.put(tx.connection, offer, provider, stated, who, now)
        # Who waits may have a place now: those on the list first, whom nobody passes.
        await waiting_list.request_allocation(tx.connection, [offer], now)
        await look_again(tx, [offer], now)
