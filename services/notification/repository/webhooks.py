"""Providers' webhooks, and what is to be sent to them yet. The outbox's trigger queues it (migration 0014)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notification.domain.webhooks import Attempt, Outcome
from shared.contracts.base import Sealed
from shared.postgres.connection import Connection

_URGENT = ("referral-stopped", "person-erased-shared")
"""What waits neither for earlier records of its case nor for the end of a restriction."""
ATTEMPTS_KEPT = 30
"""So many of the latest attempts of each provider are kept for its people to see."""


@dataclass(frozen=True)
class Webhook:
    """Where a provider's records are sent. `previous` signs too, until `previous_until`."""

    provider: str
    hook_id: UUID
    address: str
    secret: Sealed
    previous: Sealed | None
    previous_until: datetime | None


@dataclass(frozen=True)
class Claimed:
    """A record whose time has come, and the webhook that nobody else sends to meanwhile. `allowed`: it may go still."""

    webhook: Webhook
    public_key: Mapping[str, Any] | None
    id: UUID
    headers: Mapping[str, str]
    data: str
    attempts: int
    failures: int
    queued_at: datetime
    allowed: bool


@dataclass(frozen=True)
class LoggedAttempt:
    """What came of one attempt, the `number`th of its record. A ping is a test that a provider asked for."""

    id: UUID
    attempt: Attempt
    number: int
    ping: bool = False


@dataclass(frozen=True)
class Waits:
    """How long a failed record waits, how long its webhook waits with all records, and when a record is given up."""

    record_s: float
    webhook_s: float
    given_up_after: timedelta
    gone_until_disabled: int


async def lock_provider(connection: Connection, provider: str) -> bool:
    """Whether there is such a provider; nobody else changes its webhook until the transaction ends."""
    return bool(await connection.fetchval("SELECT true FROM provider WHERE provider = $1 FOR UPDATE", provider))


async def webhook_of(connection: Connection, provider: str) -> Webhook | None:
    """A provider's webhook."""
    row = await connection.fetchrow("SELECT * FROM webhook WHERE provider = $1", provider)
    return _webhook(row) if row else None


async def shown(connection: Connection, provider: str) -> dict[str, Any] | None:
    """A provider's webhook as its own people see it: where to, since when, and what waits. Without a secret."""
    row = await connection.fetchrow(
        """
        SELECT address, status, since, given_up, delivered_at, last_error, previous_until, waiting.*
        FROM webhook CROSS JOIN LATERAL (
            SELECT count(*) AS pending, count(*) FILTER (WHERE attempts > 0) AS failing, min(queued_at) AS oldest
            FROM webhook_delivery WHERE webhook_delivery.provider = webhook.provider
        ) AS waiting WHERE provider = $1
        """,
        provider,
    )
    return dict(row) if row else None


async def save(connection: Connection, webhook: Webhook) -> None:
    """Saves where to and with what, and enables it: what failed before does not count."""
    await connection.execute(
        """
        INSERT INTO webhook (provider, hook_id, address, secret, previous, previous_until)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (provider) DO UPDATE SET address = excluded.address, secret = excluded.secret,
            previous = excluded.previous, previous_until = excluded.previous_until, status = 'enabled', failures = 0,
            gone = 0, last_error = NULL, waits_until = NULL,
            since = CASE WHEN webhook.status = 'enabled' AND webhook.address = excluded.address
                THEN webhook.since ELSE now() END
        """,
        webhook.provider,
        webhook.hook_id,
        webhook.address,
        webhook.secret.model_dump(mode="json"),
        webhook.previous.model_dump(mode="json") if webhook.previous else None,
        webhook.previous_until,
    )
    # What waits for the next attempt waits no longer: this may be what it failed for.
    await connection.execute("UPDATE webhook_delivery SET due_at = now() WHERE provider = $1", webhook.provider)


async def remove(connection: Connection, provider: str) -> None:
    """Removes a webhook with what was still to be sent to it."""
    await connection.execute("DELETE FROM webhook WHERE provider = $1", provider)
    await connection.execute("DELETE FROM webhook_delivery WHERE provider = $1", provider)
    await connection.execute("DELETE FROM webhook_attempt WHERE provider = $1", provider)


