"""Clears away what is stored of people whose keys were erased.

It is beyond use from the moment of the erasure: the identity is sealed under the erased key. What is left until the
next sweep are the tokens, which only this service's key could have made and which match nobody who is still there.
"""

import asyncio
from uuid import UUID

import structlog

from services.families.repository import identities
from shared.messaging.publishing.transaction import in_transaction
from shared.service.definition import Context

_PAGE = 5_000
_FIRST = UUID(int=0)
log = structlog.get_logger()


class ErasureSweep:
    """Sweeps everything that is stored, at an interval in seconds."""

    def __init__(self, context: Context, interval_s: float) -> None:
        self._context = context
        self._interval_s = interval_s

    async def run(self) -> None:
        """For the life of the process."""
        while True:
            await asyncio.sleep(self._interval_s)
            await self.once()

    async def once(self) -> int:
        """One sweep; returns for how many people something was cleared away."""
        after, cleared = _FIRST, 0
        while True:
            async with self._context.pool.acquire() as connection:
                people = await identities.people(connection, after, _PAGE)
            if not people:
                break
            after = people[-1]
            erased = await self._context.keyring.erased(people)
            if erased:
                async with in_transaction(self._context.pool, self._context.service) as tx:
                    await identities.lock(tx.connection)
                    await identities.clear(tx.connection, sorted(erased))
                cleared += len(erased)
        if cleared:
            log.info("cleared away what was erased", people=cleared)
        return cleared
