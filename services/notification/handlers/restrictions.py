"""People whose data may be kept and not used: nobody is asked about them until that is lifted."""

from collections.abc import Sequence

from services.notification.handlers.offers import Offers
from services.notification.handlers.provider_updates import ProviderUpdates
from services.notification.repository import restrictions
from shared.contracts.families import PersonRestricted
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction


class Restrictions:
    """Follows the families service. What goes to a provider otherwise stops with the case, which referral holds."""

    def __init__(self, offers: Offers, updates: ProviderUpdates) -> None:
        self._offers = offers
        self._updates = updates

    async def published(self, tx: Transaction, batch: Sequence[Received[PersonRestricted]]) -> None:
        """Withholds the questions of follow-ups about these people; asks what waited once nobody restricts them."""
        causes = {each.event.case_id: each for each in batch}
        locked = await self._offers.lock(tx, causes)
        await restrictions.save(tx.connection, [each.event for each in batch])
        await self._updates.ask_again(tx, locked, [], causes)
