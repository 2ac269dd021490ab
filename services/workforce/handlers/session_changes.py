"""Saves what was decided about a session, schedules what is asked later, and publishes what follows.

Within the transaction of the command that decided it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.workforce.domain import consequences, notices
from services.workforce.domain.attendance import Rating
from services.workforce.domain.errors import NO_SESSION, UnknownError
from services.workforce.domain.follow_up import CLOSES, LAPSES, OPENS, at
from services.workforce.domain.session import AnyChange, Attribution, Session, apply
from services.workforce.repository import confidence, directory, follow_ups, sessions
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers import scheduled
from shared.messaging.timers.scheduled import ScheduledTimer


async def lock_session(tx: Transaction, session_id: UUID) -> Session:
    """The session, under its lock. Raises UnknownError."""
    session = await sessions.lock(tx.connection, session_id)
    if session is None:
        raise UnknownError(NO_SESSION)
    return session


async def record_changes(
    tx: Transaction, before: Session, changes: Sequence[AnyChange], by: Attribution, ratings: Sequence[Rating] = ()
) -> Session:
    """Saves changes of a locked session with ratings; returns the session as it is now."""
    after = apply(before, changes)
    await sessions.save(tx.connection, before, after, changes, by)
    follows = consequences.of_changes(before, after, by.at)
    # Timers before follow-ups, in the order in which firing locks them.
    await scheduled.cancel_all_of(tx.connection, [*follows.nothing_to_follow_up, *notices.no_more(before, after)])
    timers = [
        ScheduledTimer(kind, str(each.training_id), at(day))
        for each in follows.follow_ups
        for kind, day in ((OPENS, each.opens_on), (CLOSES, each.closes_on))
    ]
    if follows.lapse:
        agencies = await directory.agencies(tx.connection, {place.agency for place in follows.lapse})
        timers += [
            ScheduledTimer(LAPSES, str(place.training_id), at(agencies.reminded_on(place.agency, place.valid_until)))
            for place in follows.lapse
            if place.valid_until
        ]
    # Written to by a timer, whether it is due at once or not: no command waits for somebody's key.
    written = notices.of_changes(before, after, by.at)
    timers += [ScheduledTimer(each.kind, str(each.training_id), each.at) for each in written]
    await scheduled.schedule(tx.connection, timers)
    await follow_ups.withdraw(tx.connection, follows.nothing_to_follow_up)
    await follow_ups.begin(tx.connection, follows.follow_ups)
    for event in follows.events:
        tx.emit(event)
    await record_ratings(tx, ratings, by.at)
    return after


async def record_ratings(tx: Transaction, ratings: Sequence[Rating], now: datetime) -> None:
    """Saves how sure people feel and publishes what is new. Their practitioners must be locked."""
    for rating in await confidence.save(tx.connection, ratings) if ratings else ():
        tx.emit(consequences.rated(rating, now))
