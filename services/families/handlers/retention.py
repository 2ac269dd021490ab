"""Erases whoever is past the time for which their area keeps them: a human being of whom every case is.

When cases ended is referral's to know, who is who is known here. Who may have another case, by ids that only may be
theirs, stays until a person has looked.
"""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.families.handlers.decisions import UnknownError
from services.families.handlers.erasures import Erasures
from services.families.repository import restrictions, retention
from shared.access.scopes import EVERYWHERE
from shared.contracts.case_record import CaseRetentionEnded
from shared.contracts.families import ErasureReason
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.postgres.row_reach import reading_within
from shared.service.definition import Context

BY = "stack:retention"
"""Who erases, as it is recorded: the stack itself."""


class _Due(NamedTuple):
    person: UUID
    area: str


class HumanRetention:
    """The schedule `case`, as far as this service knows it: whose people these are."""

    schedule = "case"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._erasures = Erasures(context)

    async def ended(self, tx: Transaction, batch: Sequence[Received[CaseRetentionEnded]]) -> None:
        """Saves which cases are past retention. Who is erased is found by the next round, not under a batch's locks."""
        await retention.save(tx.connection, (each.event for each in batch))

    async def due(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:  # noqa: ARG002
        """How many human beings are, by area."""
        return Counter([each.area async for each in self._humans(await self._cases(areas), areas)])

    async def due_with(self, cases: Collection[UUID], areas: Collection[str] | None = None) -> Mapping[str, int]:
        """The same, as if these cases were past retention too."""
        return Counter([each.area async for each in self._humans(await self._cases(areas) | set(cases), areas)])

    async def apply(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:  # noqa: ARG002
        """Erases them, one after the other; returns how many by area."""
        done: Counter[str] = Counter()
        async for human in self._humans(await self._cases(areas), areas):
            await self._erasures.erase(human.person, (), ErasureReason.RETENTION_ENDED, BY)
            done[human.area] += 1
        return done

    async def _cases(self, areas: Collection[str] | None) -> set[UUID]:
        with reading_within(EVERYWHERE):
            async with self._context.pool.acquire() as connection:
                return await retention.due_cases(connection, areas)

    async def _is_restricted(self, people: Collection[UUID]) -> bool:
        with reading_within(EVERYWHERE):
            async with self._context.pool.acquire() as connection:
                return bool(await restrictions.in_force(connection, people))

    async def _humans(self, cases: Collection[UUID], areas: Collection[str] | None) -> AsyncIterator[_Due]:
        """Each human being of whom every case is among these, once. Of nobody else anything is said."""
        with reading_within(EVERYWHERE):
            async with self._context.pool.acquire() as connection:
                people = await retention.people_of(connection, cases)
        seen: set[UUID] = set()
        for person in people:
            if person in seen:
                continue
            try:
                found = await self._erasures.find(person)
            except UnknownError:
                continue
            seen |= found.human.certain
            theirs = found.human.certain | found.human.perhaps
            of_cases = {sight.case_id for each in theirs for sight in found.sights.get(each, ())}
            if await self._is_restricted(theirs):
                continue
            if of_cases <= set(cases) and (areas is None or found.areas <= set(areas)):
                yield _Due(person, min(found.areas))
