"""A labelled sample: families as one front door sends them, and again as another one would.

The families are those of a file of front doors' records. The second record has what real ones have: slips of the pen,
short forms, names in each other's place, a surname changed, a new address or number, a parent or child left out. Among
them are families that look alike and are not the same: twins, a son with his father's name, a parent with a new
partner, namesakes next door.
"""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from services.families.domain.identity import Household, Parent, child_of, parent_of

# How often a second record has each of these. Rates of our own, on the high side of what is published of
# administrative data; how the weights follow them is in the decision record.
RATES = {
    "slip-in-name": 0.05,
    "short-form": 0.05,
    "names-swapped": 0.02,
    "surname-changed": 0.08,
    "slip-in-birth": 0.03,
    "day-and-month-swapped": 0.015,
    "moved": 0.25,
    "slip-in-postcode": 0.03,
    "new-phone": 0.25,
    "no-phone": 0.08,
    "new-email": 0.25,
    "no-email": 0.12,
    "one-parent-named": 0.04,
    "child-left-out": 0.08,
    "slip-in-childs-birth": 0.03,
}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Labelled:
    """One record. Two of the same `family` are one family; `kind` is what the record was made to be."""

    number: int
    family: int
    kind: str
    household: Household


def households(file: Path) -> Iterator[Household]:
    """Each family of a file of `{topic, key, value}` lines, once, as its first readable record names it."""
    seen = set()
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            value = json.loads(json.loads(line)["value"])
            key = value["agency"], value["family_ref"]
            household = _household(value)
        except (ValueError, TypeError, KeyError):
            continue
        if key not in seen and household.parents:
            seen.add(key)
            yield household


def _household(value: dict[str, list[dict[str, dict[str, dict[str, str]]]]]) -> Household:
    parents = tuple(
        parent_of(
            {
                **each["name"],
                "date_of_birth": each["date_of_birth"],
                "postcode": (each["contact"].get("address") or {}).get("postcode"),
                "phone": each["contact"].get("phone"),
                "email": each["contact"].get("email"),
            }
        )
        for each in value["parents"]
    )
    return Household.of(parents, (child_of(child) for child in value["children"]))


