"""The subscriber to the directory: signposts, addresses, keys, and who takes self-referrals."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from services.notification.domain.offers import Provider
from services.notification.handlers.encryption import ProviderKey, UnusableKeyError
from services.notification.handlers.offers import Offers
from services.notification.handlers.provider_updates import ProviderUpdates
from services.notification.repository import cases as case_rows
from services.notification.repository import directory
from shared.contracts.directory import AgencyRegistered, AreaRegistered, ProviderRegistered
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction

Entry = AreaRegistered | AgencyRegistered | ProviderRegistered

log = structlog.get_logger()


class Directory:
    """A batch of entries at a time, while nobody else relies on the directory."""

    def __init__(self, offers: Offers, updates: ProviderUpdates) -> None:
        self._offers = offers
        self._updates = updates

    async def entries(self, tx: Transaction, batch: Sequence[Received[Entry]]) -> None:
        """Saves the entries, and sends the referrals that waited for a provider's key."""
        await case_rows.own_directory(tx.connection)
        areas: dict[str, tuple[AreaRegistered, int]] = {}
        agencies: dict[str, tuple[AgencyRegistered, int]] = {}
        providers: dict[str, tuple[Provider, int, datetime]] = {}
        for received in batch:
            entry, offset = received.event, received.record.offset
            if isinstance(entry, AreaRegistered):
                areas[entry.id] = (entry, offset)
            elif isinstance(entry, AgencyRegistered):
                agencies[entry.id] = (entry, offset)
            else:
                at = datetime.fromtimestamp(received.record.timestamp_ms / 1000, UTC)
                providers[entry.id] = (_provider(entry), offset, at)
        await directory.save_areas(tx.connection, areas)
        await directory.save_agencies(tx.connection, agencies)
        await directory.save_providers(tx.connection, providers)
        await send_what_waited(tx, self._offers, self._updates, list(providers), batch[-1])


async def send_what_waited(
    tx: Transaction, offers: Offers, updates: ProviderUpdates, providers: Collection[str], cause: Received[Any]
) -> None:
    """Sends the referrals that waited for the key of one of these providers."""
    waiting = await case_rows.cases_waiting_for(tx.connection, providers)
    if waiting:
        locked = await offers.lock(tx, waiting)
        causes = dict.fromkeys(waiting, cause)
        await offers.publish_and_save(tx, locked, causes)
        await updates.correct(tx, locked, causes)


def _provider(entry: ProviderRegistered) -> Provider:
    return Provider(entry.id, entry.email, _usable_key(entry), entry.name, entry.reads == "pages")


def _usable_key(entry: ProviderRegistered) -> dict[str, Any] | None:
    if entry.public_key is None:
        return None
    try:
        return ProviderKey(entry.public_key).jwk
    except UnusableKeyError as error:
        # The entry is saved without its key: referrals wait visibly, and everything else of the provider works.
        log.warning("provider's key cannot be used", provider=entry.id, rule=str(error))
        return None
