"""Commands on training sessions and their places: lock, decide, save and publish; all of it or nothing.

Each raises UnknownError for an id that there is not, NotAllowedError where the state does not allow it, and
InvalidError with what is wrong. `person` is who acts, as they name themselves. `key` is that of a page's form: sent
again, it raises AlreadySentError.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.workforce.domain.attendance import Ratings, decide_attendance
from services.workforce.domain.attendance_list import Listed
from services.workforce.domain.confidence import own_ratings
from services.workforce.domain.errors import NO_PLACE, InvalidError, NotAllowedError, UnknownError
from services.workforce.domain.places import (
    decide_booking,
    decide_calling_off,
    decide_giving_up,
    decide_moving,
    decide_places,
)
from services.workforce.domain.session import AnyChange, Arranged, Attribution, CancelReason, Session, replay
from services.workforce.handlers.people import Person, register
from services.workforce.handlers.session_changes import lock_session, record_changes, record_ratings
from services.workforce.repository import directory, practitioners, sessions
from shared.contracts.workforce import ConfidenceOccasion, Profession
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.service.definition import Context
from shared.service.form_keys import claim_once


@dataclass(frozen=True, slots=True)
class Booking:
    """A place, or a position on the waiting list."""

    training_id: UUID
    status: str
    waiting_position: int | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A session as a command left it, and what the command changed."""

    session: Session
    changes: Sequence[AnyChange]

    def moved_up(self) -> list[UUID]:
        """The trainings of those who waited and have a place now."""
        return [change.training_id for change in self.changes if change.what == "moved-up"]


class Sessions:
    """The commands."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def arrange(self, session_id: UUID | None, arranged: Arranged, trainer: Person | None, person: str) -> UUID:
        """Arranges a session and returns its id; the same `session_id` and content again has no second effect."""
        async with self._transaction() as tx:
            if unknown := await directory.unknown_areas(tx.connection, arranged.areas):
                raise InvalidError([("areas", f"must be registered areas, which {', '.join(sorted(unknown))} is not")])
            session_id = session_id or new_id()
            if await sessions.lock(tx.connection, session_id):
                if (await sessions.history(tx.connection, session_id))[0] != arranged:
                    raise NotAllowedError("There is another session with this id.")
            else:
                if trainer:
                    await register(tx, self._context.keyring, [trainer])
                await sessions.add(tx.connection, replay(session_id, [arranged]), arranged, self._by(person))
        return session_id

    async def book(
        self,
        session_id: UUID,
        practitioner: Person,
        profession: Profession,
        person: str,
        *,
        before: Ratings | None = None,
        key: UUID | None = None,
    ) -> Booking:
        """A place for a practitioner, or a place on the waiting list.

        `before`: how sure they feel before the training, where they say so themselves.
        """
        by = self._by(person)
        async with self._transaction() as tx:
            await claim_once(tx, key)
            session = await lock_session(tx, session_id)
            agencies = await directory.agencies(tx.connection, [practitioner.agency])
            if not agencies.takes_part(practitioner.agency, session):
                raise InvalidError([("agency", "must be a registered agency of one of the session's areas")])
            changes = decide_booking(
                session, new_id(), practitioner.practitioner_id, practitioner.agency, profession, by.at.date()
            )
            await register(tx, self._context.keyring, [practitioner])
            session = await record_changes(tx, session, changes, by)
            place = session.place_of(practitioner.practitioner_id)
            if place is None:
                raise RuntimeError("a booking left no place")
            if before:
                ratings = own_ratings(session, place, ConfidenceOccasion.BEFORE, before, by.at.date())
                await record_ratings(tx, ratings, by.at)
        waiting = [each.training_id for each in session.waiting()]
        position = waiting.index(place.training_id) + 1 if place.training_id in waiting else None
        return Booking(place.training_id, place.status, position)

    async def give_up(
        self,
        session_id: UUID,
        training_id: UUID,
        person: str,
        *,
        own: UUID | None = None,
        reason: CancelReason | None = None,
        key: UUID | None = None,
    ) -> Changed:
        """A place is given up; who waits moves up.

        `own`: the practitioner who gives up a place of their own; another's is not there for them.
        """
        by = self._by(person)
        async with self._transaction() as tx:
            await claim_once(tx, key)
            session = await lock_session(tx, session_id)
            place = session.everybody.get(training_id)
            if place is None or own not in (None, place.practitioner_id):
                raise UnknownError(NO_PLACE)
            changes = decide_giving_up(session, training_id, by.at.date(), reason)
            return Changed(await record_changes(tx, session, changes, by), changes)

    async def rate(
        self,
        session_id: UUID,
        training_id: UUID,
        own: UUID,
        occasion: ConfidenceOccasion,
        scores: Ratings,
        *,
        key: UUID | None = None,
    ) -> None:
        """How sure a practitioner feels before or after a training of their own; as `own_ratings` raises."""
        now = self._context.clock.now()
        async with self._transaction() as tx:
            await claim_once(tx, key)
            session = await lock_session(tx, session_id)
            place = session.everybody.get(training_id)
            if place is None or place.practitioner_id != own:
                raise UnknownError(NO_PLACE)
            ratings = own_ratings(session, place, occasion, scores, now.date())
            await practitioners.lock(tx.connection, [own])
            await record_ratings(tx, ratings, now)

    async def change_places(self, session_id: UUID, places: int, person: str, *, key: UUID | None = None) -> Changed:
        """More places, or fewer."""
        by = self._by(person)
        async with self._transaction() as tx:
            await claim_once(tx, key)
            session = await lock_session(tx, session_id)
            changes = decide_places(session, places, by.at.date())
            return Changed(await record_changes(tx, session, changes, by), changes)

    async def move(
        self, session_id: UUID, days: Sequence[date], venue: str | None, person: str, *, key: UUID | None = None
    ) -> Changed:
        """The session is held on these days, and there; whoever signed up is written to."""
        by = self._by(person)
        async with self._transaction() as tx:
            await claim_once(tx, key)
            session = await lock_session(tx, session_id)
            changes = decide_moving(session, tuple(days), venue, by.at.date())
            return Changed(await record_changes(tx, session, changes, by), changes)

    async def call_off(self, session_id: UUID, person: str, *, key: UUID | None = None) -> Changed:
        """The session does not take place."""
        by = self._by(person)
        async with self._transaction() as tx:
            await claim_once(tx, key)
            session = await lock_session(tx, session_id)
            changes = decide_calling_off(session)
            return Changed(await record_changes(tx, session, changes, by), changes)

    async def record_attendance(
        self, session_id: UUID, listed: Sequence[Listed], person: str, *, key: UUID | None = None
    ) -> Changed:
        """An attendance list: recorded whole, or not at all."""
        by = self._by(person)
        lines = [each.line for each in listed]
        people = [
            Person(each.line.practitioner_id, each.line.agency, each.own_id, each.name, each.email) for each in listed
        ]
        async with self._transaction() as tx:
            await claim_once(tx, key)
            session = await lock_session(tx, session_id)
            numbers = await sessions.new_certificates(tx.connection, session.days[-1].year, len(lines))
            agencies = await directory.agencies(tx.connection, {line.agency for line in lines})
            changes, ratings = decide_attendance(session, lines, agencies, by.at.date(), new_id, numbers.__next__)
            await register(tx, self._context.keyring, people)
            return Changed(await record_changes(tx, session, changes, by, ratings), changes)

    def _by(self, person: str) -> Attribution:
        return Attribution(person, self._context.clock.now())

    def _transaction(self) -> AbstractAsyncContextManager[Transaction]:
        return in_transaction(self._context.pool, self._context.service)
