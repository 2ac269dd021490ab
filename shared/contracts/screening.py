"""The events of the screening service."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.base import AreaCode, Event, Part, Reference, Sealed, Slug, UtcDatetime
from shared.contracts.vocabulary import (
    Audience,
    Decision,
    Delivery,
    FrontDoorKind,
    LevelOfNeed,
    Occasion,
    ParentRole,
    Reason,
    Relationship,
    Service,
    ViewsSource,
)


class PractitionerRef(Part):
    """A practitioner without a name: an opaque id, a role, and `{name, email}` sealed for whoever writes to them."""

    practitioner_id: UUID
    role: Slug
    sealed: Sealed


class ScreenedParent(Part):
    """What later steps need to know of one parent, in codes. No name, no contact, and no answer to any indicator."""

    person_id: UUID
    ref: Reference
    role: ParentRole
    parental_responsibility: bool
    agrees_to_referral: bool
    privacy_notice_on: date | None
    wrap_around: PractitionerRef | None
    sex: Slug
    ethnicity: Slug
    first_language: Slug
    disability: Slug
    employment: Slug


class ScreenedChild(Part):
    """What later steps need to know of one child."""

    person_id: UUID
    ref: Reference
    age: int
    takes_part: bool
    views_source: ViewsSource


class MeasureTaken(Part):
    """A score of one person on a validated instrument, before any service."""

    person_id: UUID
    instrument: Slug
    version: Reference
    occasion: Occasion
    score: float


class ScreeningCompleted(Event):
    """A front door's screening was decided.

    The reasons are codes of the whole family: nobody can read from them which parent said what.
    `occurred_at` is when it was decided.
    """

    event_name: ClassVar[str] = "screening-completed"
    owner: ClassVar[str] = "screening"
    topic: ClassVar[str | None] = "screening-completed"

    submission_id: UUID
    supersedes: UUID | None
    agency: Slug
    area: AreaCode
    source: FrontDoorKind
    family_ref: Reference
    submitted_at: UtcDatetime
    practitioner: PractitionerRef
    level_of_need: LevelOfNeed
    relationship: Relationship
    prefers_without_children: bool
    decision: Decision
    reasons: tuple[Reason, ...]
    service: Service | None
    eligible_services: tuple[Service, ...]
    requested_service: Service | None
    parents: tuple[ScreenedParent, ...]
    children: tuple[ScreenedChild, ...]
    measures: tuple[MeasureTaken, ...]
    audiences: tuple[Audience, ...] = ()
    delivery: tuple[Delivery, ...] = ()
    # The day of the oldest of the conversations: from then on the screening's validity runs.
    screened_on: date | None = None
    # An instrument's risk item was answered so that it signals harm. The decision is by the conversations alone.
    risk_item: bool = False

    @property
    def shows_sign_of_abuse(self) -> bool:
        """Whether a sign of abuse came with this screening, in a conversation or in a risk item of an instrument."""
        return self.risk_item or self.decision is Decision.DOMESTIC_ABUSE_PATHWAY


class ParentDetailsSealed(Event):
    """One parent's name and contact block, sealed, for the notification service alone.

    Sent only where the decision is `refer`, one event a parent: a contact block is never part of an event about the
    family. `sealed` opens to JSON `{name, date_of_birth, contact}` as the front door sent them.
    """

    event_name: ClassVar[str] = "parent-details-sealed"
    owner: ClassVar[str] = "screening"
    topic: ClassVar[str | None] = "parent-details-sealed"

    submission_id: UUID
    # When the front door sent it; newer details replace older ones, in whatever order they arrive.
    submitted_at: UtcDatetime | None = None
    person_id: UUID
    role: ParentRole
    sealed: Sealed
    reason: Literal["refer"] = "refer"


class ParentIdentitySealed(Event):
    """What recognises one parent again, sealed, for the families service alone. Sent for every screening.

    Whatever was decided: a sign of abuse that one front door knows must be found when another one sends the family.
    `sealed` opens to JSON `{given, family, date_of_birth, postcode, phone, email}`, the last three or null; each of
    `children` opens to a date of birth. `parents` is how many parents the screening names, one event each.
    """

    event_name: ClassVar[str] = "parent-identity-sealed"
    owner: ClassVar[str] = "screening"
    topic: ClassVar[str | None] = "parent-identity-sealed"

    submission_id: UUID
    submitted_at: UtcDatetime
    agency: Slug
    area: AreaCode
    family_ref: Reference
    person_id: UUID
    parents: int
    sealed: Sealed
    children: tuple[Sealed, ...]
