"""Sessions of parents' own pages that are over, for where nobody opens a link any more."""

from collections.abc import Collection, Mapping
from datetime import datetime

from services.notification.repository import own_links
from shared.service.definition import Context


class OwnSessionRetention:
    """The schedule of sessions, as for staff's. A session is of no area."""

    schedule = "page-session"

    def __init__(self, context: Context) -> None:
        self._pool = context.pool

    async def due(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:  # noqa: ARG002
        """How many are over."""
        async with self._pool.acquire() as connection:
            number = await own_links.sessions_over(connection, now)
        return {"": number} if number else {}

    async def apply(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:  # noqa: ARG002
        """Deletes them."""
        async with self._pool.acquire() as connection:
            number = await own_links.delete_over(connection, now)
        return {"": number} if number else {}
