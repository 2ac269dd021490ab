"""Events as rows. Each row is keyed by what it is about and never changes, so order and repetition cannot matter.

Never a name, a contact, a family reference or anybody's words: what is not copied here cannot leave from here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import singledispatch
from typing import ClassVar
from uuid import UUID

from shared.contracts import referral as case
from shared.contracts.base import Event
from shared.contracts.screening import ScreeningCompleted


@dataclass(frozen=True, slots=True)
class Row:
    """A row of `table`; its fields are the table's columns."""

    table: ClassVar[str]

    case_id: UUID


@dataclass(frozen=True, slots=True)
class Screening(Row):
    """A screening and what it decided."""

    table: ClassVar[str] = "screening"

    submission_id: UUID
    supersedes: UUID | None
    agency: str
    area: str
    source: str
    level_of_need: str
    relationship: str
    decision: str
    reasons: list[str]
    service: str | None
    submitted_at: datetime
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class ScreenedParent(Row):
    """One parent of a screening."""

    table: ClassVar[str] = "screened_parent"

    submission_id: UUID
    person_id: UUID
    role: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class ScreenedChild(Row):
    """One child of a screening."""

    table: ClassVar[str] = "screened_child"

    submission_id: UUID
    person_id: UUID
    takes_part: bool
    views_source: str


@dataclass(frozen=True, slots=True)
class Referral(Row):
    """One referral to one provider."""

    table: ClassVar[str] = "referral"

    referral_id: UUID
    sequence: int
    area: str
    provider: str
    service: str
    agreed_by: str
    agreed_at: datetime
    children: int
    submission_id: UUID | None


@dataclass(frozen=True, slots=True)
class ReferredParent(Row):
    """One parent of a referral."""

    table: ClassVar[str] = "referred_parent"

    referral_id: UUID
    person_id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class CaseStep(Row):
    """Something that happened to the case. `outcome` is the event's own code for how it turned out."""

    table: ClassVar[str] = "case_step"

    step: str
    sequence: int
    occurred_at: datetime
    referral_id: UUID | None = None
    outcome: str | None = None
    people: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Session(Row):
    """A session as one event tells of it; a later event may tell of the same number again."""

    table: ClassVar[str] = "session"

    sequence: int
    referral_id: UUID
    number: int
    held_on: date
    kind: str


@dataclass(frozen=True, slots=True)
class Attendance(Row):
    """Whether one person came to a session."""

    table: ClassVar[str] = "attendance"

    sequence: int
    person_id: UUID
    attended: str


@dataclass(frozen=True, slots=True)
class Measure(Row):
    """A score. `told_by` is the submission or the referral that it came with."""

    table: ClassVar[str] = "measure"

    person_id: UUID
    instrument: str
    version: str
    occasion: str
    told_by: UUID
    sequence: int
    taken_at: datetime
    score: float


@dataclass(frozen=True, slots=True)
class ViewGiven(Row):
    """What one person said has changed, as a code."""

    table: ClassVar[str] = "view_given"

    sequence: int
    person_id: UUID
    change: str


@singledispatch
def rows_of(event: Event) -> Iterable[Row]:
    """The rows that an event amounts to. Raises TypeError for an event that outcomes has no reading of."""
    raise TypeError(f"outcomes has no reading of {type(event).__name__}")


@rows_of.register
def _(event: ScreeningCompleted) -> Iterable[Row]:
    of, said = event.case_id, event.submission_id
    yield Screening(
        of,
        said,
        event.supersedes,
        event.agency,
        event.area,
        event.source,
        event.level_of_need,
        event.relationship,
        event.decision,
        list(event.reasons),
        event.service,
        event.submitted_at,
        event.occurred_at,
    )
    for parent in event.parents:
        yield ScreenedParent(of, said, parent.person_id, parent.role, parent.agrees_to_referral)
    for child in event.children:
        yield ScreenedChild(of, said, child.person_id, child.takes_part, child.views_source)
    for m in event.measures:
        yield Measure(of, m.person_id, m.instrument, m.version, m.occasion, said, 0, event.submitted_at, m.score)


@rows_of.register
def _(event: case.ReferralAgreed) -> Iterable[Row]:
    yield Referral(
        event.case_id,
        event.referral_id,
        event.sequence,
        event.area,
        event.provider,
        event.service,
        event.agreed_by,
        event.occurred_at,
        len(event.children),
        event.submission_id,
    )
    for parent in event.parents:
        yield ReferredParent(event.case_id, event.referral_id, parent.person_id, parent.role)


@rows_of.register
def _(event: case.ProviderAccepted) -> Iterable[Row]:
    yield CaseStep(event.case_id, "accepted", event.sequence, event.occurred_at, event.referral_id)


@rows_of.register
def _(event: case.ProviderDeclined) -> Iterable[Row]:
    yield CaseStep(event.case_id, "declined", event.sequence, event.occurred_at, event.referral_id, event.reason)


@rows_of.register
def _(event: case.ParentContacted) -> Iterable[Row]:
    yield CaseStep(
        event.case_id,
        "contacted",
        event.sequence,
        event.occurred_at,
        event.referral_id,
        event.outcome,
        (event.person_id,),
    )


@rows_of.register
def _(event: case.ProviderAssessed) -> Iterable[Row]:
    yield CaseStep(
        event.case_id,
        "assessed",
        event.sequence,
        event.occurred_at,
        event.referral_id,
        event.outcome,
        event.parents_seen,
    )


@rows_of.register
def _(event: case.SessionRecorded) -> Iterable[Row]:
    yield Session(event.case_id, event.sequence, event.referral_id, event.number, event.held_on, event.kind)
    for person in event.attendance:
        yield Attendance(event.case_id, event.sequence, person.person_id, person.attended)


@rows_of.register
def _(event: case.MeasureRecorded) -> Iterable[Row]:
    yield Measure(
        event.case_id,
        event.person_id,
        event.instrument,
        event.version,
        event.occasion,
        event.referral_id,
        event.sequence,
        event.occurred_at,
        event.score,
    )


@rows_of.register
def _(event: case.CaseReturned) -> Iterable[Row]:
    yield CaseStep(event.case_id, "returned", event.sequence, event.occurred_at)


@rows_of.register
def _(event: case.CaseRefused) -> Iterable[Row]:
    yield CaseStep(event.case_id, "refused", event.sequence, event.occurred_at, outcome=event.reason)


@rows_of.register
def _(event: case.CaseTakenToPanel) -> Iterable[Row]:
    yield CaseStep(event.case_id, "taken-to-panel", event.sequence, event.occurred_at)


@rows_of.register
def _(event: case.CaseHeld) -> Iterable[Row]:
    yield CaseStep(event.case_id, "held", event.sequence, event.occurred_at, event.referral_id)


@rows_of.register
def _(event: case.CaseResumed) -> Iterable[Row]:
    yield CaseStep(event.case_id, "resumed", event.sequence, event.occurred_at, event.referral_id)


@rows_of.register
def _(event: case.CaseHalted) -> Iterable[Row]:
    yield CaseStep(event.case_id, "halted", event.sequence, event.occurred_at, event.referral_id, event.raised_by)


@rows_of.register
def _(event: case.CaseClosed) -> Iterable[Row]:
    yield CaseStep(event.case_id, "closed", event.sequence, event.occurred_at, event.referral_id, event.reason)
    for view in event.views:
        yield ViewGiven(event.case_id, event.sequence, view.person_id, view.change)
