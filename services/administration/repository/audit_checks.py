"""What came of checking the services' audits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.postgres.connection import Connection


async def start(connection: Connection, check: UUID, services: Sequence[str], at: datetime, person: str) -> None:
    """A check that begins now, of these services."""
    await connection.executemany(
        "INSERT INTO audit_check (check_id, service, started_at, started_by) VALUES ($1, $2, $3, $4)",
        [(check, service, at, person) for service in services],
    )


async def progress(
    connection: Connection, check: UUID, service: str, head: tuple[int, str] | None, entries: int
) -> None:
    """How far a check of a service is."""
    await connection.execute(
        "UPDATE audit_check SET entries = $3, sequence = $4, hash = $5 WHERE check_id = $1 AND service = $2",
        check,
        service,
        entries,
        head[0] if head else None,
        head[1] if head else None,
    )


async def end(
    connection: Connection, check: UUID, service: str, status: str, found: Sequence[dict[str, Any]], earlier: int
) -> None:
    """What was found; `earlier` heads are as they were."""
    await connection.execute(
        """
        UPDATE audit_check SET status = $3, found = $4, earlier = $5, ended_at = now()
        WHERE check_id = $1 AND service = $2
        """,
        check,
        service,
        status,
        list(found),
        earlier,
    )


async def earlier_heads(connection: Connection, service: str) -> dict[int, str]:
    """The heads that earlier checks of a service ended at without a flaw, by their numbers."""
    rows = await connection.fetch(
        """
        SELECT sequence, hash FROM audit_check
        WHERE service = $1 AND status = 'done' AND sequence IS NOT NULL AND found = '[]'
        ORDER BY started_at DESC LIMIT 50
        """,
        service,
    )
    return {row["sequence"]: row["hash"] for row in rows}


async def latest(connection: Connection) -> list[dict[str, Any]]:
    """The latest check, service by service."""
    rows = await connection.fetch(
        """
        SELECT * FROM audit_check
        WHERE check_id = (SELECT check_id FROM audit_check ORDER BY started_at DESC, check_id LIMIT 1) ORDER BY service
        """
    )
    return [dict(row) for row in rows]
