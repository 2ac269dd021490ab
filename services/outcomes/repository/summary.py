"""The parts of the summary: each is a view of the service's own database, which counts the chosen areas alone."""

from collections.abc import Sequence
from typing import Any

from shared.postgres.connection import Connection

PARTS = (
    "area",
    "decision",
    "reason",
    "front_door",
    "level_of_need",
    "referral",
    "agreement",
    "funnel",
    "days",
    "ending",
    "attendance",
    "beside",
    "measure",
    "measure_change",
    "childs_voice",
    "change",
    "follow_up",
    "again",
    "cost",
    "cost_area",
    "avoidable",
    "reach",
    "reach_family",
    "population",
    "period",
    "training_reach",
    "training_module",
    "training_quality",
)
Part = list[dict[str, Any]]


async def choose_areas(connection: Connection, areas: Sequence[str]) -> None:
    """What the parts are of, for this transaction alone: these areas, or every area where there are none."""
    await connection.execute("SELECT set_config('outcomes.areas', $1, true)", ",".join(areas))


async def within_reach(connection: Connection, areas: Sequence[str]) -> bool:
    """Whether all of these areas are within the reach of whoever asks, whole."""
    found: bool = await connection.fetchval(
        "SELECT reaches_everywhere() OR coalesce($1::text[] <@ whole_areas(), false)", list(areas)
    )
    return found


async def parts(connection: Connection) -> dict[str, Part]:
    """Every part, of the areas that were chosen."""
    return {
        part: [dict(row) for row in await connection.fetch(f"SELECT * FROM summary_{part}")]  # noqa: S608
        for part in PARTS
    }
