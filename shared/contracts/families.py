"""The events of the families service: which front doors' families are one and the same.

They carry no identifier of a person: agencies, their own family references and case ids, for services alone. A front
door never learns from them, or from what follows from them, that another one knows its family.

`revision` numbers the changes of what is known, over all families: of two events that speak of the same member or the
same submission, the one with the higher revision holds, in whatever order they arrive.
"""

from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.base import AreaCode, CaseEvent, Part, Reference, Slug

ConfirmedBy = Literal["automatic", "person"]


class LinkReason(StrEnum):
    """Why somebody linked, separated or told apart families. A code: what is said of people stays between workers."""

    WORKERS_SPOKE = "workers-spoke"
    SAME_PEOPLE = "same-people"
    SAME_CHILDREN = "same-children"
    IDENTIFIER_CHECKED = "identifier-checked"
    FAMILY_SAID_SO = "family-said-so"
    OTHER_PEOPLE = "other-people"
    RELATIVES = "relatives"
    NEW_PARTNER = "new-partner"
    LINKED_IN_ERROR = "linked-in-error"
    COORDINATORS_SPOKE = "coordinators-spoke"
    OTHER = "other"


_ALWAYS = frozenset({LinkReason.WORKERS_SPOKE, LinkReason.FAMILY_SAID_SO, LinkReason.OTHER})
REASONS_FOR_ONE = _ALWAYS | {LinkReason.SAME_PEOPLE, LinkReason.SAME_CHILDREN, LinkReason.IDENTIFIER_CHECKED}
REASONS_FOR_TWO = _ALWAYS | {LinkReason.OTHER_PEOPLE, LinkReason.RELATIVES, LinkReason.NEW_PARTNER}
REASONS_TO_SEPARATE = REASONS_FOR_TWO | {LinkReason.LINKED_IN_ERROR}
REASONS_TO_NOTE = frozenset({LinkReason.COORDINATORS_SPOKE, LinkReason.OTHER})


class ErasureReason(StrEnum):
    """Why a person is erased: the grounds of UK GDPR Art. 17(1), and the end of the time for which data is kept."""

    NO_LONGER_NEEDED = "no-longer-needed"
    CONSENT_WITHDRAWN = "consent-withdrawn"
    OBJECTION = "objection"
    UNLAWFULLY_PROCESSED = "unlawfully-processed"
    LEGAL_OBLIGATION = "legal-obligation"
    RETENTION_ENDED = "retention-ended"
    RECORDED_IN_ERROR = "recorded-in-error"


class Member(Part):
    """One family as one front door knows it, with the cases that its screenings were of."""

    agency: Slug
    family_ref: Reference
    cases: tuple[UUID, ...]


class FamilyEvent(CaseEvent):
    """What every event of the families service says. `members` are all that are one family at this revision."""

    owner: ClassVar[str] = "families"

    revision: int
    family_id: UUID
    members: tuple[Member, ...]


class FamilyRecognised(FamilyEvent):
    """A screening's family was looked for among those of every front door.

    Nothing is agreed by an area's setting before this is known. `doubtful`: a person has to look at a likeness first;
    it is told again, with a higher revision, when a person has, or when what it was alike in was taken back.
    """

    topic: ClassVar[str | None] = "family-recognised"

    submission_id: UUID
    agency: Slug
    area: AreaCode
    family_ref: Reference
    outcome: Literal["alone", "linked", "doubtful"]


class FamilyLinked(FamilyEvent):
    """Families of front doors were found to be one. `weight` is the evidence in bits; None where a person had none."""

    topic: ClassVar[str | None] = "family-linked"

    confirmed_by: ConfirmedBy
    weight: float | None


class Family(Part):
    """Members that are one family."""

    family_id: UUID
    members: tuple[Member, ...]


class FamilyUnlinked(FamilyEvent):
    """A front door's family is not the one that it was linked with.

    A person found so, or the screening by which matching had linked them was taken back, and nothing certain is left.
    `members` are those that stay together under `family_id`; each of `separated` is a family of its own from now on.
    """

    topic: ClassVar[str | None] = "family-unlinked"

    separated: tuple[Family, ...]


class RestrictionReason(StrEnum):
    """Why somebody's data may be kept and not used (UK GDPR Art. 18(1), and a hold for a claim or a review)."""

    ACCURACY_CONTESTED = "accuracy-contested"
    UNLAWFUL_NOT_ERASED = "unlawful-not-erased"
    NEEDED_FOR_A_CLAIM = "needed-for-a-claim"
    OBJECTION_PENDING = "objection-pending"
    LEGAL_HOLD = "legal-hold"


class PersonRestricted(CaseEvent):
    """What is held of a person of a case may be kept and not used, or may be used again (`restricted` is false).

    One for each case that they are a person of, under the id that they have there. Nothing about them goes out
    meanwhile. A sign of abuse takes effect all the same. Why is not in it.
    """

    owner: ClassVar[str] = "families"
    topic: ClassVar[str | None] = "person-restricted"

    person_id: UUID
    restricted: bool


class PersonErased(CaseEvent):
    """A person of a case was erased: their key is gone, and whatever was sealed under it opens no more.

    One for each case that they were a person of, under the id that they had there. No event says which of them are of
    one human being. Whoever gets it drops what is left of this id but facts in codes.
    """

    owner: ClassVar[str] = "families"
    topic: ClassVar[str | None] = "person-erased"

    person_id: UUID
