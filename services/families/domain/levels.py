"""How a field of one compares with that of the other."""

from collections.abc import Mapping
from enum import StrEnum


class Level(StrEnum):
    """The levels of a comparison. Missing: one of the two has no value that can be read."""

    SAME = "same"
    ALIKE = "alike"
    DIFFERS = "differs"
    MISSING = "missing"


Pattern = Mapping[str, Level]
