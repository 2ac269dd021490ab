"""Tables as they are counted and as they are published: their dimensions, all their margins, and what adds up to what.

A cell is known by what is counted in it and by the categories that were chosen, and not by its table: the margin that
two tables share is one cell, so that whoever looks for what they give away together looks at them as one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

ALL = "all"
"""In place of a category: all of them together."""
Node = tuple[str, ...]
"""For each dimension of a table a category, a group of them or `ALL`: where a figure is in it."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """What a table is broken down by. Groups are shown beside the categories that they sum, as regions beside areas.

    `adds_up` is false where one unit may be in several categories, as a case has several reasons: the counts of all are
    then stated by whoever counted, and what is left of them without a category is a count that can be worked out.
    """

    name: str
    categories: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    adds_up: bool = True

    def __post_init__(self) -> None:
        named = [*self.categories, *self.groups]
        if not self.categories or ALL in named or len({*named}) != len(named):
            raise ValueError(f"{self.name}: categories and groups must have different names, none of them {ALL!r}")
        for group, members in self.groups.items():
            if not self.adds_up or not members or len({*members}) != len(members) or {*members} - {*self.categories}:
                raise ValueError(f"{self.name}: {group} must sum different categories of a dimension that adds up")

    @property
    def nodes(self) -> tuple[str, ...]:
        """All of it, its groups and its categories."""
        return (ALL, *self.groups, *self.categories)

    @property
    def counted(self) -> tuple[str, ...]:
        """The nodes that have to be counted; the others follow."""
        return self.categories if self.adds_up else (ALL, *self.categories)

    @property
    def implied(self) -> tuple[str, ...]:
        """The nodes, and what a reader finds by taking one from all."""
        return self.nodes if self.adds_up else (*self.nodes, *(f"not {each}" for each in self.categories))

    def parts(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """What adds up to what. Of a dimension that doesn't, `not ` and a category is what is left without that."""
        if self.adds_up:
            yield ALL, self.categories
            yield from self.groups.items()
        else:
            yield from ((ALL, (category, f"not {category}")) for category in self.categories)


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A number, in whichever table it is. `on`: for a number that still grows, the day on which it was counted."""

    counted: str
    of: tuple[tuple[str, str], ...]
    on: str = ""

    def __str__(self) -> str:
        where = ", ".join(f"{name} = {category}" for name, category in self.of) or ALL
        return f"{self.counted} [{where}]" + (f" on {self.on}" if self.on else "")


@dataclass(frozen=True, slots=True)
class Sum:
    """That one number is the sum of others, as every reader may know."""

    total: Cell
    parts: tuple[Cell, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The total, and what it is the sum of."""
        return (self.total, *self.parts)


@dataclass(frozen=True, slots=True)
class Outline:
    """What a table is, without its numbers.

    `counted` says in full what one unit is, the period included: tables that state the same share their cells. `on` is
    the day of counting where the period is not over, and empty where it is: the same cell is then the same number in
    each publication. `amount_of` names the table that counts whose amounts these are; a table of counts has none.
    """

    name: str
    counted: str
    dimensions: tuple[Dimension, ...]
    on: str = ""
    amount_of: str = ""

    def __post_init__(self) -> None:
        if len({each.name for each in self.dimensions}) != len(self.dimensions):
            raise ValueError(f"{self.name}: two dimensions have one name")

    def nodes(self) -> Iterator[Node]:
        """Every place of the table, margins first."""
        return product(*(each.nodes for each in self.dimensions))

    def cell(self, node: Node) -> Cell:
        """The number that is at this place."""
        named = zip((each.name for each in self.dimensions), node, strict=True)
        return Cell(self.counted, tuple(sorted((name, at) for name, at in named if at != ALL)), self.on)

    def sums(self) -> Iterator[Sum]:
        """What adds up to what in it."""
        for place, dimension in enumerate(self.dimensions):
            for node in product(*(each.implied if each is not dimension else (ALL,) for each in self.dimensions)):
                before, after = node[:place], node[place + 1 :]
                for whole, parts in dimension.parts():
                    cells = tuple(self.cell((*before, part, *after)) for part in parts)
                    yield Sum(self.cell((*before, whole, *after)), cells)


@dataclass(frozen=True, slots=True)
class CountedTable:
    """A table with its true numbers: what must not leave.

    `numbers` has a number for each combination of what the dimensions have `counted`; what is left out is nought.
    `sensitive` are nodes that must not be shown whatever they hold, each with how wide the range must be that a reader
    can take it for: of an amount that is mostly one provider's, for example. `largest`, of an amount: the most that one
    unit adds to it.
    """

    outline: Outline
    numbers: Mapping[Node, int]
    sensitive: Mapping[Node, int] = field(default_factory=dict)
    largest: int = 0

    def __post_init__(self) -> None:
        counted = {*product(*(each.counted for each in self.outline.dimensions))}
        for node, number in self.numbers.items():
            if node not in counted:
                raise ValueError(f"{self.outline.name}: {node} is no place of the table that is counted")
            if number < 0:
                raise ValueError(f"{self.outline.name}: {node} has a number below nought")

    def filled(self) -> dict[Node, int]:
        """All numbers with their margins."""
        found = dict(self.numbers)
        for place, dimension in enumerate(self.outline.dimensions):
            if not dimension.adds_up:
                continue
            for node, number in tuple(found.items()):
                wholes = (whole for whole, parts in dimension.parts() if node[place] in parts)
                for whole in wholes:
                    at = (*node[:place], whole, *node[place + 1 :])
                    found[at] = found.get(at, 0) + number
        return {node: found.get(node, 0) for node in self.outline.nodes()}


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """A table as everybody may read it: None where a number is suppressed. `base`: what all others are rounded to."""

    outline: Outline
    values: Mapping[Node, int | None]
    base: int = 1

    def suppressed(self) -> list[Node]:
        """The places without a number."""
        return [node for node, value in self.values.items() if value is None]
