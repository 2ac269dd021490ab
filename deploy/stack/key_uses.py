"""Which services unwrap whose data keys, and how many they may: the keyring's own records, for whoever owns it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from dateutil.relativedelta import relativedelta

from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.services import KEYRING_DATABASE
from shared.privacy.register.kinds import kinds

SCHEDULE = "unwrapping"
_MOST = 1_000_000
# A machine that is started every morning and stopped every evening has its round too.
_BEFORE_FIRST_ROUND_S = 60.0
_BETWEEN_ROUNDS_S = 24 * 60 * 60.0
_log = logging.getLogger("parley.supervisor")


@dataclass(frozen=True)
class KeyUse:
    """What one service may unwrap in a minute, what it has unwrapped in the last hour, and what it was refused."""

    service: str
    per_minute: int
    last_hour: int
    refused: int
    refused_at: datetime | None


@dataclass(frozen=True)
class Unwrapped:
    """One time that a person's key was unwrapped: by which service, what for, and for whom, where somebody asked.

    `together`: how many people's keys were unwrapped with it.
    """

    at: datetime
    service: str
    purpose: str
    actor: str | None
    together: int


async def uses(stack: Stack) -> list[KeyUse]:
    """What each service may unwrap, and has, by its name."""
    async with _keyring(stack) as connection:
        rows = await connection.fetch(
            """
            SELECT service, per_minute, refused, refused_at, coalesce((
                SELECT sum(cardinality(subjects)) FROM unwrapping
                WHERE unwrapping.service = key_allowance.service AND at > now() - interval '1 hour'
            ), 0)::int AS last_hour
            FROM key_allowance ORDER BY service
            """
        )
    return [KeyUse(**row) for row in rows]


async def unwraps(stack: Stack, person: UUID) -> list[Unwrapped]:
    """Every time that a key was unwrapped, the newest last."""
    async with _keyring(stack) as connection:
        rows = await connection.fetch(
            """
            SELECT at, service, purpose, actor, cardinality(subjects) AS together
            FROM unwrapping WHERE subjects @> ARRAY[$1::uuid] ORDER BY id
            """,
            person,
        )
    return [Unwrapped(**row) for row in rows]


async def limit(stack: Stack, service: str, per_minute: int) -> None:
    """Sets how many keys a service may unwrap in a minute. It holds at once. Raises ParleyError."""
    if not 1 <= per_minute <= _MOST:
        raise ParleyError(f"A service may unwrap 1 to {_MOST:,} keys in a minute.")
    async with _keyring(stack) as connection:
        done = await connection.execute(
            """
            UPDATE key_allowance SET per_minute = $2::int, remaining = least(greatest(remaining, 0), $2::int)
            WHERE service = $1
            """,
            service,
            per_minute,
        )
    if done != "UPDATE 1":
        raise ParleyError(f"There is no service {service}.")


def _before(now: datetime) -> datetime:
    term = kinds().schedules[SCHEDULE].term
    if term is None:
        raise ValueError("the records of unwrapped keys have a term")
    return now - relativedelta(months=term.usual)


async def past_term(stack: Stack, now: datetime) -> int:
    """How many records of unwrapped keys are past the time for which they are kept."""
    async with _keyring(stack) as connection:
        found: int = await connection.fetchval("SELECT count(*) FROM unwrapping WHERE at < $1", _before(now))
    return found


async def remove_past_term(stack: Stack, now: datetime) -> int:
    """Removes these; returns how many there were. Safe to cut off."""
    async with _keyring(stack) as connection:
        done: str = await connection.execute("DELETE FROM unwrapping WHERE at < $1", _before(now))
    return int(done.rpartition(" ")[2])


async def keep_to_term(stack: Stack) -> None:
    """A round a minute after the start, and then a day, while the stack runs. By the wall's clock: by it they are
    recorded.
    """
    pause = _BEFORE_FIRST_ROUND_S
    while True:
        await asyncio.sleep(pause)
        pause = _BETWEEN_ROUNDS_S
        try:
            done = await remove_past_term(stack, datetime.now(UTC))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            _log.warning("Records of unwrapped keys were not removed: %s. It is tried again.", type(error).__name__)
            continue
        if done:
            _log.info("Removed %d records of unwrapped keys that were past their time", done)


@asynccontextmanager
async def _keyring(stack: Stack) -> AsyncIterator["asyncpg.Connection[Any]"]:
    connection = await asyncpg.connect(stack.admin_database_url(KEYRING_DATABASE))
    try:
        yield connection
    finally:
        await connection.close()
