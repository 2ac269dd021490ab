"""The events of the workforce service: who was trained, how sure they feel, what they made of it.

A practitioner is an opaque id here. No name, no address and no certificate number leaves the service in clear.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import StringConstraints

from shared.contracts.base import AreaCode, Event, Reference, Sealed, ShortText, Slug, UtcDatetime
from shared.contracts.screening import PractitionerRef


class TrainingModule(StrEnum):
    """The five modules of the Supporting Separated Families training, and the guide's course for trainers."""

    UNDERSTANDING_SEPARATION = "understanding-separation"
    CHILDRENS_EXPERIENCES = "childrens-experiences"
    ENGAGING_PARENTS = "engaging-parents"
    NEEDS_OF_MUMS_AND_DADS = "needs-of-mums-and-dads"
    COLLABORATIVE_ARRANGEMENTS = "collaborative-arrangements"
    TRAIN_THE_TRAINER = "train-the-trainer"


class Profession(StrEnum):
    """Whom the training is for, as its own page lists them."""

    FAMILY_SUPPORT_WORKER = "family-support-worker"
    CHILDRENS_CENTRE = "childrens-centre"
    NURSERY = "nursery"
    FAMILY_INTERVENTION_TEAM = "family-intervention-team"
    TEACHER = "teacher"
    SOCIAL_SERVICES = "social-services"
    CAFCASS = "cafcass"
    NHS_HEALTH_PROFESSIONAL = "nhs-health-professional"
    POLICE_AND_COMMUNITY_SUPPORT = "police-and-community-support"
    GOVERNMENT_DEPARTMENT = "government-department"
    LEGAL_PROFESSIONAL = "legal-professional"
    CHILDRENS_GUARDIAN = "childrens-guardian"
    HOUSING_OFFICER = "housing-officer"
    URBAN_REGENERATION = "urban-regeneration"
    OTHER = "other"


class TrainingDelivery(StrEnum):
    """How a training session is held."""

    IN_PERSON = "in-person"
    ONLINE = "online"
    E_LEARNING = "e-learning"


class ConfidenceOccasion(StrEnum):
    """When a practitioner said how sure they feel."""

    BEFORE = "before"
    AFTER = "after"
    FOLLOW_UP = "follow-up"


class HowOften(StrEnum):
    """How often a practitioner has used what they learnt."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    LESS_OFTEN = "less-often"
    NEVER = "never"


class WorkerErasureReason(StrEnum):
    """Why a practitioner's or a worker's name is erased: they have left, those grounds of UK GDPR Art. 17(1) that there
    can be, and the end of the time for which it is kept.
    """

    HAS_LEFT = "has-left"
    OBJECTION = "objection"
    UNLAWFULLY_PROCESSED = "unlawfully-processed"
    LEGAL_OBLIGATION = "legal-obligation"
    RECORDED_IN_ERROR = "recorded-in-error"
    RETENTION_ENDED = "retention-ended"


class PractitionerEvent(Event):
    """Something that happened to a practitioner's training. Its key and subject are the practitioner's opaque id."""

    owner: ClassVar[str] = "workforce"
    topic: ClassVar[str | None] = "training"

    practitioner_id: UUID
    agency: Slug
    occurred_at: UtcDatetime

    def subject(self) -> str:
        """The practitioner's opaque id."""
        return str(self.practitioner_id)


class TrainingCompleted(PractitionerEvent):
    """A practitioner has completed a training session, and holds a certificate for its modules.

    `training_id` is this practitioner's place in this session. `valid_until` is the last day on which the certificate
    counts, where an area asks for renewal.
    """

    event_name: ClassVar[str] = "training-completed"

    training_id: UUID
    session_id: UUID
    areas: tuple[AreaCode, ...]
    modules: tuple[TrainingModule, ...]
    profession: Profession
    delivery: TrainingDelivery
    delivered_by: Slug
    completed_on: date
    valid_until: date | None


class TrainingWithdrawn(PractitionerEvent):
    """What was told as completed was not: the attendance was corrected, and the certificate no longer counts."""

    event_name: ClassVar[str] = "training-withdrawn"

    training_id: UUID


class ConfidenceRated(PractitionerEvent):
    """How sure a practitioner feels in what one module teaches. A later rating of the same occasion replaces it."""

    event_name: ClassVar[str] = "confidence-rated"

    training_id: UUID
    module: TrainingModule
    occasion: ConfidenceOccasion
    instrument: Slug
    version: Reference
    score: int


