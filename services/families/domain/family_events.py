"""The events about families: ids, agencies and their references, for services alone. Nothing of a person."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.families.domain.groups import MemberKey, family_id
from services.families.domain.links import Joined, Links, Outcome
from shared.contracts.families import Family, FamilyLinked, FamilyRecognised, FamilyUnlinked, Member

Cases = Mapping[MemberKey, Sequence[UUID]]


@dataclass(frozen=True)
class Screened:
    """A screening whose family was looked for. `published` is the outcome last published of it."""

    submission_id: UUID
    member: MemberKey
    case_id: UUID
    area: str
    published: Outcome | None = None


@dataclass(frozen=True)
class FamilyEvents:
    """What every event of one change needs: the families' cases, the time, and the next revision."""

    cases: Cases
    now: datetime
    next_revision: Callable[[], int]

    def linked(self, joined: Joined) -> FamilyLinked:
        """Families became one."""
        return FamilyLinked(
            case_id=self._first_case(joined.members),
            occurred_at=self.now,
            revision=self.next_revision(),
            family_id=family_id(joined.members),
            members=self._members(joined.members),
            confirmed_by="automatic" if joined.automatic else "person",
            weight=joined.weight,
        )

    def unlinked(self, families: Sequence[frozenset[MemberKey]]) -> FamilyUnlinked:
        """One family fell apart into these; the first keeps its id where its first member stayed."""
        stays, *separated = families
        return FamilyUnlinked(
            case_id=self._first_case(stays),
            occurred_at=self.now,
            revision=self.next_revision(),
            family_id=family_id(stays),
            members=self._members(stays),
            separated=tuple(Family(family_id=family_id(each), members=self._members(each)) for each in separated),
        )

    def recognised(self, screened: Screened, links: Links) -> FamilyRecognised:
        """A screening's family was looked for, or a doubt about it was decided."""
        family = links.family_of(screened.member)
        return FamilyRecognised(
            case_id=screened.case_id,
            occurred_at=self.now,
            revision=self.next_revision(),
            family_id=family_id(family),
            members=self._members(family),
            submission_id=screened.submission_id,
            agency=screened.member.agency,
            area=screened.area,
            family_ref=screened.member.family_ref,
            outcome=links.outcome(screened.member),
        )

    def _members(self, family: frozenset[MemberKey]) -> tuple[Member, ...]:
        return tuple(
            Member(agency=each.agency, family_ref=each.family_ref, cases=tuple(self.cases[each]))
            for each in sorted(family)
        )

    def _first_case(self, family: frozenset[MemberKey]) -> UUID:
        return self.cases[min(family)][0]