def labelled(families: Iterable[Household], seed: int = 2025) -> list[Labelled]:
    """Every family once; of every third a second record of the same family; of every tenth a likeness that is none."""
    chance = random.Random(seed)
    known = list(families)
    records = [Labelled(number, number, "first", household) for number, household in enumerate(known)]
    strangers = len(known)
    for number, household in enumerate(known):
        if number % 3 == 0:
            records.append(Labelled(len(records), number, "again", written_again(household, known, chance)))
        if number % 10 == 1 and len(household.parents) == 2:
            kind = _ALIKE[number // 10 % len(_ALIKE)]
            other = chance.choice(known)
            records.append(Labelled(len(records), strangers, kind, _MAKERS[kind](household, other, chance)))
            strangers += 1
    return records


def written_again(household: Household, others: list[Household], chance: random.Random) -> Household:
    """The same family, as somebody else writes it down."""
    parents = [_parent_again(parent, chance.choice(others).parents[0], chance) for parent in household.parents]
    chance.shuffle(parents)
    if len(parents) > 1 and _happens("one-parent-named", chance):
        parents = parents[:1]
    children = sorted(household.children)
    if len(children) > 1 and _happens("child-left-out", chance):
        children.pop(chance.randrange(len(children)))
    born = (_slip_in_date(day, chance) if _happens("slip-in-childs-birth", chance) else day for day in children)
    return Household(tuple(parents), frozenset(born))


def _parent_again(parent: Parent, stranger: Parent, chance: random.Random) -> Parent:
    if _happens("slip-in-name", chance):
        parent = replace(parent, given=_slip(parent.given, chance))
    if _happens("short-form", chance) and len(parent.given) > 4:
        parent = replace(parent, given=parent.given[:4])
    if _happens("surname-changed", chance):
        parent = replace(parent, family=stranger.family)
    if _happens("names-swapped", chance):
        parent = replace(parent, given=parent.family, family=parent.given)
    if parent.born and _happens("slip-in-birth", chance):
        parent = replace(parent, born=_slip_in_date(parent.born, chance))
    if parent.born and parent.born.day <= 12 and _happens("day-and-month-swapped", chance):
        parent = replace(parent, born=parent.born.replace(month=parent.born.day, day=parent.born.month))
    if _happens("moved", chance):
        parent = replace(parent, postcode=stranger.postcode)
    elif parent.postcode and _happens("slip-in-postcode", chance):
        parent = replace(parent, postcode=_slip(parent.postcode, chance, "0123456789"))
    if _happens("no-phone", chance):
        parent = replace(parent, phones=frozenset())
    elif _happens("new-phone", chance):
        parent = replace(parent, phones=_new_phone(chance))
    if _happens("no-email", chance):
        parent = replace(parent, emails=frozenset())
    elif _happens("new-email", chance):
        parent = replace(parent, emails=_new_email(parent, chance))
    return parent


def _twin(household: Household, other: Household, chance: random.Random) -> Household:
    """The twin of one parent, at the same address, with a partner of their own."""
    parent, given = household.parents[0], other.parents[0].given
    twin = replace(parent, given=given, phones=_new_phone(chance))
    twin = replace(twin, emails=_new_email(twin, chance))
    return Household((twin, other.parents[-1]), _born_to_them(chance))


def _son(household: Household, other: Household, chance: random.Random) -> Household:
    """A son with his father's name, at home with his parents, and the mother of his child."""
    father = household.parents[-1]
    born = (father.born or date(1980, 1, 1)) + timedelta(days=chance.randrange(7_000, 11_000))
    son = replace(father, born=born, emails=frozenset(), phones=_new_phone(chance))
    return Household((other.parents[0], son), _born_to_them(chance))


def _new_partner(household: Household, other: Household, chance: random.Random) -> Household:
    """The same parent with another partner, and a child of theirs: another family."""
    return Household((household.parents[chance.randrange(2)], other.parents[-1]), _born_to_them(chance))


def _namesakes(household: Household, _other: Household, chance: random.Random) -> Household:
    """Two people next door with the same names, born otherwise."""
    parents = tuple(
        replace(
            parent,
            born=(parent.born or date(1980, 1, 1)) + timedelta(days=chance.randrange(400, 4_000)),
            phones=_new_phone(chance),
            emails=_new_email(parent, chance),
        )
        for parent in household.parents
    )
    return Household(parents, _born_to_them(chance))


def _born_to_them(chance: random.Random) -> frozenset[date]:
    return frozenset({date(2008, 1, 1) + timedelta(days=chance.randrange(6_000))})


_MAKERS = {"twin": _twin, "son": _son, "new-partner": _new_partner, "namesakes": _namesakes}
_ALIKE = tuple(_MAKERS)


def _new_phone(chance: random.Random) -> frozenset[str]:
    return frozenset({f"+447700900{chance.randrange(1000):03}"})


def _new_email(parent: Parent, chance: random.Random) -> frozenset[str]:
    return frozenset({f"{parent.given}{chance.randrange(10_000)}@example.org"})


def _happens(what: str, chance: random.Random) -> bool:
    return chance.random() < RATES[what]


def _slip(text: str, chance: random.Random, signs: str = _LETTERS) -> str:
    """One sign wrong, left out, or swapped with the next."""
    if len(text) < 3:
        return text
    at = chance.randrange(1, len(text) - 1)
    match chance.randrange(3):
        case 0:
            return text[:at] + chance.choice(signs) + text[at + 1 :]
        case 1:
            return text[:at] + text[at + 1 :]
        case _:
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _slip_in_date(day: date, chance: random.Random) -> date:
    """Another day of the month, or the year before: one digit as a rule."""
    if chance.random() < 0.5:
        return day.replace(day=1 + (day.day + chance.choice((1, 10))) % 28)
    return day.replace(year=day.year - 1, day=min(day.day, 28))
