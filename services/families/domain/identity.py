"""What recognises a person again, brought into one form. It lives in memory only, for as long as it is compared.

A spelling must not matter: letters with strokes and accents, capitals, hyphens, the spaces of a postcode, the ways to
write a telephone number. Whatever changes here changes the keys that are stored as tokens: then `FORM` is raised, and
the service makes the tokens of all earlier screenings again (`handlers/token_forms.py`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.families.domain.contact import emails, phones, postcode
from services.families.domain.folding import folded
from shared.contracts.vocabulary import IdentifierKind

# The form that keys are made in. The index `submission_form` names it: a migration comes with each new one.
FORM = 2

_NOT_ALPHANUMERIC = re.compile("[^A-Z0-9]+")
# Numbers of one whole country, given to one person for life or for all of school. Numbers of case systems are not
# compared: two systems may give the same one to two people.
_KINDS = frozenset({IdentifierKind.NHS_NUMBER, IdentifierKind.UPN})
_SHORTEST_IDENTIFIER = 10
# What systems write for a birth that nobody knows.
_PLACEHOLDERS = frozenset({date(1900, 1, 1), date(1901, 1, 1)})


@dataclass(frozen=True, slots=True)
class Parent:
    """One parent. Empty text, None and empty sets are unknown, and an unknown never counts for or against a likeness.

    `given` and `family` are folded parts; `phones` are carried, `landlines` are a house's; `identifiers` are
    `kind/value`.
    """

    given: str
    family: str
    born: date | None = None
    postcode: str = ""
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    landlines: frozenset[str] = frozenset()
    identifiers: frozenset[str] = frozenset()

    def contacts(self) -> frozenset[str]:
        """Every number and address at which this parent is reached."""
        return self.phones | self.landlines | self.emails


@dataclass(frozen=True, slots=True)
class Child:
    """One child: born, or expected on a day; with identifiers as a parent has them."""

    born: date | None = None
    expected: date | None = None
    identifiers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Household:
    """The parents that one screening names; the days on which its children were born or are expected.

    Days are sets: twins are one day, since the second adds nothing. `identifiers` are the children's.
    """

    parents: tuple[Parent, ...]
    children: frozenset[date] = frozenset()
    expected: frozenset[date] = frozenset()
    identifiers: frozenset[str] = frozenset()

    @classmethod
    def of(cls, parents: Iterable[Parent], children: Iterable[Child]) -> "Household":
        """From the parents and children of one screening."""
        listed = list(children)
        return cls(
            tuple(parents),
            frozenset(child.born for child in listed if child.born),
            frozenset(child.expected for child in listed if child.expected and not child.born),
            frozenset().union(*(child.identifiers for child in listed)),
        )


def parent_of(opened: Mapping[str, Any]) -> Parent:
    """A parent from what was sealed. What has not the form that it should have is unknown, not an error."""
    carried, fixed = phones(opened.get("phone"))
    return Parent(
        given=folded(opened.get("given")),
        family=folded(opened.get("family")),
        born=date_of(opened.get("date_of_birth")),
        postcode=postcode(opened.get("postcode")),
        phones=carried,
        emails=emails(opened.get("email")),
        landlines=fixed,
        identifiers=identifiers_of(opened.get("identifiers")),
    )


def child_of(opened: object) -> Child:
    """A child from what was sealed: a date of birth, or `{date_of_birth, expected_on, identifiers}`."""
    if not isinstance(opened, Mapping):
        return Child(date_of(opened))
    return Child(
        date_of(opened.get("date_of_birth")),
        date_of(opened.get("expected_on")),
        identifiers_of(opened.get("identifiers")),
    )


def date_of(value: object) -> date | None:
    """A date of birth, None where it is none."""
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return None
    return None if day in _PLACEHOLDERS else day


def identifiers_of(value: object) -> frozenset[str]:
    """From a list of `{kind, value}`: NHS numbers and unique pupil numbers, as `kind/value`.

    Their check digits were verified where they came in. One digit over and over means an unknown one.
    """
    found = set()
    for each in value if isinstance(value, list | tuple) else ():
        if isinstance(each, Mapping) and each.get("kind") in _KINDS:
            number = _NOT_ALPHANUMERIC.sub("", str(each.get("value") or "").upper())
            if len(number) >= _SHORTEST_IDENTIFIER and len(set(number)) > 1:
                found.add(f"{each['kind']}/{number}")
    return frozenset(found)
