"""Refused cases as rows."""

from collections.abc import Iterable
from typing import Any

import asyncpg

from shared.contracts.referral import CaseRefused
from shared.postgres.connection import Connection


async def add(connection: Connection, events: Iterable[CaseRefused]) -> None:
    """Keeps each case once."""
    await connection.executemany(
        "INSERT INTO refusal (case_id, area, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        [(event.case_id, event.area, event.reason) for event in events],
    )


async def cases(pool: "asyncpg.Pool[Any]") -> list[str]:
    """The ids of all refused cases."""
    return [str(row["case_id"]) for row in await pool.fetch("SELECT case_id FROM refusal ORDER BY case_id")]
