"""How alike two folded names are. People are called by one of several names, and marry, and are written by ear."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache

import jellyfish
from nicknames import name_triplets

from services.families.domain.folding import joined
from services.families.domain.levels import Level

_ALIKE_NAME = 0.88
_SHORT_FORM = 3
# They come and go between a family's name and its papers, and identify nobody.
_PARTICLES = frozenset(
    {"a", "ab", "abu", "af", "al", "ap", "as", "av", "bin", "bint", "d", "da", "dal", "das", "de", "dei", "del"}
    | {"della", "den", "der", "des", "di", "do", "dos", "du", "e", "el", "i", "ibn", "la", "las", "le", "los", "lo"}
    | {"mac", "mc", "ni", "nic", "o", "san", "st", "te", "ten", "ter", "und", "van", "vande", "vander", "von", "y"}
    | {"zu", "zum", "zur"}
)


def given_names(one: str, other: str) -> Level:
    """Same where one has only more of them behind; alike where any part is, a short form or a pet name among it.

    By initials a name may be another's or cannot be: missing, or different.
    """
    if not one or not other:
        return Level.MISSING
    shorter, longer = sorted((one.split(), other.split()), key=len)
    if joined(one) == joined(other) or sorted(shorter) == sorted(longer):
        return Level.SAME
    if not (_spelt(shorter) and _spelt(longer)):
        return Level.MISSING if {part[0] for part in shorter} & {part[0] for part in longer} else Level.DIFFERS
    shorter, longer = _spelt(shorter), _spelt(longer)
    if longer[: len(shorter)] == shorter:
        return Level.SAME
    alike = any(_alike(left, right) for left in shorter for right in longer) or _alike(joined(one), joined(other))
    return Level.ALIKE if alike else Level.DIFFERS


def family_names(one: str, other: str) -> Level:
    """Same in any order of a double-barrelled one, and with or without particles; alike where a part is."""
    if not one or not other:
        return Level.MISSING
    left, right = core(one), core(other)
    if joined(one) == joined(other) or sorted(left) == sorted(right):
        return Level.SAME
    alike = any(_written_alike(a, b) for a in left for b in right) or _written_alike(joined(one), joined(other))
    return Level.ALIKE if alike else Level.DIFFERS


def core(family: str) -> list[str]:
    """The parts of a family name without particles; all of them where there are no others."""
    parts = family.split()
    return [part for part in parts if part not in _PARTICLES] or parts


def _spelt(parts: list[str]) -> list[str]:
    return [part for part in parts if len(part) > 1]


def _alike(one: str, other: str) -> bool:
    return _written_alike(one, other) or other in _called().get(one, ()) or one in _called().get(other, ())


def _written_alike(one: str, other: str) -> bool:
    """A slip of the pen, the same sound, or a short form: Beth and Bethany, Jon and John."""
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= _SHORT_FORM and longer.startswith(shorter):
        return True
    if jellyfish.jaro_winkler_similarity(one, other) >= _ALIKE_NAME:
        return True
    return one[0] == other[0] and jellyfish.metaphone(one) == jellyfish.metaphone(other)


@cache
def _called() -> Mapping[str, frozenset[str]]:
    """Of each English name that has any: its short and pet names, and what it is short for, as Peggy for Margaret."""
    related: dict[str, set[str]] = defaultdict(set)
    for entry in name_triplets():
        if entry.relationship == "has_nickname":
            related[entry.name1].add(entry.name2)
            related[entry.name2].add(entry.name1)
    return {name: frozenset(names) for name, names in related.items()}
