"""How alike two parents are, field by field. A level, never a value, leaves this module.

Nothing here knows what a level is worth: that is `weights.py`'s.
"""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum

import jellyfish

from services.families.domain.identity import Parent

_ALIKE_NAME = 0.88
_ALIKE_EMAIL = 0.95
_SHORT_FORM = 3


class Level(StrEnum):
    """How a field of one compares with that of the other."""

    SAME = "same"
    ALIKE = "alike"
    DIFFERS = "differs"
    MISSING = "missing"


Pattern = Mapping[str, Level]


def compare(one: Parent, other: Parent) -> dict[str, Level]:
    """The level of every field. Names that stand in each other's place are alike, not different."""
    given, family = alike_names(one.given, other.given), alike_names(one.family, other.family)
    if Level.DIFFERS in (given, family):
        swapped = alike_names(one.given, other.family), alike_names(one.family, other.given)
        if Level.DIFFERS not in swapped and Level.MISSING not in swapped:
            given = family = Level.ALIKE
    return {
        "given": given,
        "family": family,
        "born": alike_births(one.born, other.born),
        "postcode": _texts(one.postcode, other.postcode, alike_postcodes),
        "phone": _texts(one.phone, other.phone, one_slip),
        "email": _texts(one.email, other.email, alike_emails),
    }


def _texts(one: str, other: str, alike: Callable[[str, str], bool]) -> Level:
    if not one or not other:
        return Level.MISSING
    if one == other:
        return Level.SAME
    return Level.ALIKE if alike(one, other) else Level.DIFFERS


def alike_names(one: str, other: str) -> Level:
    """A slip of the pen, the same sound, or a short form: Beth and Bethany, Jon and John."""
    return _texts(one, other, _names)


def _names(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= _SHORT_FORM and longer.startswith(shorter):
        return True
    if jellyfish.jaro_winkler_similarity(one, other) >= _ALIKE_NAME:
        return True
    return one[0] == other[0] and jellyfish.metaphone(one) == jellyfish.metaphone(other)


def alike_births(one: date | None, other: date | None) -> Level:
    """One digit wrong, two neighbours swapped, or day and month in each other's place."""
    if one is None or other is None:
        return Level.MISSING
    if one == other:
        return Level.SAME
    if one.year == other.year and (one.month, one.day) == (other.day, other.month):
        return Level.ALIKE
    return Level.ALIKE if one_slip(f"{one:%Y%m%d}", f"{other:%Y%m%d}") else Level.DIFFERS


def one_slip(one: str, other: str) -> bool:
    """Whether one slip of the pen makes one of the other: a sign wrong, left out, added, or two swapped."""
    return jellyfish.damerau_levenshtein_distance(one, other) == 1


def alike_postcodes(one: str, other: str) -> bool:
    """The same sector, such as SO23 8: the next street. Or one slip."""
    return one[:-2] == other[:-2] or one_slip(one, other)


def alike_emails(one: str, other: str) -> bool:
    """The same name at another host, or nearly the same address."""
    local, other_local = one.partition("@")[0], other.partition("@")[0]
    return local == other_local or jellyfish.jaro_winkler_similarity(one, other) >= _ALIKE_EMAIL
