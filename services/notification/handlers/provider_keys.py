"""What a provider's manager does about its keys: gives a public one, or another in its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notification.handlers.directory import send_what_waited
from services.notification.handlers.encryption import ProviderKey, UnusableKeyError, fingerprint
from services.notification.handlers.offers import Offers
from services.notification.handlers.provider_updates import ProviderUpdates
from services.notification.repository import cases as case_rows
from services.notification.repository import directory, emails
from shared.contracts.topics import PROVIDER_RETENTION_DAYS
from shared.messaging.core.envelope import Envelope, new_id
from shared.messaging.core.records import Finding, Received, Record
from shared.messaging.publishing.transaction import in_transaction
from shared.service.definition import Context
from shared.service.requests import InvalidRequestError

# RFC 7517, RFC 7518: what a JWK has that is not for others. `k` is a key that both sides would have.
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


@dataclass(frozen=True)
class KeyGiven:
    """That a provider has given a key. It is what the referrals follow from that waited for one."""

    provider: str
    occurred_at: datetime


@dataclass(frozen=True)
class KnownKey:
    """A key by its fingerprint (RFC 7638). `until`: for how long its owner must keep the private part, once it is no
    longer in force, because messages that were encrypted for it are still on the topic.
    """

    fingerprint: str
    since: datetime
    until: datetime | None


class ProviderKeys:
    """The public keys of providers, as they give them."""

    def __init__(self, context: Context, offers: Offers, updates: ProviderUpdates) -> None:
        self._context = context
        self._offers = offers
        self._updates = updates

    async def known(self, provider: str) -> list[KnownKey] | None:
        """A provider's keys, the one in force first; None where there is no such provider."""
        async with self._context.pool.acquire() as connection:
            found = await directory.keys_of(connection, provider)
        return None if found is None else _known(found)

    async def give(self, provider: str, public_key: Mapping[str, Any], request_id: UUID) -> list[KnownKey] | None:
        """Puts a key in force, and sends what waited for one. The key that is in force already changes nothing.

        Returns the keys then; None where there is no such provider. Raises InvalidRequestError.
        """
        if private := sorted(_PRIVATE & public_key.keys()):
            raise InvalidRequestError(
                [Finding("public_key", f"has {', '.join(private)}, which only its owner may have")]
            )
        try:
            key = ProviderKey(public_key)
        except UnusableKeyError as error:
            raise InvalidRequestError([Finding("public_key", str(error))]) from None
        now = self._context.clock.now()
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await case_rows.own_directory(tx.connection)
            found = await directory.keys_of(tx.connection, provider)
            if found is None:
                return None
            if not found or fingerprint(found[0][0]) != fingerprint(key.jwk):
                await directory.add_key(tx.connection, provider, key.jwk, now)
                await emails.queue_to_provider(tx.connection, new_id(), "key-changed", provider)
                found = [(key.jwk, now), *found]
                # No record brought it: it follows from the request of this id.
                cause = Received(
                    request_id, KeyGiven(provider, now), Record("", 0, 0, 0, None, None, ()), Envelope(id=request_id)
                )
                await send_what_waited(tx, self._offers, self._updates, [provider], cause)
        return _known(found)


def _known(found: list[tuple[Mapping[str, Any], datetime]]) -> list[KnownKey]:
    keys: list[KnownKey] = []
    replaced_at: datetime | None = None
    for public_key, since in found:
        until = replaced_at + timedelta(days=PROVIDER_RETENTION_DAYS) if replaced_at else None
        keys.append(KnownKey(fingerprint(public_key), since, until))
        replaced_at = since
    return keys
