"""What a provider is shown of a case that was referred to it: what `provider.<provider>.referrals` says, and no more.

Of a case that has stopped it is shown that it stopped, in the same way for every reason. What it has closed itself
stays closed for it, whatever became known of the family afterwards.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.referral.domain.case.case import Case
from services.referral.domain.case.course import Course
from services.referral.domain.case.referral import Referral, ReferralStatus
from services.referral.domain.case.states import WITH_PROVIDER, State


class Stage(StrEnum):
    """How far the work under one referral is, as its provider knows it."""

    NEW = "new"
    ACCEPTED = "accepted"
    ASSESSED = "assessed"
    IN_SESSIONS = "in-sessions"
    CLOSED = "closed"
    DECLINED = "declined"
    STOPPED = "stopped"


AT_WORK = frozenset({Stage.ACCEPTED, Stage.ASSESSED, Stage.IN_SESSIONS})
_OF_STATE = {
    State.OFFERED: Stage.NEW,
    State.ACCEPTED: Stage.ACCEPTED,
    State.ASSESSED: Stage.ASSESSED,
    State.IN_SESSIONS: Stage.IN_SESSIONS,
}


STATUSES: dict[Stage, frozenset[ReferralStatus]] = {
    **dict.fromkeys((Stage.NEW, *AT_WORK), frozenset({ReferralStatus.OUT})),
    Stage.CLOSED: frozenset({ReferralStatus.OVER}),
    Stage.DECLINED: frozenset({ReferralStatus.DECLINED}),
    Stage.STOPPED: frozenset({ReferralStatus.OUT, ReferralStatus.OVER}),
}
"""What may be stored of a referral that is so far: by this a list is narrowed before it is looked at."""


class Ending(NamedTuple):
    """What is stored of how a referral stands: whether its provider has the family, and how that ended."""

    status: ReferralStatus
    stopped: bool
    because: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the family, by what the provider was told: a parent's role, a child's age in years or due day."""

    person_id: UUID
    called: str
    is_parent: bool
    takes_part: bool = True


@dataclass(frozen=True, slots=True)
class ShownReferral:
    """One referral as its provider sees it. Of one that stopped or was declined nobody of the family is named."""

    referral_id: UUID
    case_id: UUID
    provider: str
    offer: str
    service: str
    area: str
    agreed_at: datetime
    stage: Stage
    people: tuple[Person, ...]
    course: Course
    newest: bool

    @property
    def parents(self) -> tuple[Person, ...]:
        """Its parents, each apart."""
        return tuple(each for each in self.people if each.is_parent)

    @property
    def taking_part(self) -> tuple[Person, ...]:
        """Whom a session may be planned with."""
        return tuple(each for each in self.people if each.takes_part)

    @property
    def next_number(self) -> int:
        """The number that no session has yet."""
        numbers = [each.number for each in self.course.planned] + [each.number for each in self.course.sessions]
        return max(numbers, default=0) + 1


def shown_to_provider(case: Case, referral: Referral) -> ShownReferral:
    """What the provider of this referral is shown of it."""
    stage = stage_of(case, referral)
    newest = referral is case.latest
    open_to_it = stage not in (Stage.STOPPED, Stage.DECLINED) and newest
    return ShownReferral(
        referral_id=referral.referral_id,
        case_id=case.case_id,
        provider=referral.provider,
        offer=referral.offer,
        service=referral.service,
        area=referral.offered.area if referral.offered else case.area,
        agreed_at=referral.agreed_at,
        stage=stage,
        people=_people(case, referral) if open_to_it else (),
        course=case.course_now if open_to_it else Course(referral_id=referral.referral_id),
        newest=newest,
    )


def stage_of(case: Case, referral: Referral) -> Stage:
    """How far it is."""
    ending = Ending(referral.status, referral.stopped, referral.ended_because)
    return stage_from(ending, State(case.state), newest=referral is case.latest)


def stage_from(ending: Ending, state: State, *, newest: bool) -> Stage:
    """How far a referral is, by what is stored of it, the state of its case, and whether it is the case's newest.

    A hold, a halt and a withdrawal look the same: the work has stopped.
    """
    if ending.status is ReferralStatus.DECLINED:
        return Stage.DECLINED
    if ending.status is ReferralStatus.OUT:
        return _OF_STATE[state] if newest and state in WITH_PROVIDER else Stage.STOPPED
    # Its own closing is stored with the reason that it gave; whatever else ended it stopped the provider.
    stopped = ending.stopped if ending.because is None else ending.because == "stopped"
    return Stage.STOPPED if stopped else Stage.CLOSED


def _people(case: Case, referral: Referral) -> tuple[Person, ...]:
    if case.family is None:
        return ()
    offered = referral.offered
    parents = [each for each in case.family.parents if offered is None or each.person_id in offered.parents]
    roles = Counter(each.role for each in parents)
    numbers: Counter[str] = Counter()
    found = []
    for parent in parents:
        numbers[parent.role] += 1
        number = f" {numbers[parent.role]}" if roles[parent.role] > 1 else ""
        role = str(parent.role).replace("-", " ")
        found.append(Person(parent.person_id, role[:1].upper() + role[1:] + number, True))
    out = {each.partition("/")[0] for each in case.children_out}
    children = [each for each in case.family.children if offered is None or each.person_id in offered.children]
    for at, child in enumerate(children, 1):
        takes_part = child.takes_part and str(child.person_id) not in out
        name = f"Child {at}" if len(children) > 1 else "Child"
        found.append(Person(child.person_id, f"{name}, {_age(child.age, child.expected_on)}", False, takes_part))
    return tuple(found)


def _age(years: int | None, expected_on: date | None) -> str:
    if years is None:
        return f"expected on {expected_on:%-d %B %Y}" if expected_on else "not born yet"
    return f"{years} {'year' if years == 1 else 'years'} old"
