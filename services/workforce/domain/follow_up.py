"""Asked again six to twelve months later: did they use it? The guide asks no sooner and no later."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Literal
from uuid import UUID

from services.workforce.domain.calendar import months_later
from services.workforce.domain.errors import InvalidError, NotAllowedError
from services.workforce.domain.modules import MODULES
from shared.contracts.workforce import HowOften, TrainingModule

OPENS_AFTER_MONTHS = 6
CLOSES_AFTER_MONTHS = 12
OPENS, CLOSES = "follow-up-opens", "follow-up-closes"
LAPSES = "certificate-lapses"

Status = Literal["to-come", "open", "answered", "unanswered", "withdrawn"]
Obstacle = Literal[
    "no-family-yet", "no-time", "not-sure-enough", "no-support", "families-did-not-want-it", "nowhere-to-refer", "other"
]
"""What was in the way of using it (ours). Codes alone: an answer names nobody."""
MOST_FAMILIES = 1_000


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The follow-up of one practitioner's training. `closes_on` is the first day on which it is too late."""

    training_id: UUID
    practitioner_id: UUID
    agency: str
    modules: tuple[TrainingModule, ...]
    opens_on: date
    closes_on: date
    status: Status = "to-come"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a practitioner reports: whether they used the training, how often, with how many families, what was in the
    way, and how confident they feel now. `families` None: not said.
    """

    used: bool
    how_often: HowOften
    trains_others: bool = False
    families: int | None = None
    obstacles: tuple[Obstacle, ...] = ()
    confidence: Mapping[TrainingModule, int] = field(default_factory=dict)


def follow_up_of(
    training_id: UUID, practitioner_id: UUID, agency: str, modules: tuple[TrainingModule, ...], completed_on: date
) -> FollowUp:
    """The follow-up of a training that was completed on this day."""
    opens, closes = (months_later(completed_on, months) for months in (OPENS_AFTER_MONTHS, CLOSES_AFTER_MONTHS))
    return FollowUp(training_id, practitioner_id, agency, modules, opens, closes)


def at(day: date) -> datetime:
    """When a timer for a day fires: as the day begins."""
    return datetime.combine(day, time(), UTC)


def check_answer(follow_up: FollowUp, answer: Answer, today: date) -> None:
    """Raises where the answer cannot be accepted. An answer is corrected by giving it again while it is open."""
    if follow_up.status == "withdrawn":
        raise NotAllowedError("The attendance was corrected: there is no training to follow up.")
    if today < follow_up.opens_on:
        raise NotAllowedError(f"The follow-up opens on {follow_up.opens_on}, six months after the training.")
    if today >= follow_up.closes_on:
        raise NotAllowedError(f"The follow-up closed on {follow_up.closes_on}, twelve months after the training.")
    findings = []
    if answer.used == (answer.how_often is HowOften.NEVER):
        findings.append(("how_often", "must be never where the training was not used, and only there"))
    if answer.families is not None and not 0 <= answer.families <= MOST_FAMILIES:
        findings.append(("families", f"must be a whole number from 0 to {MOST_FAMILIES:,}"))
    elif answer.families is not None and answer.used == (answer.families == 0):
        findings.append(("families", "must be 0 where the training was not used, and only there"))
    for module, score in answer.confidence.items():
        scale = MODULES[module].scale
        if module not in follow_up.modules:
            findings.append((f"confidence.{module}", "must be left out: the training did not teach this module"))
        elif not scale.lowest <= score <= scale.highest:
            findings.append((f"confidence.{module}", f"must be a whole number from {scale.lowest} to {scale.highest}"))
    if findings:
        raise InvalidError(findings)
