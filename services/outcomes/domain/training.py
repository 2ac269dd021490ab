"""What the workforce service's events report, as rows. Each is keyed by its place on the topic and never changes.

All events of a practitioner are on one partition, so a later place is newer. A practitioner is an opaque id.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.outcomes.domain.rows import Row
from shared.contracts.workforce import (
    ChampionNamed,
    ChampionStoodDown,
    ConfidenceRated,
    PractitionerEvent,
    TrainingCompleted,
    TrainingFollowUpAnswered,
    TrainingWithdrawn,
)

TRAINING_EVENTS = (
    TrainingCompleted,
    TrainingWithdrawn,
    ConfidenceRated,
    TrainingFollowUpAnswered,
    ChampionNamed,
    ChampionStoodDown,
)


class _Training(NamedTuple):
    """A training; one that was withdrawn has no day."""

    training_id: UUID
    position: int
    practitioner_id: UUID
    modules: list[str] = []  # noqa: RUF012 - the default of a row, which nobody changes
    profession: str | None = None
    completed_on: date | None = None
    areas: list[str] = []  # noqa: RUF012
    recorded_on: date | None = None


class _Confidence(NamedTuple):
    training_id: UUID
    module: str
    occasion: str
    position: int
    instrument: str
    version: str
    score: int
    recorded_on: date


class _Use(NamedTuple):
    training_id: UUID
    position: int
    used: bool
    how_often: str
    trains_others: bool
    recorded_on: date


class _Champion(NamedTuple):
    practitioner_id: UUID
    position: int
    named: bool


TRAINING_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "training_said": _Training._fields,
    "confidence_said": _Confidence._fields,
    "training_use_said": _Use._fields,
    "champion_said": _Champion._fields,
}


def training_row(event: PractitionerEvent, position: int) -> Row:
    """The row that an event amounts to. Raises ValueError for one that outcomes has no reading of."""
    recorded_on = event.occurred_at.date()
    match event:
        case TrainingCompleted():
            return "training_said", _Training(
                event.training_id,
                position,
                event.practitioner_id,
                modules=list(event.modules),
                profession=event.profession,
                completed_on=event.completed_on,
                areas=list(event.areas),
                recorded_on=recorded_on,
            )
        case TrainingWithdrawn():
            return "training_said", _Training(
                event.training_id, position, event.practitioner_id, recorded_on=recorded_on
            )
        case ConfidenceRated():
            return "confidence_said", _Confidence(
                event.training_id,
                event.module,
                event.occasion,
                position,
                event.instrument,
                event.version,
                event.score,
                recorded_on,
            )
        case TrainingFollowUpAnswered():
            return "training_use_said", _Use(
                event.training_id, position, event.used, event.how_often, event.trains_others, recorded_on
            )
        case ChampionNamed() | ChampionStoodDown():
            return "champion_said", _Champion(event.practitioner_id, position, named=isinstance(event, ChampionNamed))
        case _:
            raise ValueError(f"outcomes has no reading of {event.event_name}")
