"""The parts of the summary: each is a view of the service's own database."""

from collections.abc import Sequence
from typing import Any

import asyncpg

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


async def parts(pool: "asyncpg.Pool[Any]", areas: Sequence[str] | None = None) -> dict[str, Part]:
    """Every part, all of the same moment, so that their numbers agree: of the cases of these areas, or of all."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        # For this transaction alone: whoever has the connection next is asked for every area again.
        await connection.execute("SELECT set_config('outcomes.areas', $1, true)", ",".join(areas or ()))
        return {
            part: [dict(row) for row in await connection.fetch(f"SELECT * FROM summary_{part}")]  # noqa: S608
            for part in PARTS
        }
