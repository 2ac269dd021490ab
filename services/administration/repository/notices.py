"""What the operator has set: the notices themselves, and who set them."""

from typing import Any
from uuid import UUID

from shared.contracts.administration import NoticeSet
from shared.postgres.connection import Connection

_COLUMNS = "notice_id, kind, title, text, shown_from, shown_until"


async def note(connection: Connection, event: NoticeSet, person: str) -> None:
    """Notes who set a notice, and until when."""
    await connection.execute(
        "INSERT INTO notice_setting (notice_id, set_at, set_by, shown_until) VALUES ($1, $2, $3, $4)",
        event.notice_id,
        event.occurred_at,
        person,
        event.shown_until,
    )


async def locked(connection: Connection, notice_id: UUID) -> NoticeSet | None:
    """A notice as it was set last, locked until the transaction ends. None where there is none."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS}, set_at AS occurred_at FROM notice WHERE notice_id = $1 FOR UPDATE",  # noqa: S608 - a constant
        notice_id,
    )
    return NoticeSet.model_validate(dict(row)) if row else None


async def listing(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """The notices, those that end last first, each with who set it last."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS}, set_at, (
            SELECT set_by FROM notice_setting AS s WHERE s.notice_id = notice.notice_id ORDER BY set_at DESC LIMIT 1
        ) AS set_by
        FROM notice ORDER BY shown_until DESC, notice_id LIMIT $1
        """,  # noqa: S608 - a constant
        limit,
    )
    return [dict(row) for row in rows]
