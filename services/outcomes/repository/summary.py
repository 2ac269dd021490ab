"""The parts of the summary: each is a view of the service's own database."""

from typing import Any

import asyncpg

PARTS = (
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
    "measure",
    "childs_voice",
    "change",
    "period",
    "training_reach",
    "training_module",
    "training_quality",
)
Part = list[dict[str, Any]]


async def parts(pool: "asyncpg.Pool[Any]") -> dict[str, Part]:
    """Every part, all of the same moment, so that their numbers agree."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        return {
            part: [dict(row) for row in await connection.fetch(f"SELECT * FROM summary_{part}")]  # noqa: S608
            for part in PARTS
        }
