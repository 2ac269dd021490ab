"""What a front door sends on `front-door.<agency>.screenings`. Owned by no service: it is fixed by agreement."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from shared.contracts.base import AreaCode, Record, Reference, ShortText, Slug, Text
from shared.contracts.vocabulary import (
    AbuseIndicator,
    Answer,
    Audience,
    ConflictIndicator,
    ContactMethod,
    Delivery,
    FrontDoorKind,
    LevelOfNeed,
    Occasion,
    ParentRole,
    Relationship,
    Service,
    Therapy,
    Tool,
    UniversalOffer,
    ViewsSource,
)
from shared.contracts.written import Date, Timestamp


class Practitioner(Record):
    """The front door's worker: the referrer, or one parent's wrap-around practitioner."""

    id: Reference
    name: ShortText
    role: Slug
    email: ShortText


class Name(Record):
    """A person's name."""

    given: ShortText
    family: ShortText


class Address(Record):
    """Where a parent lives."""

    lines: list[ShortText]
    postcode: ShortText


class Contact(Record):
    """One parent's contact block: how and when it is safe to reach them. Never another parent's to see."""

    phone: ShortText | None
    email: ShortText | None
    address: Address | None
    safe_methods: list[ContactMethod]
    safe_times: ShortText | None
    confidential_from_other_parent: bool


class Demographics(Record):
    """Who is reached, in codes."""

    sex: Slug
    ethnicity: Slug
    first_language: Slug
    disability: Slug
    employment: Slug


class Conversation(Record):
    """A safety conversation held with one parent."""

    held_on: Date
    alone: bool
    tool: Tool
    answers: dict[AbuseIndicator | ConflictIndicator, Answer]


class Parent(Record):
    """One parent of the family, as the front door knows them."""

    ref: Reference
    name: Name
    date_of_birth: Date
    role: ParentRole
    parental_responsibility: bool
    contact: Contact
    demographics: Demographics
    conversation: Conversation | None
    in_crisis: bool
    therapy: Therapy
    wants_change: bool
    sees_childs_perspective: bool
    agrees_to_referral: bool
    privacy_notice_on: Date | None


class Child(Record):
    """One child of the family. Only refs and ages travel further."""

    ref: Reference
    date_of_birth: Date
    views: Text | None
    views_source: ViewsSource
    takes_part: bool


class WrapAround(Record):
    """Who holds one parent in mind."""

    parent_ref: Reference
    practitioner: Practitioner


class Measure(Record):
    """A score on a validated instrument."""

    subject_ref: Reference
    instrument: Slug
    version: Reference
    occasion: Occasion
    score: float
    items: dict[str, float] | None = None


class Submission(Record):
    """One screening of one family by one front door.

    Raises pydantic's ValidationError with the field and the rule for anything else: a wrong type, an unknown field,
    a reference to nobody, the same person ref twice.
    """

    submission_id: UUID
    supersedes: UUID | None
    agency: Slug
    area: AreaCode
    source: FrontDoorKind
    submitted_at: Timestamp
    family_ref: Reference
    practitioner: Practitioner
    level_of_need: LevelOfNeed
    relationship: Relationship
    parents: Annotated[list[Parent], Field(min_length=1)]
    children: list[Child]
    public_law_proceedings: bool
    used_as_exit_strategy: bool
    universal_offer: UniversalOffer
    prefers_without_children: bool
    requested_service: Literal[Service.MEDIATION, Service.COUPLE_SUPPORT, Service.FAMILY_COUNSELLING] | None
    wrap_around: list[WrapAround]
    measures: list[Measure]
    audiences: list[Audience] = Field(
        default=[], description="Groups that offers are made for and that this family belongs to, where that is known"
    )
    delivery: list[Delivery] = Field(
        default=[], description="How the family can take part; empty where any way will do"
    )

    @model_validator(mode="after")
    def _references_hold(self) -> Self:
        parents = [parent.ref for parent in self.parents]
        everyone = parents + [child.ref for child in self.children]
        if len(set(everyone)) < len(everyone):
            raise ValueError("parents, children: the same person ref twice")
        for position, entry in enumerate(self.wrap_around):
            if entry.parent_ref not in parents:
                raise ValueError(f"wrap_around.{position}.parent_ref: names none of the parents")
        for position, measure in enumerate(self.measures):
            if measure.subject_ref not in everyone:
                raise ValueError(f"measures.{position}.subject_ref: names nobody in the family")
        return self
