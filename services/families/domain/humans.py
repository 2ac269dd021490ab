"""Which ids of people are of one human being, so that erasing them reaches each of their cases.

An id is of one case. Certain is what nobody has to look at: within what is known to be one family, given name and birth
both at least alike, or so much else that it is nobody else; a child's birth that it shares with no sibling. What only
may be so is shown to whoever erases, by ids, and is erased if they name it: a key cannot be brought back.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import NamedTuple
from uuid import UUID

from services.families.domain.comparison import IDENTIFIER, alike_births, compare, may_be_one, same_identifiers
from services.families.domain.identity import Child, Parent
from services.families.domain.levels import Level
from services.families.domain.weights import Weights

_AT_LEAST_ALIKE = frozenset({Level.SAME, Level.ALIKE})
_AROUND = timedelta(weeks=6)


@dataclass(frozen=True)
class Seen:
    """Somebody as one screening described them. `of_family`: a screening of the family; else one that was taken back,
    and may have been filed under anybody's reference."""

    person_id: UUID
    screening: tuple[str, UUID]
    described: Parent | Child
    of_family: bool = True


@dataclass(frozen=True)
class Human:
    """The ids that are certainly of one human being, and those that may be."""

    certain: frozenset[UUID]
    perhaps: frozenset[UUID]


class _Grade(IntEnum):
    NOT = 0
    PERHAPS = 1
    CERTAIN = 2


class _Likeness(NamedTuple):
    grade: _Grade
    weight: float


_NONE = _Likeness(_Grade.NOT, 0.0)


class Humans:
    """The people of a family's screenings, and of those that were taken back."""

    def __init__(self, seen: Iterable[Seen], weights: Weights, parent_weight: float) -> None:
        self._weights = weights
        self._enough = parent_weight
        self._seen: dict[UUID, list[Seen]] = defaultdict(list)
        self._births: dict[tuple[str, UUID], list[object]] = defaultdict(list)
        for each in seen:
            self._seen[each.person_id].append(each)
            if isinstance(each.described, Child):
                self._births[each.screening].append(each.described.born)

    def of(self, person: UUID, also: Collection[UUID] = ()) -> Human:
        """The human being whose this id is; `also` are ids that somebody knows to be theirs.

        Who is named beside them in one screening is taken for another, however alike, but may be them, entered twice.
        """
        certain, perhaps = {person, *also}, set[UUID]()
        while True:
            found = {other: self._likeness(certain, other) for other in self._seen if other not in certain}
            named_beside = {other for other in found if self._named_together(certain, other)}
            sure = [
                (likeness.weight, other)
                for other, likeness in found.items()
                if likeness.grade is _Grade.CERTAIN and other not in named_beside
            ]
            if not sure:
                perhaps = {other for other, likeness in found.items() if likeness.grade is not _Grade.NOT}
                break
            certain.add(max(sure)[1])
        entered_twice = {other for other in perhaps if other in named_beside and found[other].grade < _Grade.CERTAIN}
        return Human(frozenset(certain), frozenset(perhaps - entered_twice))

    def _likeness(self, certain: Collection[UUID], other: UUID) -> _Likeness:
        return max(
            (
                self._alike(one, another)
                for known in certain
                for one in self._seen.get(known, ())
                for another in self._seen[other]
            ),
            default=_NONE,
        )

    def _named_together(self, certain: Collection[UUID], other: UUID) -> bool:
        beside = {each.screening for each in self._seen[other]}
        return any(each.screening in beside for known in certain for each in self._seen.get(known, ()))

    def _alike(self, one: Seen, other: Seen) -> _Likeness:
        in_family = one.of_family and other.of_family
        left, right = one.described, other.described
        if isinstance(left, Parent) and isinstance(right, Parent):
            return self._parents(left, right, in_family=in_family)
        if isinstance(left, Child) and isinstance(right, Child) and in_family:
            alone = self._is_alone(one) and self._is_alone(other)
            return _Likeness(_children(left, right, alone=alone), 0.0)
        return _NONE

    def _parents(self, one: Parent, other: Parent, *, in_family: bool) -> _Likeness:
        pattern = compare(one, other)
        if not may_be_one(pattern):
            return _NONE
        weight = self._weights.of_people(pattern)
        by_both = {pattern["given"], pattern["born"]} <= _AT_LEAST_ALIKE
        strong = weight >= self._enough and pattern["born"] is not Level.DIFFERS
        if pattern.get(IDENTIFIER) is Level.SAME:
            return _Likeness(_Grade.CERTAIN, weight)
        if in_family:
            return _Likeness(_Grade.CERTAIN if by_both or strong else _Grade.PERHAPS, weight)
        exact = all(pattern[field] is Level.SAME for field in ("given", "family", "born"))
        if exact and Level.SAME in (pattern["phone"], pattern["email"], pattern["postcode"]):
            return _Likeness(_Grade.CERTAIN, weight)
        return _Likeness(_Grade.PERHAPS if by_both or strong else _Grade.NOT, weight)

    def _is_alone(self, child: Seen) -> bool:
        """Whether no other child of the screening was born on the same day."""
        described = child.described
        return isinstance(described, Child) and self._births[child.screening].count(described.born) == 1


def _children(one: Child, other: Child, *, alone: bool) -> _Grade:
    numbers = same_identifiers(one.identifiers, other.identifiers)
    if numbers is Level.SAME:
        return _Grade.CERTAIN
    if numbers is Level.DIFFERS:
        return _Grade.NOT
    births = alike_births(one.born, other.born)
    if births is Level.SAME:
        return _Grade.CERTAIN if alone else _Grade.PERHAPS
    if births is Level.ALIKE:
        return _Grade.PERHAPS
    days = one.born or one.expected, other.born or other.expected
    expected = one.born is None or other.born is None
    near = days[0] is not None and days[1] is not None and abs(days[0] - days[1]) <= _AROUND
    return _Grade.PERHAPS if expected and near else _Grade.NOT
