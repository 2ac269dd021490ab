"""How alike two parents are, field by field. A level, never a value, leaves this module.

Nothing here knows what a level is worth: that is `weights.py`'s.
"""

from collections.abc import Callable
from datetime import date

import jellyfish

from services.families.domain.identity import Parent
from services.families.domain.levels import Level, Pattern
from services.families.domain.names import family_names, given_names

_ALIKE_EMAIL = 0.95
IDENTIFIER = "identifier"


def compare(one: Parent, other: Parent) -> dict[str, Level]:
    """The level of every field; of identifiers only where both have one of a kind.

    Names in each other's place are alike, not different. Numbers are those that people carry: a house's
    identifies nobody who lives in it.
    """
    given, family = _names(one, other)
    pattern = {
        "given": given,
        "family": family,
        "born": alike_births(one.born, other.born),
        "postcode": _texts(one.postcode, other.postcode, alike_postcodes),
        "phone": any_of(one.phones, other.phones, one_slip),
        "email": any_of(one.emails, other.emails, alike_emails),
    }
    identifiers = same_identifiers(one.identifiers, other.identifiers)
    return pattern if identifiers is Level.MISSING else {**pattern, IDENTIFIER: identifiers}


def may_be_one(pattern: Pattern) -> bool:
    """Whether given name or birth are at least alike. A person who has neither is somebody else, whoever lives there.

    An identifier that both have decides it alone where it is another one; where it is the same, with a name or a birth
    that does not differ.
    """
    if pattern.get(IDENTIFIER) is Level.DIFFERS:
        return False
    named, born = pattern["given"], pattern["born"]
    if pattern.get(IDENTIFIER) is Level.SAME and not (named is Level.DIFFERS and born is Level.DIFFERS):
        return True
    return not {named, born}.isdisjoint((Level.SAME, Level.ALIKE))


def _names(one: Parent, other: Parent) -> tuple[Level, Level]:
    given, family = given_names(one.given, other.given), family_names(one.family, other.family)
    if Level.DIFFERS in (given, family):
        swapped = given_names(one.given, other.family), family_names(one.family, other.given)
        crossed = Level.DIFFERS not in swapped and Level.MISSING not in swapped
        if crossed or _all_parts(one) == _all_parts(other):
            return Level.ALIKE, Level.ALIKE
    return given, family


def _all_parts(parent: Parent) -> list[str]:
    return sorted([*parent.given.split(), *parent.family.split()])


def _texts(one: str, other: str, alike: Callable[[str, str], bool]) -> Level:
    if not one or not other:
        return Level.MISSING
    if one == other:
        return Level.SAME
    return Level.ALIKE if alike(one, other) else Level.DIFFERS


def any_of(one: frozenset[str], other: frozenset[str], alike: Callable[[str, str], bool]) -> Level:
    """Same where any of the values is the same, alike where any two are."""
    if not one or not other:
        return Level.MISSING
    if one & other:
        return Level.SAME
    return Level.ALIKE if any(alike(left, right) for left in one for right in other) else Level.DIFFERS


def same_identifiers(one: frozenset[str], other: frozenset[str]) -> Level:
    """Same where a number of one kind is; different where both have one of a kind and it is another."""
    if one & other:
        return Level.SAME
    kinds = {each.partition("/")[0] for each in one} & {each.partition("/")[0] for each in other}
    return Level.DIFFERS if kinds else Level.MISSING


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
