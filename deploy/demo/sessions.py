"""Plans a programme of sessions: how many, with whom, and who attends."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from shared.contracts.vocabulary import Attendance, Service, SessionKind

_USUAL_LENGTH: dict[str, tuple[int, int]] = {
    Service.MEDIATION: (3, 6),
    Service.COUPLE_SUPPORT: (6, 10),
    Service.FAMILY_COUNSELLING: (6, 8),
}
_OTHER_LENGTH = (4, 8)
_COMES = ((Attendance.YES, Attendance.LATE, Attendance.NO), (83, 7, 10))
_REASONS = (("illness", "work", "childcare", "transport", "no-reason-given"), (26, 24, 22, 8, 20))
_FORTNIGHTLY = 0.4
_SESSIONS_OFFERED_TO_WHO_NEVER_COMES = 2


@dataclass(frozen=True)
class PlannedSession:
    """One session. `attendance` has the form of the contract."""

    kind: SessionKind
    attendance: list[dict[str, Any]]


@dataclass(frozen=True)
class Programme:
    """All sessions that were held, and the weeks between them."""

    weeks_between: int
    sessions: list[PlannedSession]


def programme(
    rng: Random,
    service: str,
    *,
    starters: Sequence[UUID],
    absent: Sequence[UUID],
    children: Sequence[UUID],
    completed: bool,
) -> Programme:
    """The sessions of one case.

    Every starter attends their first session; those who complete the programme attend the last one too. Absent parents
    are expected only at the first sessions: the programme then continues with the others.
    """
    least, most = _USUAL_LENGTH.get(service, _OTHER_LENGTH)
    length = rng.randint(least, most)
    held = length if completed else rng.randint(1, length - 1)
    sessions: list[PlannedSession] = []
    if service == Service.MEDIATION:
        # Mediation begins with a separate information meeting for each parent.
        sessions += [PlannedSession(SessionKind.INDIVIDUAL, [_attends(rng, person, True)]) for person in starters]
        sessions += [PlannedSession(SessionKind.INDIVIDUAL, [_misses(rng, person)]) for person in absent]
        if children and rng.random() < 0.5:
            consulted = [_attends(rng, child, True) for child in children]
            sessions.append(PlannedSession(SessionKind.CHILD_CONSULTATION, consulted))
    together = SessionKind.FAMILY if service == Service.FAMILY_COUNSELLING else SessionKind.JOINT
    for number in range(held):
        certain = number == 0 or (completed and number == held - 1)
        expected = absent if number < _SESSIONS_OFFERED_TO_WHO_NEVER_COMES else ()
        alone = len(starters) + len(expected) == 1
        attendance = [_attends(rng, person, certain) for person in starters]
        attendance += [_misses(rng, person) for person in expected]
        if together is SessionKind.FAMILY:
            attendance += [_attends(rng, child, False) for child in children]
        sessions.append(PlannedSession(SessionKind.INDIVIDUAL if alone else together, attendance))
    return Programme(2 if rng.random() < _FORTNIGHTLY else 1, sessions)


def _attends(rng: Random, person: UUID, certain: bool) -> dict[str, Any]:
    attended = Attendance.YES if certain else rng.choices(*_COMES)[0]
    if attended is Attendance.NO:
        return _misses(rng, person)
    return {"person": str(person), "attended": attended.value}


def _misses(rng: Random, person: UUID) -> dict[str, Any]:
    return {"person": str(person), "attended": Attendance.NO.value, "reason": rng.choices(*_REASONS)[0]}
