"""Which families are worth comparing: those that share a key. The keys are made into tokens before they are stored.

Each key is one thing that two records of a family nearly always share. A slip in one of them leaves the others, and
a family is found where any one key is shared. Keys of one person's name and birth find who is written otherwise; keys
of two births of one family find those who go by other names altogether.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import combinations, pairwise
from typing import Generic, NamedTuple, TypeVar

import jellyfish

from services.families.domain.folding import joined
from services.families.domain.identity import Child, Household, Parent
from services.families.domain.names import core

P = TypeVar("P")

# Of more names than these, the first count. They bound what one screening costs.
_MOST_GIVEN, _MOST_FAMILY = 3, 2
_SHORTEST_PART = 2
_LAST_MONTH = 12


class KinKey(NamedTuple, Generic[P]):
    """A key of two people of one family, or of a child alone. It is to be erased with either of them."""

    text: str
    person: P
    with_person: P | None


def parent_keys(parent: Parent) -> frozenset[str]:
    """The keys of one parent. They identify a person: they are never stored or sent as they are."""
    return frozenset(_of_a_parent(parent))


def kin_keys(parents: Mapping[P, Parent], children: Mapping[P, Child]) -> frozenset[KinKey[P]]:
    """The keys of births of one family, two together: of its parents, of parents and children, of its children.

    People are named by any id of the caller's. Also the keys of children's identifiers.
    """
    return frozenset(_of_kin(parents, children))


def keys_of(household: Household) -> frozenset[str]:
    """All keys of a family, whoever's they are."""
    births = {f"born-{day}": Child(day) for day in household.children}
    known = {"identified": Child(identifiers=household.identifiers)} if household.identifiers else {}
    parents = {str(at): parent for at, parent in enumerate(household.parents)}
    kin = {key.text for key in kin_keys(parents, births | known)}
    return frozenset(kin.union(*(parent_keys(parent) for parent in household.parents)))


def _of_a_parent(parent: Parent) -> Iterator[str]:
    given = _given_sounds(parent)
    family = _sounds(_parts(core(parent.family))[:_MOST_FAMILY])
    if parent.born:
        # One name is enough: the other changes after a wedding, for a pet name, or for one of several.
        whole = _sounds(joined(name) for name in (parent.given, parent.family) if name)
        for sound in given | family | whole:
            yield f"born/{_either_way(parent.born)}/{sound}"
        # A slip in the date of birth leaves the year, or the day of the year.
        for both in {"/".join(sorted({one, other})) for one in given or family for other in family or given}:
            yield f"year/{parent.born:%Y}/{both}"
            yield f"day/{parent.born:%m%d}/{both}"
    for number in parent.phones | parent.landlines:
        yield f"phone/{number}"
    for address in parent.emails:
        yield f"email/{address}"
    yield from parent.identifiers
    if parent.postcode:
        for sound in family:
            yield f"postcode/{parent.postcode}/{sound}"


def _of_kin(parents: Mapping[P, Parent], children: Mapping[P, Child]) -> Iterator[KinKey[P]]:
    grown = sorted(((parent.born, str(key), key) for key, parent in parents.items() if parent.born))
    small = sorted(((child.born, str(key), key) for key, child in children.items() if child.born))
    for (one, _, person), (other, _, with_person) in combinations(grown, 2):
        # Who fled without papers is often registered as born on New Year's Day: two of them are no family yet.
        if not (_is_new_year(one) and _is_new_year(other)):
            both = "/".join(sorted((_either_way(one), _either_way(other))))
            yield KinKey(f"parents/{both}", person, with_person)
    # Eldest and youngest: a child who is left out, or comes later, leaves the other.
    for born, _, child in {small[0], small[-1]} if small else set():
        for day, _, person in grown:
            yield KinKey(f"child/{_either_way(born)}/{_either_way(day)}", person, child)
        # Both births of the parents may be a slip, and their surname another.
        for person, parent in parents.items():
            for sound in _given_sounds(parent):
                yield KinKey(f"child/{_either_way(born)}/{sound}", person, child)
    for (elder, _, person), (younger, _, with_person) in pairwise(small):
        if elder != younger and not (_is_new_year(elder) or _is_new_year(younger)):
            both = "/".join(sorted((_either_way(elder), _either_way(younger))))
            yield KinKey(f"siblings/{both}", person, with_person)
    for key, numbered in children.items():
        for identifier in numbered.identifiers:
            yield KinKey(f"child/{identifier}", key, None)


def _given_sounds(parent: Parent) -> set[str]:
    return _sounds(_parts(parent.given.split())[:_MOST_GIVEN])


def _parts(names: list[str]) -> list[str]:
    return [part for part in names if len(part) >= _SHORTEST_PART] or names


def _sounds(names: Iterable[str]) -> set[str]:
    return {jellyfish.soundex(name) for name in names}


def _either_way(day: date) -> str:
    """A date that is the same with day and month in each other's place."""
    if day.day > _LAST_MONTH:
        return f"{day:%Y%m%d}"
    return f"{day.year:04}{min(day.day, day.month):02}{max(day.day, day.month):02}"


def _is_new_year(day: date) -> bool:
    return (day.month, day.day) == (1, 1)
