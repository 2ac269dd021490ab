"""From a fact as it is kept to the fact as analysts get it."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from services.outcomes.domain.pseudonyms import Pseudonyms
from shared.contracts.outcomes import FactRecorded

RETRACTED = "retracted"
_SAME = (
    "fact",
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
        **{name: row[name] for name in _SAME},
    )


def retracted(row: Mapping[str, Any], pseudonyms: Pseudonyms) -> FactRecorded:
    """The same fact, counting nobody: what was told before is no longer so."""
    nothing = {"outcome": RETRACTED, "parents": 0, "fathers": 0, "children": 0, "days_since": None, "score": None}
    return told({**row, **nothing}, pseudonyms)
