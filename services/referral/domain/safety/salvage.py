"""What is certain in a party's record that could not be used: that it reports a sign of abuse, and of which case.

A record may be wrong in every other way: an unknown field, a value out of bounds, a key given twice. A sign counts
wherever there is one, and is never lost because another part of the record is bad. Of text that is no JSON, or breaks
off, what is given as a field directly before its value is certain. A record that names no case is of the one that its
key names, as records are keyed by agreement.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from services.referral.domain.case.reasons import RISK_ITEM
from shared.contracts.base import Reference
from shared.contracts.instruments import Risk, judge_items
from shared.contracts.vocabulary import AssessmentOutcome

_CONCERN = "safety-concern"
_REFERENCE: TypeAdapter[str] = TypeAdapter(Reference)
# In text that no reader of JSON takes: a field that we look for, directly before its value.
_SIGN_FIELD = re.compile(
    r"[\"']?\b(sign_of_abuse|family_ref|contact_id)[\"']?\s*[:=]\s*(?:[\"']([^\"']{1,200})[\"']|([\w-]{1,200}))"
)
_YES = frozenset({"true", "yes", "y", "1"})
_FIELD = re.compile(r"[\"']?\b(update|update_id|case_id|outcome)[\"']?\s*[:=]\s*[\"']?([\w-]{1,60})")


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What could be read. `sign` is a code of the halt's reasons, None where the record reports no sign."""

    update_id: UUID | None = None
    case_id: UUID | None = None
    sign: str | None = None


def salvage(value: bytes | None, key: bytes | None = None) -> Salvaged:
    """What is certain in a record and its key. A case or an id that is given twice, and differently, is not."""
    record = _read(value, _FIELD.findall)
    if record is None:
        return Salvaged()
    case_id = _one_id(record, "case_id") if any(record.all("case_id")) else _id(key)
    return Salvaged(_one_id(record, "update_id"), case_id, _sign(record))


@dataclass(frozen=True, slots=True)
class SalvagedContact:
    """What could be read of a front door's contact: whose family it names, and whether it reports a sign of abuse.

    `family_refs` are several where it names more than one: a sign is then about each.
    """

    contact_id: UUID | None = None
    family_refs: tuple[str, ...] = ()
    sign: bool = False


def salvage_contact(value: bytes | None, key: bytes | None = None) -> SalvagedContact:
    """What is certain in a contact and its key, which names the family where the record doesn't."""
    record = _read(value, lambda text: [(name, quoted or bare) for name, quoted, bare in _SIGN_FIELD.findall(text)])
    if record is None:
        return SalvagedContact()
    refs = dict.fromkeys(each for each in record.all("family_ref") if isinstance(each, str) and _is_reference(each))
    named = (key or b"").decode(errors="replace")
    return SalvagedContact(
        _one_id(record, "contact_id"),
        tuple(refs) or ((named,) if _is_reference(named) else ()),
        any(str(each).strip().casefold() in _YES for each in record.all("sign_of_abuse")),
    )


def _read(value: bytes | None, fields: Callable[[str], list[tuple[str, Any]]]) -> "_Given | None":
    """The record, or the fields that can be read in what is no JSON; None where it is JSON, and no object."""
    text = (value or b"").decode(errors="replace")
    try:
        record = json.loads(text, object_pairs_hook=_Given, strict=False)
    except (ValueError, RecursionError):
        return _Given(fields(text))
    return record if isinstance(record, _Given) else None


def _is_reference(text: str) -> bool:
    try:
        _REFERENCE.validate_python(text)
    except ValidationError:
        return False
    return True


def _id(key: bytes | None) -> UUID | None:
    try:
        return UUID((key or b"").decode())
    except ValueError:
        return None


class _Given:
    """A JSON object with every value that a key was given, the last first."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self._pairs = pairs

    def all(self, key: str) -> Iterator[Any]:
        return (value for name, value in reversed(self._pairs) if name == key)

    def codes(self, key: str) -> set[str]:
        """The texts under a key, as our codes are written."""
        texts = (value for value in self.all(key) if isinstance(value, str))
        return {re.sub(r"[\s_-]+", "-", text.strip().casefold()) for text in texts}

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
    if _CONCERN in record.codes("update"):
        return _CONCERN
    outcomes = record.codes("outcome").union(*(each.codes("outcome") for each in record.objects("parents")))
    if AssessmentOutcome.SAFETY_CONCERN in outcomes:
        return _CONCERN
    measures = (*record.objects("measure"), *record.objects("measures"))
    return RISK_ITEM if any(map(_signals, measures)) else None


def _signals(measure: _Given) -> bool:
    versions: set[str | None] = {*measure.codes("version"), None}
    return any(
        judge_items(code, answer, version) is Risk.SIGNALS
        for code in measure.codes("instrument")
        for version in versions
        for items in measure.objects("items")
        for answer in items.numbers()
    )
