"""A training session and its places, as the changes that were made to it have left it.

A session is nothing but its changes, applied in order: the history explains how it came to be as it is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from shared.contracts.workforce import Profession, TrainingDelivery, TrainingModule

PlaceStatus = Literal["booked", "waiting", "given-up", "completed", "partly", "absent"]
Outcome = Literal["completed", "partly", "absent"]
CancelReason = Literal["not-free", "ill", "work-comes-first", "no-cover", "another-session", "left-the-post", "other"]
"""Why a practitioner gives up a place of their own (ours): codes, so that nobody writes about a person."""
# Whoever was absent has left the place free for somebody who came instead.
TAKES_A_PLACE: frozenset[PlaceStatus] = frozenset({"booked", "completed", "partly"})


class Change(BaseModel):
    """One change of a session, as it is stored in the history."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Arranged(Change):
    """The session was arranged. E-learning is open from its first day to its last."""

    what: Literal["arranged"] = "arranged"
    modules: tuple[TrainingModule, ...]
    areas: tuple[str, ...]
    days: tuple[date, ...]
    delivery: TrainingDelivery
    delivered_by: str
    trainer: UUID | None = None
    places: int
    venue: str | None = None


class Booked(Change):
    """Somebody asked for a place, and got one or waits for one. `number` is the order of asking."""

    what: Literal["booked"] = "booked"
    training_id: UUID
    practitioner_id: UUID
    agency: str
    profession: Profession
    number: int
    status: Literal["booked", "waiting"]


class MovedUp(Change):
    """The first who waited got a place."""

    what: Literal["moved-up"] = "moved-up"
    training_id: UUID


class GivenUp(Change):
    """A place, or the wish for one, was given up; with a reason where its holder gave it up themselves."""

    what: Literal["given-up"] = "given-up"
    training_id: UUID
    reason: CancelReason | None = None


class Attended(Change):
    """What came of a place. Whoever completed the session has a certificate."""

    what: Literal["attended"] = "attended"
    training_id: UUID
    outcome: Outcome
    completed_on: date | None = None
    certificate: str | None = None
    valid_until: date | None = None


class Followed(Change):
    """A place is the same person's under the id that they have now."""

    what: Literal["followed"] = "followed"
    training_id: UUID
    practitioner_id: UUID


class PlacesChanged(Change):
    """The session has more places, or fewer."""

    what: Literal["places-changed"] = "places-changed"
    places: int


class Moved(Change):
    """The session is held on other days, or elsewhere. Everybody keeps their place."""

    what: Literal["moved"] = "moved"
    days: tuple[date, ...]
    venue: str | None = None


class CalledOff(Change):
    """The session does not take place. Everybody's place is given up with it."""

    what: Literal["called-off"] = "called-off"


AnyChange = Annotated[
    Arranged | Booked | MovedUp | GivenUp | Attended | Followed | PlacesChanged | Moved | CalledOff,
    Field(discriminator="what"),
]
any_change: TypeAdapter[AnyChange] = TypeAdapter(AnyChange)


@dataclass(frozen=True, slots=True)
class Place:
    """One practitioner's place in a session, or their wish for one."""

    training_id: UUID
    practitioner_id: UUID
    agency: str
    profession: Profession
    number: int
    status: PlaceStatus
    completed_on: date | None = None
    certificate: str | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A training session with everybody's place."""

    session_id: UUID
    modules: tuple[TrainingModule, ...]
    areas: tuple[str, ...]
    days: tuple[date, ...]
    delivery: TrainingDelivery
    delivered_by: str
    trainer: UUID | None
    places: int
    called_off: bool = False
    venue: str | None = None
    everybody: dict[UUID, Place] = field(default_factory=dict)

    @property
    def taken(self) -> int:
        """How many places are taken. Never more than there are."""
        return sum(place.status in TAKES_A_PLACE for place in self.everybody.values())

    @property
    def free(self) -> int:
        """How many places are free."""
        return self.places - self.taken

    def waiting(self) -> list[Place]:
        """Who waits for a place, the first who asked first."""
        waiting = (place for place in self.everybody.values() if place.status == "waiting")
        return sorted(waiting, key=lambda place: place.number)

    def place_of(self, practitioner_id: UUID) -> Place | None:
        """The practitioner's place or wish; None where there is none or it was given up."""
        for place in self.everybody.values():
            if place.practitioner_id == practitioner_id and place.status != "given-up":
                return place
        return None

    def has_seen(self, practitioner_id: UUID) -> bool:
        """Whether the practitioner ever asked for a place, given up or not."""
        return any(place.practitioner_id == practitioner_id for place in self.everybody.values())

    def is_to_come(self, today: date) -> bool:
        """Whether somebody could still take part: before it has begun, or while its e-learning is open."""
        last = self.days[-1] if self.delivery is TrainingDelivery.E_LEARNING else self.days[0]
        return not self.called_off and today <= last


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who changed it, as they name themselves, and when."""

    person: str
    at: datetime


def replay(session_id: UUID, changes: Iterable[AnyChange]) -> Session:
    """The session that these changes lead to. The first must be the one that arranged it."""
    iterator: Iterator[AnyChange] = iter(changes)
    first = next(iterator)
    if not isinstance(first, Arranged):
        raise ValueError("a session begins with its being arranged")
    arranged = Session(
        session_id,
        first.modules,
        first.areas,
        first.days,
        first.delivery,
        first.delivered_by,
        first.trainer,
        first.places,
        venue=first.venue,
    )
    return apply(arranged, iterator)


def apply(session: Session, changes: Iterable[AnyChange]) -> Session:
    """The session after these changes, in their order."""
    for change in changes:
        session = evolve(session, change)
    return session


def evolve(session: Session, change: AnyChange) -> Session:
    """The session after one change."""
    match change:
        case Arranged():
            raise ValueError("a session is arranged once")
        case Booked():
            place = Place(
                change.training_id,
                change.practitioner_id,
                change.agency,
                change.profession,
                change.number,
                change.status,
            )
        case MovedUp():
            place = replace(session.everybody[change.training_id], status="booked")
        case GivenUp():
            place = replace(session.everybody[change.training_id], status="given-up")
        case Attended():
            place = replace(
                session.everybody[change.training_id],
                status=change.outcome,
                completed_on=change.completed_on,
                certificate=change.certificate,
                valid_until=change.valid_until,
            )
        case Followed():
            place = replace(session.everybody[change.training_id], practitioner_id=change.practitioner_id)
        case PlacesChanged():
            return replace(session, places=change.places)
        case Moved():
            return replace(session, days=change.days, venue=change.venue)
        case CalledOff():
            return replace(session, called_off=True)
    return replace(session, everybody={**session.everybody, place.training_id: place})
