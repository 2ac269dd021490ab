"""The counts of a document by their places in it, what is the sum of what, and what is worked out from them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from services.outcomes.domain.disclosure.held_back import Cell, Sum, held_back

Place = tuple[Any, ...]
"""Where a figure is: the keys and indexes that lead to it."""


class Figures:
    """The figures of one document. Places are taken below `at`, so that a block is described as if it stood alone."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._counts: dict[Cell, int] = {}
        self._sums: list[Sum] = []
        self._unseen: set[Cell] = set()
        self._derived: dict[Place, set[Cell]] = {}

    def value(self, place: Place) -> Any:
        """What the document has at a place."""
        found = self._document
        for key in place:
            found = found[key]
        return found

    def count(self, *places: Place) -> None:
        """These are counts of people, families or what they did."""
        for place in places:
            value = self.value(place)
            if value is not None:
                self._counts[place] = value

    def total_of(self, name: str, *blocks: Iterable[Place]) -> None:
        """Several blocks that add up to the same number, which is shown nowhere. Those that do not are left out."""
        found = [places for places in map(tuple, blocks) if places]
        if not found:
            return
        sums = [sum(self._counts[place] for place in places) for places in found]
        cell: Cell = ("unseen total", name)
        self._counts[cell] = sums[0]
        self._unseen.add(cell)
        self._sums += [Sum(cell, places) for places, each in zip(found, sums, strict=True) if each == sums[0]]

    def total(self, whole: Place, parts: Iterable[Place]) -> None:
        """A count is the sum of others, where it is; where it isn't, nobody can work with it."""
        places = tuple(parts)
        if places and self._counts.get(whole) == sum(self._counts.get(place, 0) for place in places):
            self._sums.append(Sum(whole, places))

    def part(self, part: Cell, whole: Cell) -> Cell:
        """A count is a part of another. Returns the cell of what is left over, which is shown nowhere."""
        rest: Cell = ("rest", whole, part)
        if part in self._counts and whole in self._counts and self._counts[part] <= self._counts[whole]:
            self._counts[rest] = self._counts[whole] - self._counts[part]
            self._unseen.add(rest)
            self._sums.append(Sum(whole, (part, rest)))
        return rest

    def cross(self, whole: Place, step: Place, of_whole: Place, of_step: Place) -> None:
        """Some of a whole came to a step, and a group of it is counted apart: those of it, and those of it who came."""
        self.part(step, whole)
        self.part(of_step, of_whole)
        self.part(self.part(of_step, step), self.part(of_whole, whole))

    def derived(self, place: Place, *cells: Cell) -> None:
        """A figure goes with counts: it is held back where one of them is."""
        self._derived.setdefault(place, set()).update(cells)

    def held_back(self, smallest: int, headlines: Collection[Any] = ()) -> list[Place]:
        """The places of what must not be shown. Blocks named `headlines` lose a figure only where no other could be."""

        def weight(cell: Cell) -> int:
            return int(isinstance(cell, tuple) and cell[0] in headlines)

        held = {*held_back(self._counts, self._sums, smallest, unseen=self._unseen, weight=weight)}
        while more := [place for place, cells in self._derived.items() if place not in held and cells & held]:
            held.update(more)
        found = [place for place in held if isinstance(place, tuple) and self.value(place) is not None]
        return sorted(found, key=lambda place: [(isinstance(key, int), key) for key in place])


def without(document: Any, places: Sequence[Place]) -> Any:
    """A copy of the document with None at these places."""
    by_key: dict[Any, list[Place]] = {}
    for place in places:
        if not place:
            return None
        by_key.setdefault(place[0], []).append(place[1:])
    if isinstance(document, Mapping):
        return {key: without(value, by_key[key]) if key in by_key else value for key, value in document.items()}
    if isinstance(document, list | tuple):
        return [without(value, by_key[key]) if key in by_key else value for key, value in enumerate(document)]
    return document


def pointer(place: Place) -> str:
    """A place as a JSON Pointer (RFC 6901)."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in place)
