"""What is kept of each decision: a line of the history, a consent given or withdrawn."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.referral.domain.case.states import State


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history: who, when, from where to where, why, and which event was the cause.

    `by` is the kind of actor and `who` the one that acted, by an opaque name. `why` holds codes of the table's row,
    `detail` what they are about: an offer, a session's number, a person's id. Never free text.
    """

    case_id: UUID
    number: int
    at: datetime
    by: str
    trigger: str
    source: State
    target: State
    why: str
    cause: UUID | None
    who: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """A parent's consent for one purpose, by the event that reported it or the coordinator who recorded it.

    `basis` is the legal basis where it is not consent. From `expires_at` on it is no longer in force.
    """

    case_id: UUID
    person_id: UUID
    purpose: str
    given_on: date
    source_event: UUID | None
    child_id: UUID | None = None
    basis: str = "consent"
    notice_version: str | None = None
    expires_at: datetime | None = None
    recorded_by: str = ""


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn:
    """From `at`, this parent's consent is no longer in force."""

    case_id: UUID
    person_id: UUID
    purpose: str
    at: datetime
    child_id: UUID | None = None
