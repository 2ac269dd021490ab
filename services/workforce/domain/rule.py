"""Who screens is trained, where the area asks for it.

A screening is never held up by this: a family's safety comes before a course. It is flagged, to the practitioner's own
agency and to whoever plans the training.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from services.workforce.domain.calendar import months_later
from shared.contracts.area_parts import TrainingRequired
from shared.contracts.workforce import TrainingModule

Standing = Literal["not-asked", "trained", "in-grace", "untrained"]


@dataclass(frozen=True, slots=True)
class Held:
    """Modules that a practitioner holds a certificate for, and since when."""

    modules: Collection[TrainingModule]
    completed_on: date


@dataclass(frozen=True, slots=True)
class Judged:
    """What an area's rule makes of a practitioner on one day. `grace_ended_on` is the first day without grace."""

    standing: Standing
    missing: tuple[TrainingModule, ...] = ()
    grace_ended_on: date | None = None


def judge(rule: TrainingRequired | None, held: Iterable[Held], day: date, first_screened_on: date) -> Judged:
    """The standing of somebody who screens on `day` and first screened in this area on `first_screened_on`.

    The grace runs from the day on which the rule came; for somebody who first screens later, from that first
    screening: who is new has as long as everybody else had. A certificate counts from the day of completion, that day
    included.
    """
    if rule is None or day < rule.since:
        return Judged("not-asked")
    missing = missing_modules(rule, held, day)
    if not missing:
        return Judged("trained")
    grace_ended_on = max(rule.since, min(first_screened_on, day)) + timedelta(days=rule.grace_days)
    return Judged("in-grace" if day < grace_ended_on else "untrained", missing, grace_ended_on)


def modules_held(held: Iterable[Held]) -> tuple[TrainingModule, ...]:
    """Every module of these certificates, in the order of the course."""
    covered = {module for each in held for module in each.modules}
    return tuple(module for module in TrainingModule if module in covered)


def missing_modules(rule: TrainingRequired, held: Iterable[Held], day: date) -> tuple[TrainingModule, ...]:
    """The modules asked for that no certificate covers on this day, in the order in which the area names them."""
    covered = {module for each in held if _counts(rule, each.completed_on, day) for module in each.modules}
    return tuple(module for module in rule.modules if module not in covered)


def _counts(rule: TrainingRequired, completed_on: date, day: date) -> bool:
    if day < completed_on:
        return False
    return rule.renew_after_months is None or day <= months_later(completed_on, rule.renew_after_months)
