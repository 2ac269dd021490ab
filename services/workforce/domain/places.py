"""Who gets a place. Never more than there are, and who waits gets one in the order in which they asked."""

from datetime import date
from typing import Literal
from uuid import UUID

from services.workforce.domain.errors import InvalidError, NotAllowedError
from services.workforce.domain.session import (
    AnyChange,
    Booked,
    CalledOff,
    CancelReason,
    GivenUp,
    Moved,
    MovedUp,
    PlacesChanged,
    Session,
)
from shared.contracts.workforce import Profession

_ENDED = "has been held or has begun: nobody can take a place in it, or leave it, any more"


def decide_booking(
    session: Session, training_id: UUID, practitioner_id: UUID, agency: str, profession: Profession, today: date
) -> list[AnyChange]:
    """A place, or a wish for one where all are taken. Somebody who has one already keeps it: nothing changes."""
    if session.place_of(practitioner_id):
        return []
    _must_be_to_come(session, today)
    # Whoever asks never overtakes somebody who waits.
    status: Literal["booked", "waiting"] = "booked" if session.free > 0 and not session.waiting() else "waiting"
    return [
        Booked(
            training_id=training_id,
            practitioner_id=practitioner_id,
            agency=agency,
            profession=profession,
            number=len(session.everybody) + 1,
            status=status,
        )
    ]


def decide_giving_up(
    session: Session, training_id: UUID, today: date, reason: CancelReason | None = None
) -> list[AnyChange]:
    """The place becomes free, and the first who waits gets it."""
    place = session.everybody[training_id]
    if place.status == "given-up":
        return []
    if place.status not in ("booked", "waiting"):
        raise NotAllowedError("Attendance was recorded for this place: correct the attendance instead.")
    _must_be_to_come(session, today)
    frees = 1 if place.status == "booked" else 0
    return [GivenUp(training_id=training_id, reason=reason), *_moved_up(session, session.free + frees, but=training_id)]


def decide_places(session: Session, places: int, today: date) -> list[AnyChange]:
    """More places, or fewer; never fewer than are taken. Who waits moves up."""
    if session.called_off:
        raise NotAllowedError("The session was called off.")
    if places < session.taken:
        raise InvalidError([("places", f"must be at least {session.taken}: so many are taken")])
    if places == session.places:
        return []
    moved = _moved_up(session, places - session.taken) if session.is_to_come(today) else []
    return [PlacesChanged(places=places), *moved]


def decide_moving(session: Session, days: tuple[date, ...], venue: str | None, today: date) -> list[AnyChange]:
    """Other days, another place, or both; everybody keeps what they have. What has begun is not moved any more."""
    if (days, venue) == (session.days, session.venue):
        return []
    _must_be_to_come(session, today)
    if any(place.status in ("completed", "partly", "absent") for place in session.everybody.values()):
        raise NotAllowedError("Attendance was recorded for this session, so it cannot be moved.")
    if days != session.days and days[0] < today:
        raise InvalidError([("days", "must not begin before today")])
    return [Moved(days=days, venue=venue)]


def decide_calling_off(session: Session) -> list[AnyChange]:
    """Nobody has a place any more. A session that somebody attended was held, and stays."""
    if session.called_off:
        return []
    everybody = sorted(session.everybody.values(), key=lambda place: place.number)
    if any(place.status in ("completed", "partly") for place in everybody):
        raise NotAllowedError("Somebody attended this session, so it cannot be called off.")
    left = [place for place in everybody if place.status in ("booked", "waiting")]
    return [CalledOff(), *(GivenUp(training_id=place.training_id) for place in left)]


def _moved_up(session: Session, free: int, but: UUID | None = None) -> list[AnyChange]:
    waiting = [place for place in session.waiting() if place.training_id != but]
    return [MovedUp(training_id=place.training_id) for place in waiting[: max(free, 0)]]


def _must_be_to_come(session: Session, today: date) -> None:
    if session.called_off:
        raise NotAllowedError("The session was called off.")
    if not session.is_to_come(today):
        raise NotAllowedError(f"The session of {session.days[0]} {_ENDED}.")
