"""What a front door sends on `front-door.<agency>.screenings`. Owned by no service: it is fixed by agreement."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from shared.contracts.base import MOST_ANSWERS, AreaCode, Number, Record, Reference, ShortText, Slug, Text
from shared.contracts.identifiers import Identifiers
from shared.contracts.instruments import score_finding
from shared.contracts.offer import MAXIMUM_CHILD_AGE
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
    OtherParent,
    ParentRole,
    Relationship,
    Service,
    Therapy,
    Tool,
    UniversalOffer,
    ViewsSource,
)
from shared.contracts.written import Date, Timestamp

_ENGLAND = ZoneInfo("Europe/London")
# A birth may be later than expected, and is never expected longer than a year ahead.
_OVERDUE = timedelta(days=60)
_EXPECTED_WITHIN = timedelta(days=365)


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

    lines: Annotated[list[ShortText], Field(max_length=20)]
    postcode: ShortText


class Contact(Record):
    """One parent's contact block: how and when it is safe to reach them. Never another parent's to see."""

    phone: ShortText | None
    email: ShortText | None
    address: Address | None
    safe_methods: Annotated[list[ContactMethod], Field(max_length=20)]
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
    answers: Annotated[dict[AbuseIndicator | ConflictIndicator, Answer], *MOST_ANSWERS]


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
    identifiers: Identifiers = Field(default=[])
    twin: bool = Field(
        default=False,
        description="Another parent of the record was born on the same day, has the same name, and is somebody else",
    )


class Child(Record):
    """One child of the family. Only refs and ages travel further.

    An unborn child has `expected_on` instead of `date_of_birth`: the day on which it is expected. It has no age.
    """

    ref: Reference
    date_of_birth: Date | None = None
    expected_on: Date | None = None
    views: Text | None
    views_source: ViewsSource
    takes_part: bool
    identifiers: Identifiers = Field(default=[])

    @model_validator(mode="after")
    def _born_or_expected(self) -> Self:
        if (self.date_of_birth is None) == (self.expected_on is None):
            raise ValueError("date_of_birth: must be given, or expected_on for an unborn child, and not both")
        return self


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
    score: Number
    items: Annotated[dict[Reference, Number], *MOST_ANSWERS] | None = None


def day_of(submitted_at: datetime) -> date:
    """The day of a submission, by which ages are counted: in UTC."""
    return submitted_at.astimezone(UTC).date()


def latest_day_of(submitted_at: datetime) -> date:
    """The latest day that a submission can speak of: in English summer time a day begins an hour before UTC's does."""
    return max(day_of(submitted_at), submitted_at.astimezone(_ENGLAND).date())


def age_on(born: date, day: date) -> int:
    """Age in whole years. Somebody born on 29 February has their birthday on 1 March in other years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class Submission(Record):
    """One screening of one family by one front door.

    Raises pydantic's ValidationError with the field and the rule for anything else: a wrong type, an unknown field,
    a reference to nobody, the same person ref twice, a date that cannot be so. At most 256 KiB long (`LARGEST_RECORD`);
    what follows from a record within the bounds fits into one Kafka message.
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
    parents: Annotated[list[Parent], Field(min_length=1, max_length=8)]
    children: Annotated[list[Child], Field(max_length=20)]
    public_law_proceedings: bool
    used_as_exit_strategy: bool
    universal_offer: UniversalOffer
    prefers_without_children: bool
    requested_service: Literal[Service.MEDIATION, Service.COUPLE_SUPPORT, Service.FAMILY_COUNSELLING] | None
    wrap_around: Annotated[list[WrapAround], Field(max_length=20)]
    measures: Annotated[list[Measure], Field(max_length=200)]
    audiences: list[Audience] = Field(
        default=[],
        max_length=50,
        description="Groups that offers are made for and that this family belongs to, where that is known",
    )
    delivery: list[Delivery] = Field(
        default=[], max_length=20, description="How the family can take part; empty where any way will do"
    )
    other_parent: OtherParent | None = Field(
        default=None,
        description="Why no other parent is named. no-contact-order and unsafe-to-contact are signs of abuse",
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

    @model_validator(mode="after")
    def _scores_can_be_so(self) -> Self:
        for position, measure in enumerate(self.measures):
            if rule := score_finding(measure.instrument, measure.score):
                raise ValueError(f"measures.{position}.score: {rule}")
        return self

    @model_validator(mode="after")
    def _dates_can_be_so(self) -> Self:
        for finding in (*self._of_parents(), *self._of_children()):
            raise ValueError(finding)
        return self

    def _of_parents(self) -> Iterator[str]:
        """What cannot be so of a parent's dates. Source: `docs/pathway.md`, what can't be so."""
        latest = latest_day_of(self.submitted_at)
        for position, parent in enumerate(self.parents):
            at = f"parents.{position}"
            if parent.date_of_birth > latest:
                yield f"{at}.date_of_birth: must not be after the day of submitted_at"
            if parent.privacy_notice_on and parent.privacy_notice_on > latest:
                yield f"{at}.privacy_notice_on: must not be after the day of submitted_at"
            if parent.conversation and parent.conversation.held_on > latest:
                yield f"{at}.conversation.held_on: must not be after the day of submitted_at"
            if parent.conversation and parent.conversation.held_on < parent.date_of_birth:
                yield f"{at}.conversation.held_on: must not be before that parent was born"

    def _of_children(self) -> Iterator[str]:
        """What cannot be so of a child's dates. Source: `docs/pathway.md`, what can't be so."""
        latest = latest_day_of(self.submitted_at)
        for position, child in enumerate(self.children):
            at = f"children.{position}"
            if child.date_of_birth and child.date_of_birth > latest:
                yield f"{at}.date_of_birth: must not be after the day of submitted_at; unborn, give expected_on instead"
            if child.date_of_birth and age_on(child.date_of_birth, day_of(self.submitted_at)) > MAXIMUM_CHILD_AGE:
                yield f"{at}.date_of_birth: must be that of a child, who is not over {MAXIMUM_CHILD_AGE}"
            if child.expected_on and not -_OVERDUE <= child.expected_on - latest <= _EXPECTED_WITHIN:
                yield f"{at}.expected_on: must be within a year after submitted_at, or at most 60 days before it"
