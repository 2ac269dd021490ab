"""Makes the tokens of earlier screenings again, where names and numbers are brought into another form since.

Tokens in two forms never meet, so a family would be missed that comes again. From the sealed identities each screening
gets new ones, some screenings a transaction, and is looked for once more: what the new form finds is told. What comes
meanwhile waits behind them, so nobody is told to be alone who is not. Whoever stops in the middle goes on there.
"""

import asyncio
import time

import structlog

from services.families.handlers.recognition import Recognition
from services.families.repository import forms, identities
from services.families.settings import FamiliesSettings
from shared.messaging.publishing.transaction import in_transaction
from shared.service.definition import Context

_AT_ONCE = 200
_EVERY_S = 15.0
# A process of the release before may still be keeping some, while releases change.
_AGAIN_S = 5.0
log = structlog.get_logger()


class Rederiving:
    """Brings screenings up to today's form, from the start of the process on."""

    def __init__(self, context: Context, settings: FamiliesSettings, *, at_once: int = _AT_ONCE) -> None:
        self._context = context
        self._recognition = Recognition(context.keyring, settings)
        self._at_once = at_once

    async def run(self) -> None:
        """For the life of the process."""
        while True:
            await self.once()
            await asyncio.sleep(_AGAIN_S)

    async def once(self) -> int:
        """All that are behind; returns how many there were. Says in the log how far it is."""
        done, said = 0, time.monotonic()
        while count := await self._some():
            done += count
            if time.monotonic() - said >= _EVERY_S:
                said = time.monotonic()
                async with self._context.pool.acquire() as connection:
                    log.info("making tokens again", done=done, left=await forms.count(connection))
        if done:
            log.info("made tokens again", screenings=done)
        return done

    async def _some(self) -> int:
        async with in_transaction(self._context.pool, self._context.service) as tx:
            # Asked before the lock is taken: nearly always there is nothing, and nobody has to wait for it.
            if not await forms.are_behind(tx.connection):
                return 0
            await identities.lock(tx.connection)
            keys = await forms.behind(tx.connection, self._at_once)
            await forms.forget_tokens(tx.connection, keys)
            for event in await self._recognition.look(tx.connection, keys, self._context.clock.now()):
                tx.emit(event)
            return len(keys)
