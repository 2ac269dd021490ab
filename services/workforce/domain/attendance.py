"""What came of everybody's place: who completed the session, who did not, and how sure they felt before and after.

An attendance list is recorded whole or not at all. What is wrong with it is reported line by line, and never with the
value: that may be somebody's name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from services.workforce.domain.calendar import months_later
from services.workforce.domain.errors import InvalidError, NotAllowedError
from services.workforce.domain.modules import MODULES
from services.workforce.domain.session import (
    AnyChange,
    Attended,
    Booked,
    MovedUp,
    Outcome,
    Session,
    apply,
)
from shared.contracts.area_parts import TrainingRequired
from shared.contracts.workforce import ConfidenceOccasion, Profession, TrainingDelivery, TrainingModule

Ratings = Mapping[TrainingModule, int]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an attendance list. `number` is its place in the list, for whoever has to correct it."""

    number: int
    agency: str
    practitioner_id: UUID
    outcome: Outcome
    profession: Profession | None = None
    completed_on: date | None = None
    before: Ratings = field(default_factory=dict)
    after: Ratings = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rating:
    """How sure one practitioner feels in one module on one occasion."""

    training_id: UUID
    practitioner_id: UUID
    agency: str
    module: TrainingModule
    occasion: ConfidenceOccasion
    score: int


@dataclass(frozen=True, slots=True)
class Agencies:
    """Which areas each agency works in, and what those areas ask for."""

    areas: Mapping[str, frozenset[str]]
    rules: Mapping[str, TrainingRequired]

    def takes_part(self, agency: str, session: Session) -> bool:
        """Whether the session is for this agency's practitioners."""
        return bool(self.areas.get(agency, frozenset()) & set(session.areas))

    def valid_until(self, agency: str, completed_on: date) -> date | None:
        """The last day on which a certificate counts: the earliest of the agency's areas that ask for renewal."""
        months = [rule.renew_after_months for rule in self._renewals(agency) if rule.renew_after_months]
        return months_later(completed_on, min(months)) if months else None

    def reminded_on(self, agency: str, valid_until: date) -> date:
        """When the holder is reminded that a certificate lapses: as early as any of those areas asks."""
        return valid_until - timedelta(days=max((rule.remind_days for rule in self._renewals(agency)), default=0))

    def _renewals(self, agency: str) -> list[TrainingRequired]:
        rules = (self.rules.get(area) for area in self.areas.get(agency, frozenset()))
        return [rule for rule in rules if rule and rule.renew_after_months]


def decide_attendance(
    session: Session,
    lines: Sequence[Line],
    agencies: Agencies,
    today: date,
    new_training_id: Callable[[], UUID],
    new_certificate: Callable[[], str],
) -> tuple[list[AnyChange], list[Rating]]:
    """The changes and ratings that a whole list amounts to. The same list again changes nothing.

    Raises InvalidError with everything that is wrong with it.
    """
    if session.called_off:
        raise NotAllowedError("The session was called off.")
    findings = [finding for line in lines for finding in _wrong(session, line, agencies, today)]
    findings += _repeated(lines)
    changes: list[AnyChange] = []
    ratings: list[Rating] = []
    # Who was absent first: they leave places to whoever came without one.
    for line in sorted(lines, key=lambda line: line.outcome != "absent"):
        if findings:
            break
        made = _attended(session, line, agencies, new_training_id, new_certificate)
        session = apply(session, made)
        if session.taken > session.places:
            findings.append((f"line {line.number}", f"is one too many for {session.places} places: raise them first"))
        changes += made
        place = session.place_of(line.practitioner_id)
        if place:
            for occasion, scores in ((ConfidenceOccasion.BEFORE, line.before), (ConfidenceOccasion.AFTER, line.after)):
                ratings += [
                    Rating(place.training_id, place.practitioner_id, place.agency, module, occasion, score)
                    for module, score in scores.items()
                ]
    if findings:
        raise InvalidError(findings)
    return changes, ratings


def _attended(
    session: Session,
    line: Line,
    agencies: Agencies,
    new_training_id: Callable[[], UUID],
    new_certificate: Callable[[], str],
) -> list[AnyChange]:
    changes: list[AnyChange] = []
    place = session.place_of(line.practitioner_id)
    if place is None and line.outcome == "absent":
        return []
    if place is None:
        training_id = new_training_id()
        changes.append(
            Booked(
                training_id=training_id,
                practitioner_id=line.practitioner_id,
                agency=line.agency,
                profession=line.profession or Profession.OTHER,
                number=len(session.everybody) + 1,
                status="booked",
            )
        )
    else:
        training_id = place.training_id
        if place.status == "waiting":
            if line.outcome == "absent":
                return []
            changes.append(MovedUp(training_id=training_id))
    completed_on = _completed_on(session, line)
    if place and (place.status, place.completed_on) == (line.outcome, completed_on):
        return []
    certificate = (place.certificate if place else None) or new_certificate() if completed_on else None
    changes.append(
        Attended(
            training_id=training_id,
            outcome=line.outcome,
            completed_on=completed_on,
            certificate=certificate,
            valid_until=agencies.valid_until(line.agency, completed_on) if completed_on else None,
        )
    )
    return changes


def _completed_on(session: Session, line: Line) -> date | None:
    if line.outcome != "completed":
        return None
    return line.completed_on if session.delivery is TrainingDelivery.E_LEARNING else session.days[-1]


def _wrong(session: Session, line: Line, agencies: Agencies, today: date) -> list[tuple[str, str]]:
    findings: list[tuple[str, str]] = []

    def find(name: str, rule: str) -> None:
        findings.append((f"line {line.number} {name}", rule))

    place = session.place_of(line.practitioner_id)
    if not place and not agencies.takes_part(line.agency, session):
        find("agency", "must be a registered agency of one of the session's areas")
    if line.outcome == "absent" and not session.has_seen(line.practitioner_id):
        find("attended", "must be yes or partly for somebody who had no place")
    if session.delivery is TrainingDelivery.E_LEARNING:
        if line.outcome == "completed" and line.completed_on is None:
            find("completed_on", "must be given for e-learning that was completed")
        elif line.completed_on and not session.days[0] <= line.completed_on <= min(session.days[-1], today):
            find("completed_on", "must be a day on which the e-learning was open, and not in the future")
    elif line.completed_on and line.completed_on != session.days[-1]:
        find("completed_on", f"must be left empty, or be the session's last day, {session.days[-1]}")
    elif today < session.days[-1]:
        find("attended", f"is not known before the session's last day, {session.days[-1]}")
    if line.outcome == "absent" and (line.before or line.after):
        find("attended", "must be yes or partly where confidence is given")
    for occasion, scores in (("before", line.before), ("after", line.after)):
        for module, score in scores.items():
            scale = MODULES[module].scale
            if module not in session.modules:
                find(f"{occasion}_{module}", "must be left empty: the session does not teach this module")
            elif not scale.lowest <= score <= scale.highest:
                find(f"{occasion}_{module}", f"must be a whole number from {scale.lowest} to {scale.highest}")
    return findings


def _repeated(lines: Sequence[Line]) -> list[tuple[str, str]]:
    first: dict[UUID, int] = {}
    findings = []
    for line in lines:
        earlier = first.setdefault(line.practitioner_id, line.number)
        if earlier != line.number:
            findings.append((f"line {line.number} practitioner", f"is on line {earlier} already"))
    return findings
