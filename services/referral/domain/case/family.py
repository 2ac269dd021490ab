"""A family as the deciders see it, by what its front door knows it by and what the newest screening reports of it."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from shared.contracts.base import Part
from shared.contracts.screening import PractitionerRef, ScreenedChild, ScreenedParent, ScreeningCompleted
from shared.contracts.vocabulary import Audience, Delivery, FrontDoorKind, LevelOfNeed, Relationship


class FamilyKey(NamedTuple):
    """One family as one front door knows it. Its cases follow one another; a sign of abuse concerns them all."""

    agency: str
    family_ref: str


class Offered(Part):
    """Who of a family a provider was notified of, and in which area: by the agreement, or by a change since.

    `submission_id` is the screening that it is based on.
    """

    parents: frozenset[UUID]
    children: frozenset[UUID]
    area: str
    submission_id: UUID | None = None

    def is_same_family(self, other: "Offered") -> bool:
        """Whether it is the same people in the same area, by whatever screening."""
        return (self.parents, self.children, self.area) == (other.parents, other.children, other.area)


class Family(Part):
    """What the newest screening reports of the family, as far as a referral needs it.

    `former_parents` and `former_children` are whom an earlier screening named and the newest does not: a provider that
    was given them may still report on them, or a correction would leave its case open for good.
    """

    practitioner: PractitionerRef
    level_of_need: LevelOfNeed
    relationship: Relationship
    prefers_without_children: bool
    parents: tuple[ScreenedParent, ...]
    children: tuple[ScreenedChild, ...]
    audiences: tuple[Audience, ...] = ()
    delivery: tuple[Delivery, ...] = ()
    screened_on: date | None = None
    one_parent: bool = False
    # Of which kind the front door was; None in a case that is older than this.
    source: FrontDoorKind | None = None
    # What a person has to look at, in the codes of the screening.
    attention: tuple[str, ...] = ()
    former_parents: frozenset[UUID] = frozenset()
    former_children: frozenset[UUID] = frozenset()

    @classmethod
    def of(cls, event: ScreeningCompleted, earlier: "Family | None" = None) -> "Family":
        """Takes what is needed from the event, its parts as they are, and keeps whom `earlier` named."""
        taken = {name: getattr(event, name) for name in cls.model_fields if not name.startswith("former_")}
        return cls(
            **taken,
            former_parents=earlier.parent_ids() if earlier else frozenset(),
            former_children=earlier.people() - earlier.parent_ids() if earlier else frozenset(),
        )

    def people(self) -> frozenset[UUID]:
        """Everybody that a provider may report on."""
        return self.parent_ids() | {child.person_id for child in self.children} | self.former_children

    def parent_ids(self) -> frozenset[UUID]:
        """The parents that a provider may report on."""
        return self.former_parents | {parent.person_id for parent in self.parents}