async def claim(connection: Connection, limit: int, lease_s: float) -> list[Claimed]:
    """For each webhook that may be sent to now, the record that is next. The webhook is the caller's for `lease_s`.

    Within a case records go in order, each after the one before has arrived or was left out; what is urgent goes first.
    """
    rows = await connection.fetch(
        """
        WITH next AS (
            SELECT webhook.provider, record.id FROM webhook CROSS JOIN LATERAL (
                SELECT id FROM webhook_delivery AS record
                WHERE record.provider = webhook.provider AND record.due_at <= now() AND (
                    record.about = ANY($3::text[]) OR NOT EXISTS (
                        SELECT FROM webhook_delivery AS earlier WHERE earlier.provider = record.provider
                            AND earlier.case_id = record.case_id AND earlier.number < record.number
                    ) AND NOT EXISTS (
                        SELECT FROM restriction WHERE restriction.case_id = record.case_id AND restricted
                    )
                )
                ORDER BY record.about <> ALL($3), record.due_at, record.number LIMIT 1
            ) AS record
            WHERE webhook.status = 'enabled' AND coalesce(webhook.waits_until <= now(), true)
                AND coalesce(webhook.busy_until <= now(), true)
            ORDER BY webhook.provider LIMIT $1 FOR UPDATE OF webhook SKIP LOCKED
        ),
        busy AS (
            UPDATE webhook SET busy_until = now() + make_interval(secs => $2) FROM next
            WHERE webhook.provider = next.provider RETURNING webhook.*, next.id
        )
        SELECT busy.provider, busy.hook_id, busy.address, busy.secret, busy.previous, busy.previous_until,
            busy.failures, record.id, record.headers, record.data, record.attempts, record.queued_at,
            may_be_delivered(record) AS allowed, (
                SELECT public_key FROM provider_key AS key WHERE key.provider = busy.provider
                ORDER BY number DESC LIMIT 1
            ) AS public_key
        FROM busy JOIN webhook_delivery AS record ON record.id = busy.id
        """,
        limit,
        lease_s,
        list(_URGENT),
    )
    return [
        Claimed(
            _webhook(row),
            row["public_key"],
            row["id"],
            dict(row["headers"]),
            row["data"],
            row["attempts"],
            row["failures"],
            row["queued_at"],
            row["allowed"],
        )
        for row in rows
    ]


async def may_still_go(connection: Connection, record: UUID) -> bool:
    """Whether this record is to be sent still: nothing has overtaken it, and its case allows it now."""
    found = await connection.fetchval(
        "SELECT may_be_delivered(record) FROM webhook_delivery AS record WHERE id = $1", record
    )
    return bool(found)


async def record_arrived(connection: Connection, claimed: Claimed) -> None:
    """It arrived: it is kept no longer, and what failed before counts no more."""
    await connection.execute(
        """
        UPDATE webhook SET failures = 0, gone = 0, last_error = NULL, delivered_at = now(), waits_until = NULL,
            busy_until = NULL
        WHERE hook_id = $1
        """,
        claimed.webhook.hook_id,
    )
    await connection.execute("DELETE FROM webhook_delivery WHERE id = $1", claimed.id)


async def log_attempt(connection: Connection, provider: str, made: LoggedAttempt) -> None:
    """Keeps what came of an attempt for the provider's people to see, and of earlier ones the latest."""
    await connection.execute(
        "INSERT INTO webhook_attempt VALUES ($1, $2, now(), $3, $4, $5, $6)",
        made.id,
        provider,
        made.attempt.outcome.value,
        made.attempt.error,
        made.number,
        made.ping,
    )
    await connection.execute(
        """
        DELETE FROM webhook_attempt WHERE provider = $1 AND attempt_id NOT IN (
            SELECT attempt_id FROM webhook_attempt WHERE provider = $1 ORDER BY at DESC, attempt_id DESC LIMIT $2
        )
        """,
        provider,
        ATTEMPTS_KEPT,
    )


async def attempts(connection: Connection, provider: str) -> list[dict[str, Any]]:
    """The latest attempts, the newest first."""
    rows = await connection.fetch(
        """
        SELECT at, outcome, error, attempt, ping FROM webhook_attempt
        WHERE provider = $1 ORDER BY at DESC, attempt_id DESC
        """,
        provider,
    )
    return [dict(row) for row in rows]


