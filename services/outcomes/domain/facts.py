"""From a fact as the database holds it to the event that analysts get."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any, get_args

import orjson

from services.outcomes.domain.pseudonyms import Pseudonyms
from shared.contracts.outcomes import FactRecorded

RETRACTED = "retracted"
_MADE_HERE = frozenset({"case_id", "occurred_at", "fact_id", "fact", "on"})
DETAILS = tuple(name for name in FactRecorded.model_fields if name not in _MADE_HERE)
"""The fields of the event that the table `fact` has as columns of the same name: a new field of the contract is one."""


def _is_a_number(annotation: Any) -> bool:
    return bool({int, float} & {annotation, *get_args(annotation)})


_OF_NOBODY = {
    name: FactRecorded.model_fields[name].default
    for name in DETAILS
    if _is_a_number(FactRecorded.model_fields[name].annotation)
}


def fact_recorded(row: Mapping[str, Any], pseudonyms: Pseudonyms) -> FactRecorded:
    """The fact for analysts: a pseudonym for the case, a day and no time of day, no person and no agency.

    A time of day would let somebody who knows when they met a family find that family.
    """
    return FactRecorded(
        case_id=pseudonyms.of_case(row["case_id"]),
        fact_id=pseudonyms.of_fact(row["case_id"], row["fact"], row["subject"]),
        occurred_at=datetime.combine(row["happened_on"], time(), UTC),
        on=row["happened_on"],
        fact=row["fact"],
        **{name: row[name] for name in DETAILS},
    )


def retracted(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same fact, counting nobody: what was published before is no longer so."""
    return {**row, **_OF_NOBODY, "outcome": RETRACTED}


def as_json(row: Mapping[str, Any], case_id: str, fact_id: str) -> bytes:
    """The same bytes as `fact_recorded` has, for its pseudonyms. An object of each would take thrice the time."""
    on = row["happened_on"].isoformat()
    fields = {"case_id": case_id, "occurred_at": f"{on}T00:00:00Z", "fact_id": fact_id, "fact": row["fact"], "on": on}
    for name in DETAILS:
        fields[name] = row[name]
    return orjson.dumps(fields)
