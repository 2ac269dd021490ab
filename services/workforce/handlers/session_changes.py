"""One person's command on a session: lock, decide, save, tell; all of it or nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.workforce.domain import consequences
from services.workforce.domain.attendance import Rating
from services.workforce.domain.follow_up import CLOSES, LAPSES, OPENS, at
from services.workforce.domain.session import AnyChange, Session, evolve
from services.workforce.repository import directory, practitioners, records, sessions
from services.workforce.web.answers import UnknownError
from shared.contracts.base import Sealed
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers import scheduled
from shared.messaging.timers.scheduled import Due
from shared.privacy.keyring import Keyring
from shared.privacy.sealing import CannotOpenError

FIELD = "training-record"


@dataclass(frozen=True, slots=True)
class Person:
    """A practitioner as somebody outside names them."""

    practitioner_id: UUID
    agency: str
    own_id: str
    name: str | None
    email: str | None


async def locked(tx: Transaction, session_id: UUID) -> Session:
    """The session, under its lock."""
    session = await sessions.lock(tx.connection, session_id)
    if session is None:
        raise UnknownError("There is no training session with this id.")
    return session


async def register(tx: Transaction, keyring: Keyring, people: Collection[Person]) -> None:
    """Keeps who these people are, sealed, and locks them. Somebody whose key was erased stays without a name."""
    known = await practitioners.registered(tx.connection, [each.practitioner_id for each in people])
    keys = await keyring.for_sealing({each.practitioner_id for each in people}, "practitioner")

    def sealed(person: Person) -> Sealed | None:
        if person.practitioner_id in known and not (person.name or person.email):
            return None
        value = {"practitioner": person.own_id, "name": person.name, "email": person.email}
        try:
            return keys.seal(person.practitioner_id, FIELD, value)
        except CannotOpenError:
            return None

    await practitioners.keep_registered(
        tx.connection, [(each.practitioner_id, each.agency, sealed(each)) for each in people]
    )


async def settle(
    tx: Transaction,
    before: Session,
    changes: Sequence[AnyChange],
    now: datetime,
    by: str,
    ratings: Sequence[Rating] = (),
) -> Session:
    """Saves what was decided, sets the calendar for what is asked later, and tells what follows."""
    after = before
    for change in changes:
        after = evolve(after, change)
    await sessions.save(tx.connection, before, after, changes, now, by)
    follows = consequences.of_changes(before, after, now)
    # The calendar before the follow-ups, as whoever fires it takes them.
    await scheduled.cancel_all_of(tx.connection, follows.nothing_to_follow_up)
    ahead = [
        Due(kind, str(each.training_id), at(day))
        for each in follows.follow_ups
        for kind, day in ((OPENS, each.opens_on), (CLOSES, each.closes_on))
    ]
    if follows.lapse:
        agencies = await directory.agencies(tx.connection, {place.agency for place in follows.lapse})
        ahead += [
            Due(LAPSES, str(place.training_id), at(agencies.reminded_on(place.agency, place.valid_until)))
            for place in follows.lapse
            if place.valid_until
        ]
    await scheduled.schedule(tx.connection, ahead)
    await records.withdraw_follow_ups(tx.connection, follows.nothing_to_follow_up)
    await records.begin_follow_ups(tx.connection, follows.follow_ups)
    for event in follows.events:
        tx.emit(event)
    await rate(tx, ratings, now)
    return after


async def rate(tx: Transaction, ratings: Sequence[Rating], now: datetime) -> None:
    """Keeps how sure people feel and tells what is new. Their practitioners must be locked."""
    for rating in await records.save_ratings(tx.connection, ratings) if ratings else ():
        tx.emit(consequences.rated(rating, now))
