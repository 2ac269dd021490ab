"""Whether two front doors' families are one: certain, doubtful, or not at all.

A family is its parents and children. Two families that share one parent only may be that parent's life with two
partners, so one parent alone never links anything by itself where another is named: a person looks at it.
A wrong link stops a family's help and brings one family's trouble to another's worker; a missed one lets a sign of
abuse go unseen. So only what is beyond doubt is linked without a person, and what is likely is shown to one.

What a household shares (address, landline, an address for mail that several of them give) shows who lives together, not
who is who. It counts once, and nobody is recognised by it: by given name or birth alone is anybody.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import permutations

from services.families.domain.children import Children, compare_children
from services.families.domain.comparison import IDENTIFIER, alike_postcodes, any_of, compare, may_be_one
from services.families.domain.identity import Household, Parent
from services.families.domain.levels import Level, Pattern
from services.families.domain.weights import Weights

_EXACT = ("given", "family", "born")
_REACHED_AT = ("postcode", "phone", "email")
FIELDS = (*_EXACT, *_REACHED_AT)
# More than nearly any screening names; beyond it the order in which they are named decides.
_MOST_PARENTS = 5


class Verdict(StrEnum):
    """What the evidence allows."""

    CERTAIN = "certain"
    DOUBTFUL = "doubtful"
    APART = "apart"


@dataclass(frozen=True)
class Thresholds:
    """Bits. An operator's settings; the defaults are those that docs/matching.md measured.

    `parent`: two records are of one person. `automatic`: two families are one, if two parents of each are.
    `doubtful`: a person looks.
    """

    parent: float = 12.0
    automatic: float = 40.0
    doubtful: float = 14.0


@dataclass(frozen=True)
class Likeness:
    """How alike two families are: the evidence, the level of each field for each pair of parents, and the verdict.

    `house` is whether they live together, as far as both give how to reach them.
    """

    verdict: Verdict
    weight: float
    parents: tuple[Pattern, ...]
    children: Level
    house: Level


@dataclass(frozen=True)
class _Pairing:
    """Who of one family may be who of the other, and what each two of them have in common."""

    patterns: tuple[Pattern, ...]
    shared: frozenset[str]


def liken(one: Household, other: Household, weights: Weights, thresholds: Thresholds) -> Likeness:
    """Compares two families as two screenings name them. In whichever order, the answer is the same."""
    pairing = max(_pairings(one, other), key=lambda each: _rank(each, weights))
    children = compare_children(one, other)
    postcode = any_of(_postcodes(one), _postcodes(other), alike_postcodes)
    contact = _contact(one, other, pairing)
    weight = sum(weights.of_people(pair) for pair in pairing.patterns)
    weight += weights.of_house(postcode, contact) + weights.of_children(children)
    fewest, most = sorted((len(one.parents), len(other.parents)))
    house = min(postcode, contact, key=list(Level).index)
    one_parent, enough = fewest == 1, _children_enough(pairing.patterns, house)
    if _is_certain(pairing.patterns, children, weight, weights, thresholds, alone=most == 1):
        verdict = Verdict.CERTAIN
    elif is_kin(pairing.patterns, children, one_parent=one_parent, enough=enough) or _is_doubtful(
        pairing.patterns, children, weight, thresholds
    ):
        verdict = Verdict.DOUBTFUL
    else:
        verdict = Verdict.APART
    return Likeness(verdict, round(weight, 2), pairing.patterns, children.level, house)


def _is_certain(
    pairs: tuple[Pattern, ...],
    children: Children,
    weight: float,
    weights: Weights,
    thresholds: Thresholds,
    *,
    alone: bool,
) -> bool:
    if alone:
        # The one parent and a child of theirs: whoever the other parent is, the family is this child's.
        known = [pair for pair in pairs if may_be_one(pair) and pair["born"] is not Level.DIFFERS]
        return bool(known and children.shared) and weight >= thresholds.automatic
    recognised = [pair for pair in pairs if _is_recognised(pair, children, weights, thresholds)]
    # Births differ for both where a couple's names are those of another: parents and grandparents in one house.
    if len(recognised) < 2 or all(pair["born"] is Level.DIFFERS for pair in recognised):
        return False
    return is_exact(pairs, children) or weight >= thresholds.automatic


def _is_recognised(pair: Pattern, children: Children, weights: Weights, thresholds: Thresholds) -> bool:
    """By given name or birth with so many bits in all; by the two together; by a name and the birth, with a child's.

    Not by the births alone: a new partner may have been born on the same day.
    """
    if not may_be_one(pair):
        return False
    by_both = {pair["given"], pair["born"]} <= {Level.SAME, Level.ALIKE}
    named = not pair["given"] is pair["family"] is Level.DIFFERS
    with_child = named and pair["born"] is Level.SAME and children.shared > 0
    return by_both or with_child or weights.of_people(pair) >= thresholds.parent


def _is_doubtful(pairs: tuple[Pattern, ...], children: Children, weight: float, thresholds: Thresholds) -> bool:
    somebody = children.shared or any(may_be_one(pair) or _is_reached(pair) for pair in pairs)
    return bool(somebody) and weight >= thresholds.doubtful


def _children_enough(pairs: tuple[Pattern, ...], house: Level) -> int:
    """How many children's births show by themselves that the children are the same, whoever brings them up.

    One in the same house; two where a name or a birth of a parent is alike; three anywhere. Two children are born on
    the days of two others in one of some million pairs of families, which are many pairs.
    """
    if house is Level.SAME:
        return 1
    fields = {pair[field] for pair in pairs for field in _EXACT}
    return 3 if fields.isdisjoint((Level.SAME, Level.ALIKE)) else 2


def is_exact(pairs: tuple[Pattern, ...], children: Children) -> bool:
    """The rule without weights: two parents with the same names and birth, and one thing more that is the same."""
    exact = [pair for pair in pairs if all(pair[field] is Level.SAME for field in _EXACT)]
    further = any(pair.get(field) is Level.SAME for pair in exact for field in (*_REACHED_AT, IDENTIFIER))
    return len(exact) >= 2 and (further or children.level in (Level.SAME, Level.ALIKE))


def is_kin(pairs: tuple[Pattern, ...], children: Children, *, one_parent: bool, enough: int) -> bool:
    """What is never below doubt, whatever their names: births of one family that agree, or a number of one person.

    Numbers or addresses that each of two parents has alone, or that one has who alone is named, with a given name; both
    parents' births: unless the children are others. A parent's birth where one alone is named, with all the children's.
    The births of all children, where they are `enough`.
    """
    if children.identified or any(pair.get(IDENTIFIER) is Level.SAME and may_be_one(pair) for pair in pairs):
        return True
    if children.level is not Level.DIFFERS:
        reached = [pair for pair in pairs if _is_reached(pair)]
        named = any(pair["given"] in (Level.SAME, Level.ALIKE) for pair in reached)
        if named and (len(reached) >= 2 or one_parent):
            return True
    births = sum(pair["born"] is Level.SAME for pair in pairs)
    all_children = children.level is Level.SAME
    return (
        (births >= 2 and children.level is not Level.DIFFERS)
        or (births >= 1 and one_parent and all_children)
        or (all_children and children.distinctive >= enough)
    )


def _is_reached(pair: Pattern) -> bool:
    """By a number or an address that nobody else in either family gives."""
    return Level.SAME in (pair["phone"], pair["email"])


def _pairings(one: Household, other: Household) -> Iterator[_Pairing]:
    fewer, more = sorted((_reached_alone(one), _reached_alone(other)), key=len)
    patterns = [[compare(left, right) for right in more] for left in fewer]
    for order in permutations(range(len(more)), len(fewer)):
        pairs = [(fewer[left], more[right]) for left, right in enumerate(order)]
        shared = (left.phones & right.phones | left.emails & right.emails for left, right in pairs)
        yield _Pairing(tuple(patterns[left][right] for left, right in enumerate(order)), frozenset().union(*shared))


def _rank(pairing: _Pairing, weights: Weights) -> tuple[float, list[list[str]]]:
    """The most likely first. Of two that are as likely the same one, whichever family comes first."""
    weight = sum(map(weights.of_parents, pairing.patterns))
    return round(weight, 6), sorted([*each.values()] for each in pairing.patterns)


def _reached_alone(household: Household) -> list[Parent]:
    """Its parents with the numbers and addresses that each has alone."""
    listed = household.parents[:_MOST_PARENTS]
    several = _of_several(household)
    if not several:
        return list(listed)
    return [replace(each, phones=each.phones - several, emails=each.emails - several) for each in listed]


def _contact(one: Household, other: Household, pairing: _Pairing) -> Level:
    """Whether a house's number or address is the same: a landline, or one that several of them give."""
    if (_contacts(one) & _contacts(other)) - pairing.shared:
        return Level.SAME
    both = all(_of_several(each).union(*(parent.landlines for parent in each.parents)) for each in (one, other))
    return Level.DIFFERS if both else Level.MISSING


def _contacts(household: Household) -> frozenset[str]:
    return frozenset().union(*(parent.contacts() for parent in household.parents))


def _of_several(household: Household) -> frozenset[str]:
    """What two of its parents or more give: the family's own."""
    given = [contact for parent in household.parents for contact in parent.contacts()]
    return frozenset(contact for contact in given if given.count(contact) > 1)


def _postcodes(household: Household) -> frozenset[str]:
    return frozenset(parent.postcode for parent in household.parents if parent.postcode)
