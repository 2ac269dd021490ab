"""Erases people: under all of their ids, in one direction, and to the end even where a process dies on the way.

What is to be erased is recorded first; then the keys go; then, in one transaction, what this service stores of them
goes and everybody is told. Whoever comes back after a crash finds the record and does the rest. A keyring that came
from a backup is put right by the same records.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import structlog

from services.families.domain.humans import Human, Humans, Seen
from services.families.domain.identity import Child, Parent, child_of, parent_of
from services.families.domain.links import NotAllowedError
from services.families.domain.weights import Weights
from services.families.handlers.decisions import UnknownError
from services.families.repository import erasures, identities, restrictions
from services.families.repository.erasures import Erasure, SealedSight
from services.families.settings import FamiliesSettings
from shared.access.scopes import EVERYWHERE
from shared.contracts.families import ErasureReason, PersonErased
from shared.messaging.core.envelope import new_id
from shared.messaging.core.records import Finding
from shared.messaging.publishing.transaction import in_transaction
from shared.postgres.connection import Connection
from shared.postgres.row_reach import reading_within
from shared.privacy.case_words import known_subjects
from shared.privacy.keyring import Keys
from shared.privacy.sealing import CannotOpenError
from shared.service.definition import Context
from shared.service.requests import InvalidRequestError

RESTRICTED = "What is held of this person is restricted to being kept. Lift that first."
NO_PERSON = "There is no person with this id."
_PAGE = 5_000
_FIRST = UUID(int=0)
log = structlog.get_logger()


@dataclass(frozen=True)
class Found:
    """A human being by their ids, and what is stored of each id here. No description leaves the handler."""

    human: Human
    sights: Mapping[UUID, Sequence[SealedSight]]
    tokens: Mapping[UUID, int]
    # Ids that are certainly theirs if a family that may be one with theirs is.
    if_linked: frozenset[UUID] = frozenset()

    @property
    def areas(self) -> set[str]:
        """Where they are known."""
        return {each.area for person in self.human.certain for each in self.sights.get(person, ())}


class Erasures:
    """Finds whom an id means, erases them, and finishes what was begun."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._weights = Weights.read()
        settings = context.settings
        self._enough = settings.parent_weight if isinstance(settings, FamiliesSettings) else 0.0

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A connection that reads whatever a caller's reach: whose ids are one human's is not decided on a part."""
        with reading_within(EVERYWHERE):
            async with self._context.pool.acquire() as connection:
                yield connection

    async def recorded(self, person: UUID) -> Erasure | None:
        """The erasure of whoever had this id; None where there was none."""
        async with self.reading() as connection:
            return await erasures.of_person(connection, person)

    async def find(self, person: UUID, also: Collection[UUID] = ()) -> Found:
        """Whom an id means; `also` are ids that somebody knows to be theirs. Raises UnknownError."""
        async with self.reading() as connection:
            return await self._find(connection, person, also)

    async def erase(self, person: UUID, also: Collection[UUID], reason: ErasureReason, by: str) -> Erasure:
        """Erases a human being. Who was erased already stays so, and nothing more happens.

        `also` are ids that may be theirs, as `find` gives them, and are. Raises UnknownError, InvalidRequestError
        for one that is not, or NotAllowedError where it is restricted to being kept.
        """
        erasure = await self.recorded(person)
        if erasure is None:
            erasure = await self._record(person, also, reason, by)
        await self.finish(erasure.erasure_id)
        return await self.recorded(person) or erasure

    async def finish(self, erasure_id: UUID) -> None:
        """Does what is left to be done of an erasure; nothing where that is nothing."""
        context = self._context
        async with self.reading() as connection:
            subjects = await erasures.subjects_of(connection, erasure_id)
        await context.keyring.erase(*subjects)
        async with in_transaction(context.pool, context.service) as tx:
            await identities.lock(tx.connection)
            if not await erasures.lock_unfinished(tx.connection, erasure_id):
                return
            people = await erasures.people_of(tx.connection, erasure_id)
            await erasures.clear(tx.connection, sorted(people))
            now = context.clock.now()
            for person, case_id in people.items():
                tx.emit(PersonErased(case_id=case_id, occurred_at=now, person_id=person))
            await erasures.finish(tx.connection, erasure_id, now)
        log.info("somebody was erased", erasure=str(erasure_id), ids=len(people))

    async def _record(self, person: UUID, also: Collection[UUID], reason: ErasureReason, by: str) -> Erasure:
        context = self._context
        async with in_transaction(context.pool, context.service) as tx:
            await identities.lock(tx.connection)
            if meanwhile := await erasures.of_person(tx.connection, person):
                return meanwhile
            found = await self._find(tx.connection, person, also)
            may_be = (await self._find(tx.connection, person, ())).human if also else found.human
            if not set(also) <= may_be.certain | may_be.perhaps:
                raise InvalidRequestError([Finding("also", "must be ids that the preview shows for this person")])
            if await restrictions.in_force(tx.connection, found.human.certain):
                raise NotAllowedError(RESTRICTED)
            people = {each: found.sights[each][0].case_id for each in found.human.certain}
            words = {
                subject: case_id
                for case_id in sorted(set(people.values()))
                for subject in await known_subjects(context.keyring, case_id)
            }
            area = min(found.areas)
            erasure = Erasure(new_id(), person, area, reason, by, context.clock.now(), None)
            await erasures.record(tx.connection, erasure, people, words)
            own = found.sights[person][0]
            pending = {each: found.sights[each][0] for each in found.if_linked}
            await erasures.record_if_linked(
                tx.connection,
                erasure.erasure_id,
                (own.key[0], own.family_ref),
                {each: (sight.key[0], sight.family_ref) for each, sight in pending.items()},
            )
            return erasure

    async def _find(self, connection: Connection, person: UUID, also: Collection[UUID]) -> Found:
        around = await erasures.around(connection, person)
        if not any(each.person_id == person for each in around):
            raise UnknownError(NO_PERSON)
        keys = await self._context.keyring.for_opening(each.sealed for each in around)
        described = [(each, opened) for each in around if (opened := _opened(keys, each)) is not None]
        others = [each for each in also if each != person]

        def of(sights: Sequence[tuple[SealedSight, Parent | Child]]) -> Human:
            seen = [Seen(each.person_id, each.key, opened, each.of_family) for each, opened in sights]
            return Humans(seen, self._weights, self._enough).of(person, others)

        human = of([each for each in described if not each[0].doubtful])
        linked = of(described)
        if_linked = linked.certain - human.certain
        human = Human(human.certain, human.perhaps | linked.perhaps | if_linked)
        sights: dict[UUID, list[SealedSight]] = {}
        for each in around:
            sights.setdefault(each.person_id, []).append(each)
        certain = frozenset(each for each in human.certain if each in sights)
        tokens = await erasures.tokens_of(connection, certain | human.perhaps)
        return Found(Human(certain, human.perhaps - certain), sights, tokens, if_linked - certain)


def _opened(keys: Keys, sight: SealedSight) -> Parent | Child | None:
    """Somebody as they were described; None where their key was erased."""
    try:
        opened = keys.open(sight.sealed, sight.key[1])
    except CannotOpenError:
        return None
    return parent_of(opened) if sight.kind == "parent" else child_of(opened)


class ErasureSweep:
    """Finishes erasures, and clears away what is left or came again, at an interval in seconds."""

    def __init__(self, context: Context, interval_s: float) -> None:
        self._context = context
        self._erasures = Erasures(context)
        self._interval_s = interval_s

    async def run(self) -> None:
        """For the life of the process. What a process before it left unfinished comes first."""
        while True:
            await self.once()
            await asyncio.sleep(self._interval_s)

    async def once(self) -> int:
        """One sweep; returns for how many people something was cleared away."""
        await self._reach_linked()
        await self._finish()
        await self._erase_again()
        return await self._clear()

    async def _reach_linked(self) -> None:
        """Whoever turned out since to be somebody who was erased: a link that is made late reaches as far as an early
        one. Who is restricted to being kept waits.
        """
        async with self._erasures.reading() as connection:
            linked = await erasures.linked_since(connection)
        reached = []
        for person, before in linked:
            try:
                await self._erasures.erase(person, (), ErasureReason(before.reason), before.by)
            except NotAllowedError:
                continue
            except UnknownError:
                log.info("nothing is left to erase of somebody whose family was linked late")
            reached.append(person)
        with reading_within(EVERYWHERE):
            async with in_transaction(self._context.pool, self._context.service) as tx:
                await erasures.drop_if_linked(tx.connection, reached)

    async def _finish(self) -> None:
        async with self._context.pool.acquire() as connection:
            unfinished = await erasures.unfinished(connection)
        for erasure_id in unfinished:
            await self._erasures.finish(erasure_id)

    async def _erase_again(self) -> None:
        """A keyring from a backup has keys of people who were erased since."""
        if back := await self._context.keyring.erase_again(self._subjects_after):
            log.warning("keys that had been erased were there again, and are erased", keys=back)

    async def _subjects_after(self, after: UUID) -> Sequence[UUID]:
        async with self._context.pool.acquire() as connection:
            return await erasures.subjects_after(connection, after, _PAGE)

    async def _clear(self) -> int:
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
                    await erasures.clear(tx.connection, sorted(erased))
                cleared += len(erased)
        if cleared:
            log.info("cleared away what was erased", people=cleared)
        return cleared
