"""Makes the tokens of earlier screenings again, where names and numbers have been brought into another form since.

Tokens in two forms never meet, so a family that comes again would be missed. From the sealed identities each screening
gets new ones, a page of screenings a transaction, and is looked for once more: what the new form finds is published.
What arrives meanwhile waits behind them, so nobody is published as alone who is not. A stopped process continues where
it was.
"""

import asyncio
import time

import structlog

from services.families.handlers.recognition import Recognition
from services.families.repository import forms, identities
from shared.messaging.publishing.transaction import in_transaction
from shared.service.definition import Context

_PAGE = 200
_LOG_EVERY_S = 15.0
# While releases change, a process of the release before may still add some.
_PAUSE_S = 5.0
log = structlog.get_logger()


class TokenRenewal:
    """Brings screenings up to today's form, from the start of the process on."""

    def __init__(self, context: Context, recognition: Recognition, *, page: int = _PAGE) -> None:
        self._context = context
        self._recognition = recognition
        self._page = page

    async def run(self) -> None:
        """For the life of the process."""
        while True:
            await self.once()
            await asyncio.sleep(_PAUSE_S)

    async def once(self) -> int:
        """All that are behind; returns how many there were. Logs its progress."""
        done, logged_at = 0, time.monotonic()
        while count := await self._next_page():
            done += count
            if time.monotonic() - logged_at >= _LOG_EVERY_S:
                logged_at = time.monotonic()
                async with self._context.pool.acquire() as connection:
                    log.info("making tokens again", done=done, left=await forms.count(connection))
        if done:
            log.info("made tokens again", screenings=done)
        return done

    async def _next_page(self) -> int:
        async with in_transaction(self._context.pool, self._context.service) as tx:
            # Asked before the lock is acquired: nearly always there is nothing, and nobody has to wait for it.
            if not await forms.are_behind(tx.connection):
                return 0
            await identities.lock(tx.connection)
            keys = await forms.behind(tx.connection, self._page)
            await forms.remove_tokens(tx.connection, keys)
            await self._recognition.recognise(tx, keys, self._context.clock.now())
            return len(keys)
