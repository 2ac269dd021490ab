"""What recognises a person again, brought into one form. It lives in memory only, for as long as it is compared.

A spelling must not matter: accents, capitals, hyphens, the spaces of a postcode, +44 or 0 before a number.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

_NOT_LETTERS = re.compile(r"[^a-z]+")
_NOT_ALPHANUMERIC = re.compile(r"[^A-Z0-9]+")
_NOT_DIGITS = re.compile(r"\D+")
_SHORTEST_PHONE = 7


@dataclass(frozen=True, slots=True)
class Parent:
    """One parent. Empty text and None are unknown, and an unknown never counts for or against a likeness."""

    given: str
    family: str
    born: date | None
    postcode: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class Household:
    """The parents that one screening names, and the dates on which its children were born."""

    parents: tuple[Parent, ...]
    children: frozenset[date] = frozenset()


def parent_of(opened: Mapping[str, Any]) -> Parent:
    """A parent from what was sealed. What has not the form that it should have is unknown, not an error."""
    return Parent(
        given=_letters(opened.get("given")),
        family=_letters(opened.get("family")),
        born=date_of(opened.get("date_of_birth")),
        postcode=_NOT_ALPHANUMERIC.sub("", str(opened.get("postcode") or "").upper()),
        phone=_phone(opened.get("phone")),
        email=str(opened.get("email") or "").strip().casefold(),
    )


def date_of(value: object) -> date | None:
    """A date of birth, None where it is none."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _letters(value: object) -> str:
    """Letters of the Latin alphabet where they can be had; a name in another script stays as it is written."""
    plain = unicodedata.normalize("NFKD", str(value or "").casefold())
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _NOT_LETTERS.sub("", bare) or "".join(bare.split())


def _phone(value: object) -> str:
    digits = _NOT_DIGITS.sub("", str(value or ""))
    if digits.startswith("0044"):
        digits = "0" + digits[4:]
    elif digits.startswith("44") and len(digits) > 11:
        digits = "0" + digits[2:]
    return digits if len(digits) >= _SHORTEST_PHONE else ""
