"""Which front doors' families are one: what the links between them join.

The id of a family follows from its members alone. So whatever order they were found in, the same links lead to the
same families under the same ids.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple
from uuid import UUID, uuid5

_FAMILIES = UUID("5d0f6d0e-2b5e-4f7c-9c53-6f0b1f8f5a29")
_LIKENESSES = UUID("b1a2f7c8-3c1d-4a35-8a0e-90c9a0a1d7e4")


class MemberKey(NamedTuple):
    """One family as one front door knows it."""

    agency: str
    family_ref: str


class Pair(NamedTuple):
    """Two of them, the smaller first."""

    one: MemberKey
    other: MemberKey


def pair_of(one: MemberKey, other: MemberKey) -> Pair:
    """The two in their order. Raises ValueError for one and the same."""
    if one == other:
        raise ValueError("a family is not compared with itself")
    return Pair(*sorted((one, other)))


def family_id(members: Iterable[MemberKey]) -> UUID:
    """The id of the family that these make up."""
    return uuid5(_FAMILIES, "/".join(min(members)))


def likeness_id(pair: Pair) -> UUID:
    """The id of the question whether these two are one family."""
    return uuid5(_LIKENESSES, "/".join((*pair.one, *pair.other)))


def joined(members: Collection[MemberKey], links: Iterable[Pair]) -> list[frozenset[MemberKey]]:
    """The families that these members fall into, joined by these links, the one of the smallest member first."""
    neighbours: dict[MemberKey, set[MemberKey]] = defaultdict(set)
    for one, other in links:
        neighbours[one].add(other)
        neighbours[other].add(one)
    left, found = set(members), []
    for start in sorted(members):
        if start not in left:
            continue
        reached, edge = {start}, [start]
        while edge:
            new = (neighbours[edge.pop()] & left) - reached
            reached |= new
            edge += new
        left -= reached
        found.append(frozenset(reached))
    return found
