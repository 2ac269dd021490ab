"""What the workforce service's events say, as rows. Each is keyed by its place on the topic and never changes.

All events of a practitioner stand on one partition, so a later place is a later word. A practitioner is an opaque id.
"""

from collections.abc import Mapping
from typing import Any

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
TRAINING_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "training_said": ("training_id", "position", "practitioner_id", "modules", "profession", "completed_on", "areas"),
    "confidence_said": ("training_id", "module", "occasion", "position", "instrument", "version", "score"),
    "training_use_said": ("training_id", "position", "used", "how_often", "trains_others"),
    "champion_said": ("practitioner_id", "position", "named"),
}


def training_row(event: PractitionerEvent, position: int) -> Row:
    """The row that an event amounts to. Raises ValueError for one that outcomes has no reading of."""
    values: tuple[Any, ...]
    match event:
        case TrainingCompleted():
            values = (event.practitioner_id, list(event.modules), event.profession, event.completed_on)
            return "training_said", (event.training_id, position, *values, list(event.areas))
        case TrainingWithdrawn():
            return "training_said", (event.training_id, position, event.practitioner_id, [], None, None, [])
        case ConfidenceRated():
            values = (event.instrument, event.version, event.score)
            return "confidence_said", (event.training_id, event.module, event.occasion, position, *values)
        case TrainingFollowUpAnswered():
            values = (event.used, event.how_often, event.trains_others)
            return "training_use_said", (event.training_id, position, *values)
        case ChampionNamed() | ChampionStoodDown():
            return "champion_said", (event.practitioner_id, position, isinstance(event, ChampionNamed))
        case _:
            raise ValueError(f"outcomes has no reading of {event.event_name}")
