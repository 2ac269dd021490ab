"""Coordinators among themselves: who they are, and who covers for whom."""

from collections.abc import Sequence
from uuid import UUID

from services.referral.domain.deciders.colleagues import AskedToCover, Cover, areas_to_cover, known_since, may_end
from services.referral.handlers.emergencies import WALL
from services.referral.handlers.errors import NotThereError
from services.referral.repository import colleagues
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import in_transaction
from shared.service.definition import Context
from shared.service.form_keys import claim_once


class Noted:
    """Notes that coordinators come to their areas' worklists, once a day each."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: set[tuple[str, tuple[str, ...]]] = set()
        self._day = WALL.now().date()

    async def came(self, who: str, areas: Sequence[str]) -> None:
        """Somebody who is let in as a coordinator of these areas is one of their coordinators."""
        today = WALL.now().date()
        if today != self._day:
            self._known.clear()
            self._day = today
        if areas and (who, tuple(areas)) not in self._known:
            async with in_transaction(self._context.pool, self._context.service) as tx:
                await colleagues.seen(tx.connection, who, areas, today)
            self._known.add((who, tuple(areas)))


async def name_cover(
    context: Context, asked: AskedToCover, who: str, areas: Sequence[str], *, for_others: bool, key: UUID | None = None
) -> None:
    """Names who covers for somebody, in those of these areas that both are coordinators of.

    Raises InvalidCommandError or AlreadySentError.
    """
    now = WALL.now()
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        known = await colleagues.coordinators(tx.connection, areas, known_since(now))
        found = areas_to_cover(asked, known, now.date(), who=who, for_others=for_others)
        await colleagues.add(tx.connection, Cover(new_id(), found, *asked), who, now)


async def end_cover(context: Context, cover_id: UUID, who: str, areas: Sequence[str], *, for_others: bool) -> None:
    """Ends a cover of one of these areas now. Raises NotThereError or ConflictError."""
    async with in_transaction(context.pool, context.service) as tx:
        cover = await colleagues.find(tx.connection, cover_id)
        if cover is None or set(areas).isdisjoint(cover.areas):
            raise NotThereError("There is no cover with this id that has not ended.")
        may_end(cover, who, for_others=for_others)
        await colleagues.end(tx.connection, cover_id, who, WALL.now())
