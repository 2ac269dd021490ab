"""What support has cost, for each parent, child and completed case, and what would have to be avoided to be worth it.

Only what the directory's prices and the areas' own figures carry: no price is guessed, and no saving is claimed.
Whether an outcome was avoided can't be known from one group of families; how many would have to be can. What an area
assumes of it is held against the spending in `economics`.
"""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from services.outcomes.domain.economics import worth

Row = Mapping[str, Any]
_OUTCOME = ("area", "area_name", "outcome", "pence", "source", "as_of")
_SUMMED = ("cases", "completed", "cases_without_price", "priced_completed", "priced_parents", "priced_children")


def cost(services: Sequence[Row], areas: Sequence[Row], avoidable: Sequence[Row]) -> dict[str, Any]:
    """By service and provider, all together, and against each outcome that an area has put a price to. In pence."""
    spent = [row["spent_pence"] for row in areas if row["spent_pence"] is not None]
    whole = {name: sum(row[name] for row in areas) for name in _SUMMED}
    by_area = {row["area"]: row for row in areas}
    return {
        "total": _each(whole | {"spent_pence": sum(spent) if spent else None}),
        "by_service": [_each(row) for row in services],
        "avoidable": [_break_even(row, by_area.get(row["area"])) for row in avoidable],
        "worth": worth(areas, avoidable),
    }


def _each(row: Row) -> dict[str, Any]:
    """Spending is of cases with a known price, and so is what it is divided by."""
    spent = row["spent_pence"]
    return {
        **row,
        "per_parent_pence": _per(spent, row["priced_parents"]),
        "per_child_pence": _per(spent, row["priced_children"]),
        "per_completed_case_pence": _per(spent, row["priced_completed"]),
    }


def _per(spent: int | None, count: int) -> int | None:
    return None if spent is None or not count else round(spent / count)


def _break_even(outcome: Row, area: Row | None) -> dict[str, Any]:
    """How many of this outcome cost as much as the area's spending; None where nothing is known of the spending."""
    spent = area["spent_pence"] if area else None
    return {
        **{name: outcome[name] for name in _OUTCOME},
        "spent_pence": spent,
        "completed": area["priced_completed"] if area else 0,
        "as_many_as": None if spent is None else ceil(spent / outcome["pence"]),
    }
