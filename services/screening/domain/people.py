"""Who is who in a case: ids follow people, and a ref is only what a front door calls somebody this time.

A parent is the same person where the birth is equal, or a given name with a birth that is nearly so: spellings vary,
names change by marriage, digits are mended. Who shares neither is plainly another, under whatever ref. Children are
recognised by their birth alone. Between equals, twins or a couple of one name, the ref decides.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum, StrEnum
from typing import Literal, NamedTuple
from uuid import UUID

import jellyfish

from shared.people.names import name_parts

Kind = Literal["parent", "child"]
NamePart = tuple[str, ...]

# What systems write for a birth that nobody knows.
_PLACEHOLDERS = frozenset({date(1900, 1, 1), date(1901, 1, 1)})
_ALIKE_NAME = 0.88
# A child is born up to six weeks before or after the day that was reckoned, nearly always.
_AROUND = timedelta(weeks=6)


class Part(StrEnum):
    """A person's part in their case: they take part; do not, or no longer; or were not looked at yet, because they came
    under somebody else's ref."""

    TAKES_PART = "takes-part"
    LEFT = "left"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True)
class Described:
    """Somebody as one record describes them. A child has no name; `expected` is the day of a birth that is to come."""

    ref: str
    kind: Kind
    given: NamePart = ()
    family: NamePart = ()
    born: date | None = None
    expected: date | None = None
    identifiers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody whom the case has already; not described where nobody can read any more what was sealed of them."""

    person_id: UUID
    described: Described | None
    part: Part = Part.TAKES_PART


@dataclass(frozen=True, slots=True)
class WhoIsWho:
    """Whom the refs of a record mean, for those whom the case has already; anybody else is new in the case.

    `differ`: somebody whom nobody has looked at has come, and somebody who takes part is not in the record.
    """

    same: Mapping[str, UUID]
    differ: bool


class _Likeness(IntEnum):
    """`POOR` holds where nothing speaks against it: the name with another birth, or the birth with another name."""

    POOR = 1
    GOOD = 2


class _Level(IntEnum):
    DIFFERS = -1
    MISSING = 0
    ALIKE = 1
    SAME = 2


class _Pair(NamedTuple):
    known: Known
    ref: str
    rank: tuple[int, ...]

    @property
    def likeness(self) -> int:
        return self.rank[0]

    @property
    def has_number(self) -> bool:
        return self.rank[1] == _Level.SAME


def describe_parent(ref: str, given: str, family: str, born: date | None, identifiers: Iterable[str] = ()) -> Described:
    """A parent, whose names may be spelt in any way."""
    return Described(ref, "parent", name_parts(given), name_parts(family), born, None, frozenset(identifiers))


def describe_child(
    ref: str, born: date | None, expected: date | None = None, identifiers: Iterable[str] = ()
) -> Described:
    """A child, born or expected."""
    return Described(ref, "child", (), (), born, expected, frozenset(identifiers))


def who_is_who(known: Sequence[Known], named: Sequence[Described]) -> WhoIsWho:
    """Matches a record's people with the case's, one to one, the best evidence first."""
    of_parents = [each for each in named if each.kind == "parent"]
    parents, unsure = _match(known, of_parents, _parents_alike)
    if _somebody_replaced(known, of_parents, parents):
        # Then a mere likeness of some is none: a stranger of the same name is not the person who took part.
        parents = {ref: pair for ref, pair in parents.items() if pair.likeness == _Likeness.GOOD}
    children, _ = _match(known, [each for each in named if each.kind == "child"], _children_alike)
    if of_parents and all(pair.known.part is Part.UNCONFIRMED for pair in parents.values()):
        # Where all parents are strangers, a birth that happens to be equal makes no child of theirs this family's.
        theirs = [each for each in known if each.part is Part.UNCONFIRMED]
        by_number = {ref: pair for ref, pair in children.items() if pair.has_number}
        others = [each for each in named if each.kind == "child" and each.ref not in by_number]
        children = by_number | _match(theirs, others, _children_alike)[0]
    found = {**parents, **children}
    return WhoIsWho(
        {ref: pair.known.person_id for ref, pair in found.items()},
        differ=unsure or _somebody_replaced(known, named, found),
    )


def may_be_one(one: Described, other: Described) -> bool:
    """Whether two parents of one record may be one human being, entered twice: one birth and one name, however it is
    spelt, in whatever order and by an initial too; or one whole name and a slip in the birth."""
    if one.born is None or other.born is None:
        return False
    if one.born != other.born:
        return _all_same(one, other) and _births(one.born, other.born) is _Level.ALIKE
    given, family = _names(one, other)
    return family is _Level.SAME and (given > _Level.DIFFERS or _is_initial(one.given, other.given))


def _is_initial(one: NamePart, other: NamePart) -> bool:
    initials = [{part[0] for part in parts} for parts in (one, other)]
    return bool(initials[0] & initials[1]) and any(len(part) == 1 for part in one + other)


def _somebody_replaced(known: Sequence[Known], named: Sequence[Described], found: Mapping[str, _Pair]) -> bool:
    still = {pair.known.person_id for pair in found.values()}
    gone = [each for each in known if each.part is not Part.UNCONFIRMED and each.person_id not in still]
    come = [each for each in named if each.ref not in found or found[each.ref].known.part is Part.UNCONFIRMED]
    # A family's children come and go under refs of their own: only who comes in another's place is shown.
    refs = {each.described.ref for each in gone if each.described}
    if any(each.ref in refs for each in come):
        return True
    missed = any(each.part is Part.TAKES_PART and _kind(each) == "parent" for each in gone)
    return missed and any(each.kind == "parent" for each in come)


def _kind(known: Known) -> Kind:
    # Of somebody of whom nothing can be read, the safer is supposed.
    return known.described.kind if known.described else "parent"


def _match(
    known: Sequence[Known], named: Sequence[Described], alike: Callable[[Described, Described], tuple[int, ...]]
) -> tuple[dict[str, _Pair], bool]:
    """The pairs that hold, by ref; and whether one was poor while another pair of the same people spoke against it."""
    pairs = [pair for each in named for pair in _pairs(known, each, alike)]
    pairs.sort(key=lambda pair: (pair.rank, pair.ref, pair.known.person_id), reverse=True)
    found: dict[str, _Pair] = {}
    taken: set[UUID] = set()
    for pair in pairs:
        if pair.ref not in found and pair.known.person_id not in taken:
            found[pair.ref] = pair
            taken.add(pair.known.person_id)
    unsure = any(
        pair.likeness == _Likeness.POOR
        and any((other.ref == pair.ref) != (other.known == pair.known) for other in pairs)
        for pair in found.values()
    )
    return found, unsure


def _pairs(
    known: Sequence[Known], named: Described, alike: Callable[[Described, Described], tuple[int, ...]]
) -> Iterator[_Pair]:
    for each in known:
        if each.described and each.described.kind == named.kind:
            rank = alike(each.described, named)
            if rank:
                # Between equals it is whom the family has, before anybody who came with a stranger's record.
                familiar = each.part is not Part.UNCONFIRMED
                yield _Pair(each, named.ref, (*rank, familiar, each.described.ref == named.ref))


def _parents_alike(one: Described, other: Described) -> tuple[int, ...]:
    """How alike two parents are, for comparing pairs; nothing where they are plainly two people."""
    given, family = _names(one, other)
    born = _births(one.born, other.born)
    same_number = _same_identifiers(one.identifiers, other.identifiers)
    rank = (same_number, given, born, family)
    if same_number is _Level.DIFFERS and not (born is _Level.SAME and given > _Level.MISSING):
        return ()
    if same_number is _Level.SAME and (given > _Level.DIFFERS or born > _Level.DIFFERS):
        return (_Likeness.GOOD, *rank)
    named = given is _Level.SAME
    if born is _Level.SAME and (given > _Level.DIFFERS or family > _Level.DIFFERS):
        return (_Likeness.GOOD, *rank)
    if named and (born is _Level.ALIKE or (born is _Level.MISSING and family > _Level.MISSING)):
        return (_Likeness.GOOD, *rank)
    if named and family > _Level.MISSING:
        return (_Likeness.POOR, *rank)
    if born is _Level.SAME and one.ref == other.ref:
        return (_Likeness.POOR, *rank)
    return ()


def _children_alike(one: Described, other: Described) -> tuple[int, ...]:
    """How alike two children are; nothing where they are plainly two. A slip in a birth is mended under its ref."""
    if _same_identifiers(one.identifiers, other.identifiers) is _Level.SAME:
        return (_Likeness.GOOD, _Level.SAME, _Level.SAME)
    born = _births(one.born, other.born)
    if born is _Level.MISSING:
        born = _expected(one, other)
    if born is _Level.SAME or (born is _Level.ALIKE and one.ref == other.ref):
        return (_Likeness.GOOD, _Level.MISSING, born)
    return ()


def _expected(one: Described, other: Described) -> _Level:
    """Of a child who was expected and one who was born or is expected: the same where the days are near."""
    days = [each.born or each.expected for each in (one, other)]
    if days[0] is None or days[1] is None:
        return _Level.MISSING
    if abs(days[0] - days[1]) <= _AROUND:
        return _Level.SAME
    return _Level.ALIKE if abs(days[0] - days[1]) <= 3 * _AROUND else _Level.DIFFERS


def _births(one: date | None, other: date | None) -> _Level:
    """Nearly the same: one digit wrong, two neighbours swapped, or day and month in each other's place.

    Many whose birth nobody registered were given a first of January: being equal shows less of that.
    """
    if one is None or other is None or not _PLACEHOLDERS.isdisjoint((one, other)):
        return _Level.MISSING
    if one == other:
        return _Level.ALIKE if (one.month, one.day) == (1, 1) else _Level.SAME
    if one.year == other.year and (one.month, one.day) == (other.day, other.month):
        return _Level.ALIKE
    slips = jellyfish.damerau_levenshtein_distance(f"{one:%Y%m%d}", f"{other:%Y%m%d}")
    return _Level.ALIKE if slips == 1 else _Level.DIFFERS


def _names(one: Described, other: Described) -> tuple[_Level, _Level]:
    """The levels of given and family names; those in each other's place are the same."""
    if _are_one_name(one, other):
        return _Level.SAME, _Level.SAME
    return _likeness(one.given, other.given), _likeness(one.family, other.family)


