"""How sure participants feel: when they are asked themselves, and what the answers of many come to.

The guide asks for confidence before and after a training, and again six to twelve months later (G). When exactly a
participant may answer is ours.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import sqrt
from statistics import fmean, stdev

from services.workforce.domain.attendance import Rating
from services.workforce.domain.calendar import months_later
from services.workforce.domain.errors import InvalidError, NotAllowedError
from services.workforce.domain.follow_up import OPENS_AFTER_MONTHS
from services.workforce.domain.modules import MODULES
from services.workforce.domain.session import Place, PlaceStatus, Session
from shared.contracts.workforce import ConfidenceOccasion, TrainingDelivery, TrainingModule

_CAME: frozenset[PlaceStatus] = frozenset({"booked", "completed", "partly"})
_INTERVAL = 0.95
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a session, as far as it matters when somebody is asked."""

    first: date
    last: date
    open_between: bool
    """E-learning: done on any day between the two."""

    @classmethod
    def of(cls, days: Iterable[date], delivery: str) -> "Days":
        """The days of a session that is held so."""
        ordered = sorted(days)
        return cls(ordered[0], ordered[-1], delivery == TrainingDelivery.E_LEARNING)


def may_rate(occasion: ConfidenceOccasion, days: Days, status: PlaceStatus, today: date) -> bool:
    """Whether a participant may say how sure they feel, themselves.

    Before: until the first day, that day included, as long as nobody has recorded that they came. After: from the last
    day on, until the follow-up opens; for e-learning once it was recorded that they did it.
    """
    if occasion is ConfidenceOccasion.BEFORE:
        until = days.last if days.open_between else days.first
        return status in ("booked", "waiting") and today <= until
    if occasion is ConfidenceOccasion.AFTER:
        done = status in ("completed", "partly") if days.open_between else status in _CAME and today >= days.last
        return done and today < months_later(days.last, OPENS_AFTER_MONTHS)
    return False


def own_ratings(
    session: Session, place: Place, occasion: ConfidenceOccasion, scores: Mapping[TrainingModule, int], today: date
) -> list[Rating]:
    """What a participant says of themselves, module by module; a later answer replaces an earlier one.

    Raises NotAllowedError at another time than they are asked, InvalidError for a module that is not taught or a
    number that is not on its scale.
    """
    days = Days.of(session.days, session.delivery)
    if session.called_off or not may_rate(occasion, days, place.status, today):
        raise NotAllowedError(f"You are not asked how sure you feel {occasion.value} this training now.")
    findings = []
    for module, score in scores.items():
        scale = MODULES[module].scale
        if module not in session.modules:
            findings.append((f"confidence-{module}", "must be left out: the training does not teach this module"))
        elif not scale.lowest <= score <= scale.highest:
            findings.append((f"confidence-{module}", f"must be a whole number from {scale.lowest} to {scale.highest}"))
    if findings:
        raise InvalidError(findings)
    return [
        Rating(place.training_id, place.practitioner_id, place.agency, module, occasion, score)
        for module, score in scores.items()
    ]


@dataclass(frozen=True, slots=True)
class Change:
    """How much surer the same people feel: on average, with the ends of the 95% interval of that mean."""

    people: int
    mean: float
    low: float
    high: float


def mean_change(pairs: Iterable[tuple[int, int]], smallest_group: int) -> Change | None:
    """The mean change of those who answered twice, by Student's t. None of fewer than the area's smallest group."""
    changes = [later - earlier for earlier, later in pairs]
    people = len(changes)
    if people < max(smallest_group, _FEWEST):
        return None
    mean = fmean(changes)
    from scipy import stats  # 80 MB that the service has no other use for

    reach = float(stats.t.ppf((1 + _INTERVAL) / 2, people - 1)) * stdev(changes) / sqrt(people)
    return Change(people, mean, mean - reach, mean + reach)
