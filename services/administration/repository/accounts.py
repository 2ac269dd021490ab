"""Who was let in as what, or kept out, by whoever administers an area."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from shared.postgres.connection import Connection

Did = Literal["invited", "changed", "disabled", "enabled", "sent-again"]


@dataclass(frozen=True)
class AccountChange:
    """What was done with an account, and as what it may sign in since. `account` and `by` are ids of staff."""

    id: UUID
    account: str
    did: Did
    roles: Sequence[str]
    areas: Sequence[str]
    agency: str | None
    provider: str | None
    at: datetime
    by: str


async def note(connection: Connection, change: AccountChange, places: Sequence[str]) -> None:
    """Notes it. `places` are the areas whose administrators may read it."""
    await connection.execute(
        "INSERT INTO account_change VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        change.id,
        change.account,
        change.did,
        list(change.roles),
        list(change.areas),
        change.agency,
        change.provider,
        list(places),
        change.at,
        change.by,
    )


async def history(connection: Connection, account: str, limit: int) -> list[dict[str, Any]]:
    """What was done with an account, the newest first."""
    rows = await connection.fetch(
        """
        SELECT did, roles, changed_at, changed_by FROM account_change
        WHERE account = $1 ORDER BY changed_at DESC LIMIT $2
        """,
        account,
        limit,
    )
    return [dict(row) for row in rows]
