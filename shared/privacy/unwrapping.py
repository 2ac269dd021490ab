"""Unwrapping of data keys: recorded, and within what the service may unwrap in a minute.

The keyring's database enforces it: it gives wrapped keys to nobody who has not recorded before, in a transaction that
is committed, whose keys they are and what for, and it keeps the count. Here is what a service does about it: it says
what for, waits a little while its minute is used up, and then gives up for now.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import structlog

from shared.privacy.key_encryption import Wrapped
from shared.telemetry import metrics

# More than any batch has: what is asked for in parts could be refused after each first one, for ever.
_AT_A_TIME = 10_000
# A unit of work waits with its transaction open, so not long.
_PATIENCE_S = 2.0
_SHORTEST_WAIT_S = 0.05
_ALARM_S = 300.0
log = structlog.get_logger()


class Purpose(NamedTuple):
    """What keys are unwrapped for, such as a subscription or a right; `actor`: the id of whoever asked, if anybody."""

    name: str = "unsaid"
    actor: str | None = None


_UNSAID = Purpose()
_purpose: ContextVar[Purpose] = ContextVar("purpose", default=_UNSAID)


def current_purpose() -> Purpose:
    """What keys are unwrapped for by this task."""
    return _purpose.get()


class KeysRefusedError(Exception):
    """This service has unwrapped as many keys as it may for now. The same work succeeds later."""


@contextmanager
def unwrapping_for(name: str, actor: str | None = None) -> Iterator[None]:
    """Keys that this task unwraps meanwhile are recorded as for this, a code of ours that names nobody."""
    before = _purpose.set(Purpose(name, actor))
    try:
        yield
    finally:
        _purpose.reset(before)


class Unwrapping:
    """Records what one service unwraps, and knows whether it is being refused."""

    def __init__(self) -> None:
        self._refused_at: float | None = None

    def is_refused(self) -> bool:
        """Whether keys were refused within the last minutes: an alarm."""
        return self._refused_at is not None and time.monotonic() - self._refused_at < _ALARM_S

    async def recorded_keys(self, pool: "asyncpg.Pool[Any]", subjects: Sequence[UUID]) -> list[tuple[UUID, Wrapped]]:
        """Records the unwrapping of these people's keys, and returns those that there are and the service may open.

        Raises KeysRefusedError.
        """
        found: list[tuple[UUID, Wrapped]] = []
        deadline = time.monotonic() + _PATIENCE_S
        for at in range(0, len(subjects), _AT_A_TIME):
            record = await self._recorded(pool, subjects[at : at + _AT_A_TIME], deadline)
            if record is not None:
                rows = await pool.fetch("SELECT subject, wrapped, kek FROM recorded_keys($1)", record)
                found += [(row["subject"], Wrapped(row["kek"], row["wrapped"])) for row in rows]
                metrics.KEYS_UNWRAPPED.labels(current_purpose().name).inc(len(rows))
        return found

    async def _recorded(self, pool: "asyncpg.Pool[Any]", subjects: Sequence[UUID], deadline: float) -> int | None:
        """The number of the record; None where there is no key to unwrap."""
        purpose = current_purpose()
        while True:
            answer = await pool.fetchrow(
                "SELECT record, wait_s FROM record_unwrapping($1, $2, $3)", subjects, purpose.name, purpose.actor
            )
            assert answer is not None  # noqa: S101 - for the type checker: a function answers one row
            if answer["wait_s"] is None:
                record: int | None = answer["record"]
                return record
            wait = max(answer["wait_s"], _SHORTEST_WAIT_S)
            if time.monotonic() + wait > deadline:
                self._refused(purpose, len(subjects))
                raise KeysRefusedError("this service may unwrap no more keys for now")
            metrics.KEYS_WAITED_FOR.inc(wait)
            await asyncio.sleep(wait)

    def _refused(self, purpose: Purpose, keys: int) -> None:
        metrics.KEYS_REFUSED.labels(purpose.name).inc(keys)
        if not self.is_refused():
            log.error("data keys are refused: this service has unwrapped as many as it may", purpose=purpose.name)
        self._refused_at = time.monotonic()
