"""A generated population whose truth is known: families as one front door writes them, and as others do.

Records are as front doors send them, before anything is brought into one form, because that is a part of what is
measured. A family's second record has one to three of the ways in which records of real families differ. Beside them
are families that are others and look alike: of one house, of one name, twins, and those that have a parent in common.
Rates, names and numbers are invented; what follows from them is a comparison of methods, not a forecast for an area.
"""

import json
import random
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from services.families.domain.identity import Household, child_of, parent_of
from tools.matching.ways import RELATED, STRANGERS, WAYS
from tools.matching.writing import Chance, Record

_NAMES = Path(__file__).parent / "names.json"
_FIRST_CHILD, _LAST_CHILD = date(2008, 1, 1), date(2019, 12, 31)


class Truth(StrEnum):
    """What two records are: of one family, of two, or of two that have a parent or children in common."""

    SAME = "same"
    OTHERS = "others"
    RELATED = "related"


@dataclass(frozen=True)
class Written:
    """One record. Two of one `family` are the same; `related` names the family that it has somebody in common with."""

    number: int
    family: int
    ways: tuple[str, ...]
    record: Record
    related: int | None = None

    def household(self) -> Household:
        """As the service sees it."""
        return household_of(self.record)


@dataclass
class Population:
    """All records, in an order without meaning."""

    records: list[Written] = field(default_factory=list)

    def truth(self, one: int, other: int) -> Truth:
        """Of the records of these numbers."""
        left, right = self.records[one], self.records[other]
        if left.family == right.family:
            return Truth.SAME
        if left.related == right.family or right.related == left.family:
            return Truth.RELATED
        return Truth.RELATED if left.related is not None and left.related == right.related else Truth.OTHERS

    def add(self, family: int, ways: Sequence[str], record: Record, related: int | None = None) -> None:
        """One more record."""
        self.records.append(Written(len(self.records), family, tuple(ways), record, related))


def household_of(record: Record) -> Household:
    """A record as the service sees it."""
    return Household.of(map(parent_of, record["parents"]), map(child_of, record["children"]))


def population(families: int, seed: int) -> Population:
    """So many families: all once, half of them again in some of the ways, and a fifth with a likeness that is none."""
    chance = Chance(random.Random(seed))
    made = Population()
    known = [_family(chance) for _ in range(families)]
    for number, record in enumerate(known):
        made.add(number, ("first",), record)
    others = families
    ways, strangers, relatives = (list(each) for each in (WAYS, STRANGERS, RELATED))
    for number, record in enumerate(known):
        if number % 2 == 0:
            # Each way in turn, so that the rare ones are measured too, and others by chance beside it.
            named = [ways[number // 2 % len(ways)]]
            named += [each for each in ways if chance.happens(0.06)]
            made.add(number, tuple(dict.fromkeys(named)), _again(record, dict.fromkeys(named), chance))
        if number % 10 == 1:
            kind = strangers[number // 10 % len(strangers)]
            made.add(others, (kind,), STRANGERS[kind](record, _family(chance), chance))
            others += 1
        if number % 20 == 3:
            kind = relatives[number // 20 % len(relatives)]
            related = RELATED[kind](deepcopy(record), _family(chance), chance)
            made.add(others, (kind,), related, number)
            others += 1
    return made


def _again(record: Record, ways: Iterable[str], chance: Chance) -> Record:
    written = deepcopy(record)
    for way in ways:
        WAYS[way](written, chance)
    return written


def _family(chance: Chance) -> Record:
    cultures: dict[str, dict[str, Any]] = _cultures()
    culture = cultures[chance.pick(list(cultures), [each["share"] for each in cultures.values()])]
    surname = chance.skewed(culture["families"])
    other = surname if chance.happens(0.55) else chance.skewed(culture["families"])
    home = chance.postcode()
    born = chance.day(date(1968, 1, 1), date(2005, 12, 31))
    mother = _parent(chance, chance.skewed(culture["women"]), surname, born, home)
    apart = chance.happens(0.4)
    father = _parent(
        chance,
        chance.skewed(culture["men"]),
        other,
        born + timedelta(days=chance.below(3_600) - 2_200),
        chance.postcode() if apart else home,
    )
    parents = [mother] if chance.happens(0.12) else [mother, father]
    first = chance.day(_FIRST_CHILD, _LAST_CHILD)
    count = chance.pick([1, 2, 3, 4], [0.45, 0.37, 0.13, 0.05])
    births = [first]
    while len(births) < count:
        births.append(births[-1] + timedelta(days=500 + chance.below(900)))
    return {"parents": parents, "children": [day.isoformat() for day in births]}


def _parent(chance: Chance, given: str, family: str, born: date, home: str) -> dict[str, str | None]:
    return {
        "given": given,
        "family": family,
        "date_of_birth": born.isoformat(),
        "postcode": home if chance.happens(0.85) else None,
        "phone": chance.mobile() if chance.happens(0.9) else None,
        "email": chance.email(given, family) if chance.happens(0.7) else None,
    }


_read: dict[str, dict[str, Any]] = {}


def _cultures() -> dict[str, dict[str, Any]]:
    if not _read:
        _read.update(json.loads(_NAMES.read_text(encoding="utf-8")))
    return _read
