"""Restricts what is held of a human being to being kept, under every id of theirs (UK GDPR Art. 18), and lifts it.

An id that is found to be theirs later, as when another front door sends the family, is restricted by the next sweep.
"""

import asyncio
from collections.abc import Collection, Mapping
from uuid import UUID

from services.families.domain.links import NotAllowedError
from services.families.handlers.decisions import UnknownError
from services.families.handlers.erasures import Erasures, Found
from services.families.repository import identities, restrictions
from services.families.repository.restrictions import Restriction
from shared.access.scopes import EVERYWHERE
from shared.contracts.families import PersonRestricted, RestrictionReason
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.postgres.row_reach import reading_within
from shared.service.definition import Context

NOT_RESTRICTED = "Nothing is restricted of this person."


class Restrictions:
    """Restricts, lifts, and keeps up with ids that are found later."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._erasures = Erasures(context)

    async def of(self, people: Collection[UUID]) -> list[Restriction]:
        """Those in force of whoever has one of these ids."""
        with reading_within(EVERYWHERE):
            async with self._context.pool.acquire() as connection:
                return await restrictions.in_force(connection, people)

    async def restrict(self, person: UUID, also: Collection[UUID], reason: RestrictionReason, by: str) -> Restriction:
        """Restricts a human being, and publishes it. Whoever is restricted for this reason already stays so.

        Raises UnknownError.
        """
        found = await self._erasures.find(person, also)
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await identities.lock(tx.connection)
            known = await restrictions.in_force(tx.connection, found.human.certain)
            same = next((each for each in known if each.reason == reason), None)
            now = self._context.clock.now()
            current = same or Restriction(new_id(), person, min(found.areas), reason, by, now)
            if same is None:
                await restrictions.record(tx.connection, current)
            await self._extend(tx, current, found)
        return current

    async def lift(self, person: UUID, by: str) -> None:
        """Lifts what is in force of whoever has this id. Raises NotAllowedError where that is nothing."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await identities.lock(tx.connection)
            known = await restrictions.in_force(tx.connection, [person])
            if not known:
                raise NotAllowedError(NOT_RESTRICTED)
            now = self._context.clock.now()
            people: dict[UUID, UUID] = {}
            for each in known:
                people |= await restrictions.people_of(tx.connection, each.restriction_id)
                await restrictions.lift(tx.connection, each.restriction_id, by, now)
            still = await restrictions.in_force(tx.connection, people)
            for each in still:
                for kept in await restrictions.people_of(tx.connection, each.restriction_id):
                    people.pop(kept, None)
            self._publish(tx, people, restricted=False)

    async def keep_up(self) -> int:
        """Restricts ids of restricted people that were found since; returns how many."""
        with reading_within(EVERYWHERE):
            async with self._context.pool.acquire() as connection:
                current = await restrictions.all_in_force(connection)
        added = 0
        for each in current:
            try:
                found = await self._erasures.find(each.person_id)
            except UnknownError:
                continue
            async with in_transaction(self._context.pool, self._context.service) as tx:
                await identities.lock(tx.connection)
                if any(one.restriction_id == each.restriction_id for one in await _in_force(tx, each)):
                    added += await self._extend(tx, each, found)
        return added

    async def _extend(self, tx: Transaction, restriction: Restriction, found: Found) -> int:
        people = {each: found.sights[each][0].case_id for each in found.human.certain}
        new = await restrictions.add_people(tx.connection, restriction.restriction_id, people)
        self._publish(tx, new, restricted=True)
        return len(new)

    def _publish(self, tx: Transaction, people: Mapping[UUID, UUID], *, restricted: bool) -> None:
        now = self._context.clock.now()
        for person, case_id in people.items():
            tx.emit(PersonRestricted(case_id=case_id, occurred_at=now, person_id=person, restricted=restricted))


async def _in_force(tx: Transaction, restriction: Restriction) -> list[Restriction]:
    return await restrictions.in_force(tx.connection, [restriction.person_id])


class RestrictionSweep:
    """Keeps up with ids that are found later, at an interval in seconds."""

    def __init__(self, context: Context, interval_s: float) -> None:
        self._restrictions = Restrictions(context)
        self._interval_s = interval_s

    async def run(self) -> None:
        """For the life of the process."""
        while True:
            await self._restrictions.keep_up()
            await asyncio.sleep(self._interval_s)
