"""From what is said of a fact to the event that analysts get."""

from collections.abc import Mapping
from typing import Any, get_args

import orjson

from shared.contracts.outcomes import FactRecorded

RETRACTED = "retracted"
_MADE_HERE = frozenset({"case_id", "occurred_at", "fact_id", "fact", "on", "release", "detail"})
DETAILS = tuple(name for name in FactRecorded.model_fields if name not in _MADE_HERE)
"""The fields of the event that the table `fact` has as columns of the same name: a new field of the contract is one."""


def _is_a_number(annotation: Any) -> bool:
    return bool({int, float} & {annotation, *get_args(annotation)})


_OF_NOBODY = {
    name: FactRecorded.model_fields[name].default
    for name in DETAILS
    if _is_a_number(FactRecorded.model_fields[name].annotation)
}


def retracted(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same fact, counting nobody: what was published before is no longer so."""
    return {**content, **_OF_NOBODY, "outcome": RETRACTED}


def as_json(content: Mapping[str, Any], case_id: str, fact_id: str, release: int) -> bytes:
    """The event, for these pseudonyms: the bytes that `FactRecorded` would write, in a third of the time.

    A day and no time of day, no person and no agency: a time of day would let somebody who knows when they met a family
    find that family.
    """
    on = content["on"]
    fields = {
        "case_id": case_id,
        "occurred_at": f"{on}T00:00:00Z",
        "fact_id": fact_id,
        "fact": content["fact"],
        "on": on,
    }
    for name in DETAILS:
        fields[name] = content[name]
    return orjson.dumps({**fields, "release": release, "detail": content["detail"]})
