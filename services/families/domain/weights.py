"""What agreement and difference are worth, after Fellegi and Sunter (1969), in bits.

For each field and level, `m` is how often it is seen between two records of one person and `u` how often between two
strangers; the level is worth log2(m / u). A missing field is worth nothing, for or against.
The numbers are data, made by `python -m tools.matching`; see `weights.json`. Those of `assumed` are set
by hand, since no sample has them: an identifier's digits are typed wrong so that they still check once in hundreds,
and two people never have one; nine of ten babies come within six weeks of the day, and three in a hundred strangers'.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.families.domain.children import Children
from services.families.domain.levels import Level, Pattern

FILE = Path(__file__).parent / "weights.json"
CHILD, EXPECTED = "child", "expected"
# What all who live in one house share.
_OF_A_HOUSE = "postcode"


@dataclass(frozen=True)
class Weights:
    """Bits for each field and level; `child` holds those of children's dates of birth."""

    bits: Mapping[str, Mapping[str, float]]

    @classmethod
    def of(cls, probabilities: Mapping[str, Mapping[str, Mapping[str, float]]]) -> "Weights":
        """From `{field: {level: {m, u}}}`."""
        return cls(
            {
                field: {level: math.log2(chance["m"] / chance["u"]) for level, chance in levels.items()}
                for field, levels in probabilities.items()
            }
        )

    @classmethod
    def read(cls, file: Path = FILE) -> "Weights":
        """From the file of estimates. Raises OSError or ValueError where it is not one."""
        try:
            held = json.loads(file.read_text(encoding="utf-8"))
            return cls.of({**held["probabilities"], **held["assumed"]})
        except (KeyError, TypeError, ZeroDivisionError) as error:
            raise ValueError(f"{file} is not a file of estimates: {error}") from None

    def of_parents(self, pattern: Pattern) -> float:
        """The evidence that two records are of one person, from all fields that both have."""
        return sum(self.bits[field][level] for field, level in pattern.items() if level is not Level.MISSING)

    def of_people(self, pattern: Pattern) -> float:
        """The part of it that others who live in the house do not share."""
        return self.of_parents({field: level for field, level in pattern.items() if field != _OF_A_HOUSE})

    def of_house(self, postcode: Level, contact: Level) -> float:
        """The evidence that two families live together, once for all of them: whoever shares a door shares the rest.

        The stronger of the two where either agrees, else what speaks most against it.
        """
        found = [
            self.bits[field][level]
            for field, level in ((_OF_A_HOUSE, postcode), ("phone", contact))
            if level is not Level.MISSING
        ]
        strongest = max(found, default=0.0)
        return strongest if strongest > 0 else min(found, default=0.0)

    def of_children(self, children: Children) -> float:
        """The evidence of children's births; of each that is shared, and against where there is none at all."""
        bits, weight = self.bits[CHILD], 0.0
        if children.level is Level.DIFFERS:
            weight = bits[Level.DIFFERS]
        elif children.level is not Level.MISSING:
            weight = children.shared * bits[Level.SAME] + children.alike * bits[Level.ALIKE]
        return weight + (self.bits[EXPECTED][Level.SAME] if children.expected is Level.SAME else 0.0)
