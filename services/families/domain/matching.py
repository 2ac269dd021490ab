"""Whether two front doors' families are one: certain, doubtful, or not at all.

A family is its parents. Two families that share one parent only may be that parent's life with two partners, so one
parent alike never links anything by itself: a person looks at it.
A wrong link stops a family's help and brings one family's trouble to another's worker; a missed one lets a sign of
abuse go unseen. So only what is beyond doubt is linked without a person, and what is likely is shown to one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import permutations

from services.families.domain.comparison import Level, Pattern, compare
from services.families.domain.identity import Household
from services.families.domain.weights import CHILD, Weights

_EXACT = ("given", "family", "born")
_REACHED_AT = ("postcode", "phone", "email")
# More than any screening names; beyond it the order in which they are named decides.
_MOST_PARENTS = 5


class Verdict(StrEnum):
    """What the evidence allows."""

    CERTAIN = "certain"
    DOUBTFUL = "doubtful"
    APART = "apart"


@dataclass(frozen=True)
class Thresholds:
    """Bits. An operator's settings; the defaults are those that the quality in the README was measured with.

    `parent`: two records are of one person. `automatic`: two families are one, if two parents of each are.
    `doubtful`: a person looks.
    """

    parent: float = 12.0
    automatic: float = 40.0
    doubtful: float = 14.0


@dataclass(frozen=True)
class Likeness:
    """How alike two families are: the evidence, the level of each field for each pair of parents, and the verdict."""

    verdict: Verdict
    weight: float
    parents: tuple[Pattern, ...]
    children: Level


def liken(one: Household, other: Household, weights: Weights, thresholds: Thresholds) -> Likeness:
    """Compares two families as two screenings name them."""
    pairs = max(_pairings(one, other), key=lambda each: sum(map(weights.of_parents, each)))
    children, child_weight = _children(one, other, weights)
    weight = sum(map(weights.of_parents, pairs)) + child_weight
    verdict = _verdict(pairs, children, weight, weights, thresholds)
    return Likeness(verdict, round(weight, 2), pairs, children)


def _pairings(one: Household, other: Household) -> Iterator[tuple[Pattern, ...]]:
    fewer, more = sorted((one.parents[:_MOST_PARENTS], other.parents[:_MOST_PARENTS]), key=len)
    patterns = [[compare(left, right) for right in more] for left in fewer]
    for order in permutations(range(len(more)), len(fewer)):
        yield tuple(patterns[left][right] for left, right in enumerate(order))


def _children(one: Household, other: Household, weights: Weights) -> tuple[Level, float]:
    if not one.children or not other.children:
        return Level.MISSING, 0.0
    shared = len(one.children & other.children)
    level = Level.SAME if one.children == other.children else Level.ALIKE if shared else Level.DIFFERS
    return level, weights.of_children(shared, min(len(one.children), len(other.children)))


def _verdict(
    pairs: tuple[Pattern, ...], children: Level, weight: float, weights: Weights, thresholds: Thresholds
) -> Verdict:
    recognised = [pair for pair in pairs if weights.of_parents(pair) >= thresholds.parent]
    if len(recognised) >= 2 and (is_exact(pairs, children) or weight >= thresholds.automatic):
        return Verdict.CERTAIN
    return Verdict.DOUBTFUL if recognised and weight >= thresholds.doubtful else Verdict.APART


def is_exact(pairs: tuple[Pattern, ...], children: Level) -> bool:
    """The rule without weights: two parents with the same names and birth, and one thing more that is the same."""
    exact = [pair for pair in pairs if all(pair[field] is Level.SAME for field in _EXACT)]
    further = any(pair[field] is Level.SAME for pair in exact for field in _REACHED_AT)
    return len(exact) >= 2 and (further or children in (Level.SAME, Level.ALIKE))


FIELDS = (*_EXACT, *_REACHED_AT, CHILD)