async def next_attempt_at(connection: Connection, provider: str) -> datetime | None:
    """When something that waits is sent next; None where nothing does, or nothing is sent any more."""
    found: datetime | None = await connection.fetchval(
        """
        SELECT greatest(min(record.due_at), webhook.waits_until, now())
        FROM webhook JOIN webhook_delivery AS record USING (provider)
        WHERE provider = $1 AND status = 'enabled' GROUP BY webhook.provider, webhook.waits_until
        """,
        provider,
    )
    return found


async def leave_out(connection: Connection, claimed: Claimed) -> None:
    """It has been overtaken, and is not sent."""
    await connection.execute("UPDATE webhook SET busy_until = NULL WHERE hook_id = $1", claimed.webhook.hook_id)
    await connection.execute("DELETE FROM webhook_delivery WHERE id = $1", claimed.id)


async def record_failure(connection: Connection, claimed: Claimed, attempt: Attempt, waits: Waits) -> bool:
    """It did not arrive: it waits. What waits for too long is given up, and all where the webhook is disabled by it.

    Returns whether the webhook is disabled now.
    """
    hook, error, gone = claimed.webhook, attempt.error, attempt.outcome == Outcome.GONE
    # Another address has been given meanwhile, or none: then this answer says nothing of it.
    status = await connection.fetchval(
        """
        UPDATE webhook SET busy_until = NULL, failures = failures + 1, last_error = $3,
            gone = CASE WHEN $5 THEN gone + 1 ELSE 0 END, waits_until = now() + make_interval(secs => $4),
            status = CASE WHEN $5 AND gone + 1 >= $6 THEN 'disabled' ELSE status END
        WHERE hook_id = $1 AND address = $2 RETURNING status
        """,
        hook.hook_id,
        hook.address,
        error,
        waits.webhook_s,
        gone,
        waits.gone_until_disabled,
    )
    if status is None:
        await connection.execute("UPDATE webhook SET busy_until = NULL WHERE hook_id = $1", hook.hook_id)
    await connection.execute(
        """
        UPDATE webhook_delivery SET attempts = attempts + 1, last_error = $2, due_at = now() + make_interval(secs => $3)
        WHERE id = $1
        """,
        claimed.id,
        error,
        waits.record_s,
    )
    await connection.execute(
        """
        WITH given_up AS (
            DELETE FROM webhook_delivery AS record WHERE provider = $1 AND (
                $2 OR queued_at <= now() - $3::interval AND NOT EXISTS (
                    SELECT FROM restriction WHERE restriction.case_id = record.case_id AND restricted
                )
            )
            RETURNING about
        )
        UPDATE webhook SET given_up = webhook.given_up + counted.all_kinds,
            stops_given_up = webhook.stops_given_up + counted.stops
        FROM (SELECT count(*) AS all_kinds, count(*) FILTER (WHERE about = 'referral-stopped') AS stops FROM given_up)
            AS counted
        WHERE provider = $1
        """,
        hook.provider,
        status == "disabled",
        waits.given_up_after,
    )
    return bool(status == "disabled")


async def counts(connection: Connection) -> dict[str, Any]:
    """For the operator: how much waits, how much of it has failed, since when, and what was given up; by provider."""
    rows = await connection.fetch(
        """
        SELECT webhook.provider, status, given_up, stops_given_up, count(id) AS pending,
            count(id) FILTER (WHERE attempts > 0) AS failing, min(queued_at) AS oldest
        FROM webhook LEFT JOIN webhook_delivery USING (provider) GROUP BY webhook.provider ORDER BY webhook.provider
        """
    )
    providers = [dict(row) for row in rows]
    return {
        "pending": sum(each["pending"] for each in providers),
        "failing": sum(each["failing"] for each in providers),
        "oldest": min((each["oldest"] for each in providers if each["oldest"]), default=None),
        "disabled": sum(each["status"] == "disabled" for each in providers),
        "given_up": sum(each["given_up"] for each in providers),
        "providers": providers,
    }


def _webhook(row: Mapping[str, Any]) -> Webhook:
    previous = Sealed.model_validate(row["previous"]) if row["previous"] else None
    return Webhook(
        row["provider"],
        row["hook_id"],
        row["address"],
        Sealed.model_validate(row["secret"]),
        previous,
        row["previous_until"],
    )