def _are_one_name(one: Described, other: Described) -> bool:
    """Whether a part of the given and one of the family name are shared, or all parts are, in whatever order."""
    straight = _share(one.given, other.given) and _share(one.family, other.family)
    return straight or (_share(one.given, other.family) and _share(one.family, other.given)) or _all_same(one, other)


def _all_same(one: Described, other: Described) -> bool:
    return sorted(one.given + one.family) == sorted(other.given + other.family)


def _share(one: NamePart, other: NamePart) -> bool:
    whole = {each for each in one if len(each) > 1} & {each for each in other if len(each) > 1}
    return bool(whole) or (bool(one) and "".join(one) == "".join(other))


def _likeness(one: NamePart, other: NamePart) -> _Level:
    if not one or not other:
        return _Level.MISSING
    if _share(one, other):
        return _Level.SAME
    alike = any(jellyfish.jaro_winkler_similarity(left, right) >= _ALIKE_NAME for left in one for right in other)
    return _Level.ALIKE if alike else _Level.DIFFERS


def _same_identifiers(one: frozenset[str], other: frozenset[str]) -> _Level:
    """Of numbers that are one person's for life, as `kind/number`."""
    if one & other:
        return _Level.SAME
    kinds = {each.partition("/")[0] for each in one} & {each.partition("/")[0] for each in other}
    return _Level.DIFFERS if kinds else _Level.MISSING
