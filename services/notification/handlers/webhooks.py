"""What a provider's manager does about its webhook: says where to, gets the secret, another one, or ends it."""

import base64
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.notification.domain.webhooks import OVERLAP, wrong_address
from services.notification.repository import directory, emails, webhooks
from services.notification.repository.webhooks import Webhook
from shared.contracts.base import Sealed
from shared.contracts.manifest import KeyKind
from shared.messaging.core.envelope import new_id
from shared.messaging.core.records import Finding
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.privacy.sealing import CannotOpenError
from shared.service.definition import Context
from shared.service.form_keys import claim_once
from shared.service.requests import InvalidRequestError

KEY_KIND: KeyKind = "webhook"
FIELD = "webhook-secret"
# Standard Webhooks: between 24 and 64 random bytes, with this before their base64.
_SECRET_BYTES, _PREFIX = 32, "whsec_"


@dataclass(frozen=True)
class Shown:
    """A webhook as its own people see it; None where the provider has none. `secret` is there once, when it is new."""

    webhook: dict[str, Any] | None
    secret: str | None = None


class Webhooks:
    """The webhooks of providers. Each of these returns None where there is no such provider."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def show(self, provider: str) -> Shown | None:
        """Where to, since when, whether it arrives."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            if await directory.keys_of(tx.connection, provider) is None:
                return None
            return Shown(await webhooks.shown(tx.connection, provider))

    async def deliveries(self, provider: str) -> tuple[list[dict[str, Any]], datetime | None]:
        """The latest attempts, the newest first, and when something is sent next."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            return (
                await webhooks.attempts(tx.connection, provider),
                await webhooks.next_attempt_at(tx.connection, provider),
            )

    async def set(self, provider: str, address: str, key: UUID | None = None) -> Shown | None:
        """Sends what is new on the provider's topic to this address too, from now on; with a secret where it had none.

        One that was disabled is enabled. Raises InvalidRequestError for an address that nothing is sent to, and where
        the provider has no key: everything is encrypted for it. `key` is of the form that it is sent by, and good for
        once: raises AlreadySentError.
        """
        if wrong := wrong_address(address):
            raise InvalidRequestError([Finding("address", wrong)])
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await claim_once(tx, key)
            if not await webhooks.lock_provider(tx.connection, provider):
                return None
            if not await directory.keys_of(tx.connection, provider):
                raise InvalidRequestError([Finding("address", "needs a public key of yours first: all is encrypted")])
            known, secret = await webhooks.webhook_of(tx.connection, provider), None
            if known is None:
                hook_id = new_id()
                sealed, secret = await self._new_secret(hook_id)
                known = Webhook(provider, hook_id, address, sealed, None, None)
            return await self._saved(tx, replace(known, address=address), secret)

    async def rotate(self, provider: str, key: UUID | None = None) -> Shown | None:
        """Another secret. The one before signs beside it for a day, and no longer. Raises InvalidRequestError where
        there is no webhook, and AlreadySentError for the `key` of a form that was sent before.
        """
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await claim_once(tx, key)
            if not await webhooks.lock_provider(tx.connection, provider):
                return None
            known = await webhooks.webhook_of(tx.connection, provider)
            if known is None:
                raise InvalidRequestError([Finding("webhook", "there is none yet")])
            sealed, secret = await self._new_secret(known.hook_id)
            until = datetime.now(UTC) + OVERLAP
            return await self._saved(
                tx, replace(known, secret=sealed, previous=known.secret, previous_until=until), secret
            )

    async def remove(self, provider: str) -> Shown | None:
        """Sends nothing more, what waits neither, and erases the key of the secrets."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            if not await webhooks.lock_provider(tx.connection, provider):
                return None
            known = await webhooks.webhook_of(tx.connection, provider)
            if known is not None:
                await emails.queue_to_provider(tx.connection, new_id(), "webhook-changed", provider)
            await webhooks.remove(tx.connection, provider)
        if known is not None:
            await self._context.keyring.erase(known.hook_id)
        return Shown(None)

    async def _saved(self, tx: Transaction, webhook: Webhook, secret: str | None) -> Shown:
        await webhooks.save(tx.connection, webhook)
        # Whoever got into a manager's account must not be able to do it unseen.
        await emails.queue_to_provider(tx.connection, new_id(), "webhook-changed", webhook.provider)
        return Shown(await webhooks.shown(tx.connection, webhook.provider), secret)

    async def _new_secret(self, hook_id: Any) -> tuple[Sealed, str]:
        secret = _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
        keys = await self._context.keyring.for_sealing([hook_id], KEY_KIND)
        return keys.seal(hook_id, FIELD, secret), secret


async def secrets_of(context: Context, webhook: Webhook, at: datetime) -> list[str]:
    """What signs at this time, the newest first. Raises CannotOpenError where the webhook was removed meanwhile."""
    boxes = [webhook.secret]
    if webhook.previous and webhook.previous_until and at < webhook.previous_until:
        boxes.append(webhook.previous)
    keys = await context.keyring.for_opening(boxes)
    found = [keys.open(box) for box in boxes]
    if not all(isinstance(each, str) for each in found):
        raise CannotOpenError("it is no secret of a webhook")
    return found
