"""From a fact as it is kept to the fact as analysts get it."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

import orjson

from services.outcomes.domain.pseudonyms import Pseudonyms
from shared.contracts.outcomes import FactRecorded

RETRACTED = "retracted"
_AS_IT_IS = (
    "area",
    "source",
    "level_of_need",
    "decision",
    "service",
    "provider",
    "outcome",
    "parents",
    "fathers",
    "children",
    "days_since",
    "instrument",
    "occasion",
    "score",
)


def told(row: Mapping[str, Any], pseudonyms: Pseudonyms) -> FactRecorded:
    """The fact for analysts: a pseudonym for the case, a day and no time of day, no person and no agency.

    A time of day would let somebody who knows when they met a family find that family.
    """
    return FactRecorded(
        case_id=pseudonyms.of_case(row["case_id"]),
        fact_id=pseudonyms.of_fact(row["case_id"], row["fact"], row["subject"]),
        occurred_at=datetime.combine(row["happened_on"], time(), UTC),
        on=row["happened_on"],
        fact=row["fact"],
        **{name: row[name] for name in _AS_IT_IS},
    )


def retracted(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same fact, counting nobody: what was told before is no longer so."""
    nothing = {"outcome": RETRACTED, "parents": 0, "fathers": 0, "children": 0, "days_since": None, "score": None}
    return {**row, **nothing}


def written(row: Mapping[str, Any], case_id: str, fact_id: str) -> bytes:
    """The same bytes as `told` has, for its pseudonyms. An object of each would take thrice the time."""
    on = row["happened_on"].isoformat()
    fields = {"case_id": case_id, "occurred_at": f"{on}T00:00:00Z", "fact_id": fact_id, "fact": row["fact"], "on": on}
    for name in _AS_IT_IS:
        fields[name] = row[name]
    return orjson.dumps(fields)
