"""What somebody may know of a place: the newest report, or the counts of the areas that they administer."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from starlette.requests import Request

from services.outcomes.domain.report.document import ReportChapter
from services.outcomes.handlers.board_report import BoardReport
from services.outcomes.handlers.own_counts import OwnCounts
from services.outcomes.web.entitled import sees_every_count


@dataclass(frozen=True, slots=True)
class Counted:
    """Chapters of some places, of one moment.

    `quarter` is that of the report, None of what an administrator alone may see and of nothing at all. `is_due`: newer
    counts are being made.
    """

    every_count: bool
    is_due: bool
    quarter: date | None
    known_until: date | None
    smallest: int
    places: Sequence[str]
    chapters_of: Callable[[str], list[ReportChapter]]

    def chapters(self, place: str) -> list[ReportChapter]:
        """The chapters of a place; none of one that isn't counted."""
        return self.chapters_of(place) if place in self.places else []


class Known:
    """Finds what a request may be answered with."""

    def __init__(self, board: BoardReport, own: OwnCounts) -> None:
        self._board = board
        self._own = own

    async def of(self, request: Request, areas: Sequence[str], region: str = "") -> Counted:
        """What whoever asks may know of these areas; of all areas where there are none.

        A `region` is of these areas today. Where it was counted of others, whoever administers these gets the report.

        Where newer counts are due, it asks for them.
        """
        if sees_every_count(request, areas):
            is_due, own = self._own.ask(), self._own.newest
            if own is not None and (not region or {*own.regions.get(region, ())} == {*areas}):
                return Counted(True, is_due, None, own.known_until, 1, sorted(own.chapters), own.chapters.__getitem__)
            return await self._published(is_due=is_due)
        return await self._published()

    async def _published(self, *, is_due: bool = False) -> Counted:
        every = await asyncio.to_thread(self._board.published)
        newest = every[0] if every else None
        if newest is None or newest.quarter != self._board.quarter:
            is_due = self._board.ask() or is_due
        if newest is None:
            return Counted(False, is_due, None, None, 1, (), lambda _: [])
        places = await asyncio.to_thread(newest.places)
        return Counted(False, is_due, newest.quarter, newest.known_until, newest.smallest, places, newest.chapters)
