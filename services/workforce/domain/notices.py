"""What whoever signs up for a session is written, and when. Pure: nobody's address is known here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from services.workforce.domain.session import Place, Session

CONFIRMED, COMES_UP = "place-confirmed", "session-comes-up"
CALLED_OFF, CERTIFIED = "session-called-off", "certificate-issued"
MOVED = "session-moved"
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Notice:
    """One mail about a training: of which kind, and when it is due."""

    kind: str
    training_id: UUID
    at: datetime


def of_changes(before: Session, after: Session, now: datetime) -> Iterator[Notice]:
    """Who is written to because the session is as it is now and not as it was."""
    called_off = after.called_off and before.is_to_come(now.date())
    moved = (before.days, before.venue) != (after.days, after.venue)
    reminds_at = datetime.combine(after.days[0], time(), UTC) - _A_DAY
    for training_id, place in after.everybody.items():
        earlier = before.everybody.get(training_id)
        status = earlier.status if earlier else None
        if called_off and status in ("booked", "waiting"):
            yield Notice(CALLED_OFF, training_id, now)
        elif place.status == "booked" and status in (None, "waiting"):
            yield Notice(CONFIRMED, training_id, now)
            # Whoever books on the day before has just been written to.
            if reminds_at > now:
                yield Notice(COMES_UP, training_id, reminds_at)
        elif moved and place.status in ("booked", "waiting"):
            yield Notice(MOVED, training_id, now)
            # A reminder of the day before is due at another time; one that is left of a later day reminds nobody.
            if place.status == "booked" and reminds_at > now:
                yield Notice(COMES_UP, training_id, reminds_at)
        elif place.certificate and not (earlier and earlier.certificate):
            yield Notice(CERTIFIED, training_id, now)


def no_more(before: Session, after: Session) -> list[UUID]:
    """The trainings of which nothing is to be written any more: their places were given up."""

    def had(place: Place) -> bool:
        earlier = before.everybody.get(place.training_id)
        return earlier is None or earlier.status != "given-up"

    return [each.training_id for each in after.everybody.values() if each.status == "given-up" and had(each)]
