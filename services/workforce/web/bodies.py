"""What a person sends. Unknown fields are refused: a typing error must not vanish."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import AfterValidator, Field

from services.workforce.domain.errors import InvalidError
from services.workforce.domain.follow_up import MOST_FAMILIES, Obstacle
from services.workforce.domain.session import CancelReason
from services.workforce.handlers.people import Person
from shared.contracts.base import AreaCode, Record, Reference, ShortText, Slug
from shared.contracts.practitioners import practitioner_id
from shared.contracts.workforce import HowOften, Profession, TrainingDelivery, TrainingModule

_MOST_PLACES = 10_000
T = TypeVar("T")


def _each_once(values: list[T]) -> list[T]:
    if len(set(values)) < len(values):
        raise ValueError("must name each once")
    return values


def _in_order(values: list[date]) -> list[date]:
    return sorted(_each_once(values))


def _on_one_line(text: str) -> str:
    if not text.isprintable() or not text.strip():
        raise ValueError("must be text on one line")
    return text.strip()


Venue = Annotated[ShortText, Field(min_length=1), AfterValidator(_on_one_line)]


class Practitioner(Record):
    """A practitioner by their agency and the agency's own id. Name and address are sealed before they are stored."""

    agency: Slug
    practitioner: Reference
    name: ShortText | None = None
    email: ShortText | None = None

    def person(self) -> Person:
        """The practitioner with the id that the pathway knows them by."""
        known_as = practitioner_id(self.agency, self.practitioner)
        return Person(known_as, self.agency, self.practitioner, self.name, self.email)


class Arrange(Record):
    """A new session. Sent again with the same `session_id` it has no second effect."""

    session_id: UUID | None = None
    modules: Annotated[list[TrainingModule], Field(min_length=1), AfterValidator(_each_once)]
    areas: Annotated[list[AreaCode], Field(min_length=1, max_length=50), AfterValidator(_each_once)]
    days: Annotated[list[date], Field(min_length=1, max_length=60), AfterValidator(_in_order)]
    delivery: TrainingDelivery
    delivered_by: Slug
    trainer: Practitioner | None = None
    places: Annotated[int, Field(ge=1, le=_MOST_PLACES)]
    venue: Venue | None = None


class Book(Practitioner):
    """Somebody asks for a place."""

    profession: Profession


class Successor(Record):
    """Who is written to from now on."""

    practitioner: Reference
    name: Annotated[ShortText, Field(min_length=1)]
    email: Annotated[ShortText, Field(min_length=3)]
    role: Slug


class HandOver(Record):
    """A practitioner leaves or gives their families over. `same_person`: they have only another id from now on."""

    agency: Slug
    practitioner: Reference
    to: Successor
    same_person: bool = False


class Places(Record):
    """So many places the session has from now on."""

    places: Annotated[int, Field(ge=1, le=_MOST_PLACES)]


class Move(Record):
    """The session is held on these days from now on, and there; without a place, nobody has said where."""

    days: Annotated[list[date], Field(min_length=1, max_length=60), AfterValidator(_in_order)]
    venue: Venue | None = None


class Answer(Record):
    """What a practitioner answers six to twelve months later. `families`: with how many they have used it."""

    used: bool
    how_often: HowOften
    trains_others: bool = False
    families: Annotated[int, Field(ge=0, le=MOST_FAMILIES)] | None = None
    obstacles: Annotated[list[Obstacle], AfterValidator(_each_once)] = Field(default=[])
    confidence: Mapping[TrainingModule, int] = Field(default_factory=dict)


class OwnBooking(Record):
    """A practitioner asks for a place themselves: who they are, their sign-in says."""

    profession: Profession


class GiveUp(Record):
    """Why a practitioner gives up a place of their own."""

    reason: CancelReason


class OwnFollowUp(Record):
    """What a practitioner answers on their own page; that they used it follows from how often."""

    how_often: HowOften
    trains_others: bool = False
    families: Annotated[int, Field(ge=0, le=MOST_FAMILIES)] | None = None
    obstacles: Annotated[list[Obstacle], AfterValidator(_each_once)] = Field(default=[])


def scores_of(given: Mapping[str, str], fields: Mapping[str, TrainingModule]) -> dict[TrainingModule, int]:
    """How sure somebody feels in each module, from the fields of a form; what is empty is left out.

    Raises InvalidError for what is no whole number.
    """
    found = {fields[name]: text for name, text in given.items() if text}
    wrong = [f"confidence-{module}" for module, text in found.items() if not re.fullmatch(r"[0-9]{1,2}", text)]
    if wrong:
        raise InvalidError([(name, "must be a whole number") for name in wrong])
    return {module: int(text) for module, text in found.items()}
