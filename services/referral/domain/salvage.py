"""What is certain in a provider's record that could not be used: that it tells of a sign of abuse, and of which case.

A record may be wrong in every other way: an unknown field, a value out of bounds, a key given twice. A sign is taken
wherever one is said, and is never lost because another part of the record is bad. Text that is no JSON at all says
nothing for certain.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any
from uuid import UUID

from services.referral.domain.reasons import RISK_ITEM
from shared.contracts.instruments import Risk, judge_items
from shared.contracts.vocabulary import AssessmentOutcome

_CONCERN = "safety-concern"


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What could be read. `sign` is a code of the halt's reasons, None where the record tells of no sign."""

    update_id: UUID | None = None
    case_id: UUID | None = None
    sign: str | None = None


def salvage(value: bytes | None) -> Salvaged:
    """What is certain in a record. A case or an id that is given twice, and differently, is not."""
    try:
        record = json.loads(value or b"", object_pairs_hook=_Given, strict=False)
    except (ValueError, RecursionError):
        return Salvaged()
    if not isinstance(record, _Given):
        return Salvaged()
    return Salvaged(_one_id(record, "update_id"), _one_id(record, "case_id"), _sign(record))


class _Given:
    """A JSON object with every value that a key was given, the last first."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self._pairs = pairs

    def all(self, key: str) -> Iterator[Any]:
        return (value for name, value in reversed(self._pairs) if name == key)

    def texts(self, key: str) -> set[str]:
        return {value for value in self.all(key) if isinstance(value, str)}

    def objects(self, key: str) -> Iterator["_Given"]:
        """The objects under a key, alone or in a list."""
        for value in self.all(key):
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, _Given):
                    yield each

    def numbers(self) -> Sequence[Mapping[str, float]]:
        """Every number of the object by its key, one mapping for each: a key may have several."""
        return [
            {name: float(value)}
            for name, value in self._pairs
            if isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value)
        ]


def _is_finite(value: float) -> bool:
    try:
        return isfinite(value)
    except OverflowError:
        return False


def _one_id(record: _Given, key: str) -> UUID | None:
    found = set()
    for value in record.all(key):
        try:
            found.add(UUID(value))
        except (ValueError, AttributeError, TypeError):
            return None
    return found.pop() if len(found) == 1 else None


def _sign(record: _Given) -> str | None:
    if _CONCERN in record.texts("update"):
        return _CONCERN
    outcomes = record.texts("outcome").union(*(each.texts("outcome") for each in record.objects("parents")))
    if AssessmentOutcome.SAFETY_CONCERN in outcomes:
        return _CONCERN
    measures = (*record.objects("measure"), *record.objects("measures"))
    return RISK_ITEM if any(map(_signals, measures)) else None


def _signals(measure: _Given) -> bool:
    versions: set[str | None] = {*measure.texts("version"), None}
    return any(
        judge_items(code, answer, version) is Risk.SIGNALS
        for code in measure.texts("instrument")
        for version in versions
        for items in measure.objects("items")
        for answer in items.numbers()
    )
