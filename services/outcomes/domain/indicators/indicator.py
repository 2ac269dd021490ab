"""What an indicator is: its words, whom it counts, and the expression that gives one row for each of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

Expression = Any
"""A table of Ibis, which has no types of its own."""


class Kind(StrEnum):
    """What is worked out of an indicator's rows."""

    COUNT = "count"
    PEOPLE = "people"
    SHARE = "share"
    MIX = "mix"
    DAYS = "days"
    MEAN = "mean"
    CHANGE = "change"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """An indicator. Its rows hold, for each unit: `dimensions`, `always` among them; `cluster`; `counted`; and by
    its kind
    `value` and `per`, or `category`, with `unit` where one may be in several rows.

    `cluster` is what is not independent within: the case, the practitioner. `counted` is False for a unit of which
    nothing is known (yet): how many those are is the attrition beside the effect. `always` are dimensions without which
    the numbers mean nothing, as the instrument of a score.
    """

    name: str
    question: str
    definition: str
    denominator: str
    numerator: str
    exclusions: str
    source: str
    kind: Kind
    unit: str
    rows: Callable[[date], Expression]
    dimensions: tuple[str, ...]
    always: tuple[str, ...] = ()
    per: str = ""
    """Of a ratio of which a report counts what it is per: what those are."""
