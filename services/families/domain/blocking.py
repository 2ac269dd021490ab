"""Which families are worth comparing: those that share a key. The keys are made into tokens before they are kept.

Each key says one thing that two records of a person nearly always share. A slip in one of them leaves the others, and
a family is found where any one key of any one parent is shared.
"""

from collections.abc import Iterator

import jellyfish

from services.families.domain.identity import Parent


def blocking_keys(parent: Parent) -> frozenset[str]:
    """The keys of one parent. They identify a person: they are never kept or sent as they are."""
    return frozenset(_keys(parent))


def _keys(parent: Parent) -> Iterator[str]:
    # A name changes its place, or one of the two changes: after a wedding, or for a short form.
    sounds = {jellyfish.soundex(name) for name in (parent.given, parent.family) if name}
    if parent.born:
        for sound in sounds:
            yield f"born/{parent.born:%Y%m%d}/{sound}"
        # A slip in the date of birth leaves the year, or the day of the year.
        both = "/".join(sorted(sounds))
        yield f"year/{parent.born:%Y}/{both}"
        yield f"day/{parent.born:%m%d}/{both}"
    if parent.phone:
        yield f"phone/{parent.phone}"
    if parent.email:
        yield f"email/{parent.email}"
    if parent.postcode and parent.family:
        yield f"postcode/{parent.postcode}/{jellyfish.soundex(parent.family)}"