class TrainingFollowUpAnswered(PractitionerEvent):
    """Six to twelve months later: whether the practitioner used the training, and how often."""

    event_name: ClassVar[str] = "training-follow-up-answered"

    training_id: UUID
    answered_on: date
    used: bool
    how_often: HowOften
    trains_others: bool


class ChampionNamed(PractitionerEvent):
    """An agency has named a practitioner its champion for healthy relationships between parents."""

    event_name: ClassVar[str] = "champion-named"

    named_on: date
    modules_held: tuple[TrainingModule, ...]


class ChampionStoodDown(PractitionerEvent):
    """A practitioner is no longer their agency's champion."""

    event_name: ClassVar[str] = "champion-stood-down"

    stood_down_on: date


class PractitionerHandedOver(Event):
    """A practitioner's open cases are another's of the same agency from now on, or theirs under another id.

    Whoever leaves is written to no more: whatever is to be sent to `practitioner_id` goes to `to`, whose `sealed` opens
    to `{name, email}` under the key of the practitioner that it names. It holds for what is known of them when it
    arrives; a later screening says for itself who its practitioners are. `same_person`: one human being whose id has
    changed, so that certificates follow them.
    """

    owner: ClassVar[str] = "workforce"
    topic: ClassVar[str | None] = "practitioner-handed-over"

    practitioner_id: UUID
    agency: Slug
    occurred_at: UtcDatetime
    to: PractitionerRef
    same_person: bool = False

    def subject(self) -> str:
        """The opaque id of the practitioner who hands over."""
        return str(self.practitioner_id)


class PractitionerUntrained(PractitionerEvent):
    """Whoever held this screening lacks training that the area asks for. The screening stands and nothing waits for it.

    `standing` is `in-grace` until the day before `grace_ended_on`. It says nothing of the family or of the decision.
    """

    topic: ClassVar[str | None] = "practitioner-untrained"

    case_id: UUID
    submission_id: UUID
    family_ref: Reference
    area: AreaCode
    missing: tuple[TrainingModule, ...]
    standing: Literal["in-grace", "untrained"]
    grace_ended_on: date


class TrainingReminder(PractitionerEvent):
    """What every reminder to a practitioner says: of which training, and to whom, sealed under the practitioner's key.

    `sealed` opens to at least `{name, email}`. It is on a topic of its own, which nobody reads but who sends the mail.
    """

    topic: ClassVar[str | None] = "training-reminders"

    training_id: UUID
    sealed: Sealed


class TrainingFollowUpOpened(TrainingReminder):
    """Six months after a training its practitioner is asked whether they used it. On `closes_on` it is too late."""

    event_name: ClassVar[str] = "training-follow-up-opened"

    closes_on: date


class CertificateLapses(TrainingReminder):
    """A certificate is about to lapse, and no later one covers its modules. `valid_until` is the last day on which it
    counts.
    """

    event_name: ClassVar[str] = "certificate-lapses"

    valid_until: date


class TrainingNotice(TrainingReminder):
    """What whoever signed up for a training is written of it. `page` is the path, below the entrance, of their own page
    about it; `day` is the day on which it begins.
    """

    day: date
    page: Annotated[str, StringConstraints(pattern=r"^/[a-z0-9/-]+$", max_length=200)]


class TrainingSessionNotice(TrainingNotice):
    """What whoever signed up for a session is written of it. `venue`: where it is held, as far as that is said."""

    venue: ShortText | None = None


class TrainingPlaceConfirmed(TrainingSessionNotice):
    """A practitioner has a place in a training; on `page` they give it up. `delivery` is how it is held."""

    event_name: ClassVar[str] = "training-place-confirmed"

    delivery: TrainingDelivery


class TrainingComesUp(TrainingSessionNotice):
    """A training in which a practitioner has a place begins on the next day; on `page` they give it up."""

    event_name: ClassVar[str] = "training-comes-up"

    delivery: TrainingDelivery


class TrainingCalledOff(TrainingSessionNotice):
    """A training in which a practitioner had a place, or waited for one, does not take place; `page` has others."""

    event_name: ClassVar[str] = "training-called-off"


class TrainingMoved(TrainingSessionNotice):
    """A training in which a practitioner has a place, or waits for one, is held on another day or elsewhere: now it
    begins on `day`. On `page` they give it up.
    """

    event_name: ClassVar[str] = "training-moved"

    delivery: TrainingDelivery


class CertificateIssued(TrainingNotice):
    """A practitioner completed a training on `day`, and their certificate is on `page`."""

    event_name: ClassVar[str] = "certificate-issued"
