"""Sends providers' records to their own addresses in the background, beside their topics.

Nothing waits for it: what is to be sent is a row that was stored with the record itself, no lock is held and no
transaction open while a provider's server answers. A message may come twice, after a time-out or a crash; it then has
the same id. It is signed by Standard Webhooks, and encrypted whole for its provider.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from standardwebhooks import Webhook as Signer

from services.notification.domain import webhooks as domain
from services.notification.domain.webhooks import GIVEN_UP_AFTER, GONE_UNTIL_DISABLED, Attempt, Outcome
from services.notification.handlers.encryption import ProviderKey, UnusableKeyError
from services.notification.handlers.webhook_connection import WebhookConnection
from services.notification.handlers.webhook_metrics import ATTEMPTS, OLDEST, WAITING
from services.notification.handlers.webhooks import secrets_of
from services.notification.repository import directory, webhooks
from services.notification.repository.webhooks import Claimed, LoggedAttempt, Waits, Webhook
from services.notification.settings import NotificationSettings
from shared.messaging.core.envelope import new_id
from shared.messaging.core.transient_errors import is_transient
from shared.privacy.sealing import CannotOpenError
from shared.service.definition import Context

CONTENT_TYPE = "application/cloudevents+json"
# Longer than one attempt with all that belongs to it: what is still busy then has lost its process.
_LEASE_S = 30.0
_COUNT_EVERY_S = 15.0
log = structlog.get_logger()


class WebhookSender:
    """Sends one record at a time to each provider, to several providers at once."""

    def __init__(
        self, context: Context, settings: NotificationSettings, chance: Callable[[], float] = random.random
    ) -> None:
        self._context = context
        self._pool = context.pool
        self._settings = settings
        self._chance = chance
        self._connection = WebhookConnection(
            private_allowed=settings.webhook_private_addresses,
            ca_file=settings.webhook_ca_file,
            timeout_s=settings.webhook_timeout_s,
        )
        self._counted_at = -_COUNT_EVERY_S

    async def send_webhooks(self) -> None:
        """Sends until cancelled. Attempts under way are finished and recorded first."""
        under_way: set[asyncio.Task[None]] = set()
        try:
            while True:
                await self._count()
                claimed = await self._claim(self._settings.webhooks_at_once - len(under_way))
                under_way |= {asyncio.create_task(self._send(each)) for each in claimed}
                if not under_way:
                    await self._context.activity.pause(self._settings.webhook_poll_s)
                    continue
                done, under_way = await asyncio.wait(
                    under_way, timeout=self._settings.webhook_poll_s, return_when=asyncio.FIRST_COMPLETED
                )
                for each in done:
                    each.result()
        finally:
            if under_way:
                await asyncio.wait(under_way)

    async def send_due(self) -> int:
        """One round: the next record of each provider that may be sent to. Returns how many there were."""
        claimed = await self._claim(self._settings.webhooks_at_once)
        await asyncio.gather(*(self._send(each) for each in claimed))
        return len(claimed)

    async def ping(self, provider: str) -> Attempt | None:
        """Sends a test at once, signed and encrypted as everything is; it holds nothing, and is not tried again.

        Returns what came of it; None where the provider has no webhook.
        """
        async with self._pool.acquire() as connection:
            webhook = await webhooks.webhook_of(connection, provider)
            known = (await directory.providers(connection, [provider])).get(provider)
        if webhook is None or known is None:
            return None

        async def may_go() -> bool:
            return True

        message_id = new_id()
        content = domain.ping(message_id, datetime.now(UTC))
        attempt = await self._post(webhook, known.public_key, message_id, content, may_go)
        async with self._pool.acquire() as connection, connection.transaction():
            await webhooks.log_attempt(connection, provider, LoggedAttempt(new_id(), attempt, 1, ping=True))
        return attempt

    async def _claim(self, limit: int) -> list[Claimed]:
        if limit < 1:
            return []
        async with self._pool.acquire() as connection, connection.transaction():
            return await webhooks.claim(connection, limit, _LEASE_S)

    async def _send(self, claimed: Claimed) -> None:
        try:
            attempt = await self._attempt(claimed) if claimed.allowed else Attempt(Outcome.OVERTAKEN)
        except Exception as error:  # whatever one record stumbles over costs its own provider's time alone
            if is_transient(error):
                raise
            log.error("webhook could not be sent", provider=claimed.webhook.provider, fault=type(error).__name__)
            attempt = Attempt(Outcome.FAILED, "error")
        ATTEMPTS.labels(attempt.outcome.value).inc()
        made = LoggedAttempt(new_id(), attempt, claimed.attempts + 1)
        async with self._pool.acquire() as connection, connection.transaction():
            await webhooks.log_attempt(connection, claimed.webhook.provider, made)
            if attempt.outcome == Outcome.DELIVERED:
                await webhooks.record_arrived(connection, claimed)
            elif attempt.outcome == Outcome.OVERTAKEN:
                await webhooks.leave_out(connection, claimed)
            elif await webhooks.record_failure(connection, claimed, attempt, self._waits(claimed)):
                log.warning("webhook is disabled", provider=claimed.webhook.provider, fault=attempt.error)

    async def _attempt(self, claimed: Claimed) -> Attempt:
        async def may_go() -> bool:
            async with self._pool.acquire() as connection:
                return await webhooks.may_still_go(connection, claimed.id)

        content = domain.message(claimed.headers, claimed.data)
        return await self._post(claimed.webhook, claimed.public_key, claimed.id, content, may_go)

    async def _post(
        self,
        webhook: Webhook,
        public_key: Mapping[str, Any] | None,
        message_id: UUID,
        content: bytes,
        may_go: Callable[[], Awaitable[bool]],
    ) -> Attempt:
        now = datetime.now(UTC)
        try:
            key = ProviderKey(public_key or {})
            secrets = await secrets_of(self._context, webhook, now)
        except UnusableKeyError:
            return Attempt(Outcome.FAILED, "no-key")
        except CannotOpenError:
            return Attempt(Outcome.FAILED, "no-secret")
        body = domain.body(key.encrypt(content, CONTENT_TYPE))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": str(message_id),
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(Signer(each).sign(str(message_id), now, body) for each in secrets),
        }
        return await self._connection.post(webhook.address, body.encode(), headers, may_go)

    def _waits(self, claimed: Claimed) -> Waits:
        settings, first = self._settings, self._settings.webhook_first_wait_s
        return Waits(
            domain.wait_s(claimed.attempts + 1, first, settings.webhook_longest_wait_s, self._chance()),
            domain.wait_s(claimed.failures + 1, first, settings.webhook_longest_pause_s, self._chance()),
            GIVEN_UP_AFTER,
            GONE_UNTIL_DISABLED,
        )

    async def _count(self) -> None:
        if time.monotonic() - self._counted_at < _COUNT_EVERY_S:
            return
        self._counted_at = time.monotonic()
        async with self._pool.acquire() as connection:
            found = await webhooks.counts(connection)
        for state in ("pending", "failing", "disabled", "given_up"):
            WAITING.labels(state.replace("_", "-")).set(found[state])
        oldest = found["oldest"]
        OLDEST.set((datetime.now(UTC) - oldest).total_seconds() if oldest else 0)
