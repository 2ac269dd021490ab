"""What agreement and difference are worth, after Fellegi and Sunter (1969), in bits.

For each field and level, `m` is how often it is seen between two records of one person and `u` how often between two
strangers; the level is worth log2(m / u). A missing field is worth nothing, for or against.
The numbers are data, made by `python -m services.families.estimation`; see `weights.json`.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.families.domain.comparison import Level, Pattern

FILE = Path(__file__).parent / "weights.json"
CHILD = "child"


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
            return cls.of(json.loads(file.read_text(encoding="utf-8"))["probabilities"])
        except (KeyError, TypeError, ZeroDivisionError) as error:
            raise ValueError(f"{file} is not a file of estimates: {error}") from None

    def of_parents(self, pattern: Pattern) -> float:
        """The evidence that two records are of one person, from all fields that both have."""
        return sum(self.bits[field][level] for field, level in pattern.items() if level is not Level.MISSING)

    def of_children(self, shared: int, most: int) -> float:
        """The evidence of dates of birth: `shared` of them, where the smaller family names `most`."""
        if most == 0:
            return 0.0
        if shared == 0:
            return self.bits[CHILD][Level.DIFFERS]
        return shared * self.bits[CHILD][Level.SAME]
