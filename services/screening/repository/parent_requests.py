"""What parents ask for without an account, and how somebody tried to reach them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.access.scopes import Belonging
from shared.contracts.base import Sealed
from shared.postgres.connection import Connection


@dataclass(frozen=True)
class RequestRow:
    """A request. `sealed` is what the parent wrote; `agency` None: the area's team sees to it."""

    request_id: UUID
    area: str
    agency: str | None
    danger: bool
    sealed: Sealed
    notice_version: str
    made_at: datetime
    expires_at: datetime
    taken_at: datetime | None = None
    taken_by: str | None = None
    form_id: UUID | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Attempt:
    """Somebody tried to reach the parent."""

    attempt_id: UUID
    request_id: UUID
    at: datetime
    who: str
    method: str
    outcome: str


async def add(connection: Connection, row: RequestRow) -> None:
    """A new request."""
    await connection.execute(
        """
        INSERT INTO parent_request
            (request_id, area, agency, danger, sealed, notice_version, made_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        *(row.request_id, row.area, row.agency, row.danger, row.sealed.model_dump(mode="json")),
        *(row.notice_version, row.made_at, row.expires_at),
    )


async def listed(connection: Connection, limit: int) -> list[tuple[RequestRow, int]]:
    """Those within the caller's reach, each with how often somebody tried: open before closed, danger first, then
    whatever has waited longest."""
    rows = await connection.fetch(
        """
        SELECT *, (SELECT count(*) FROM parent_request_attempt WHERE request_id = parent_request.request_id) AS tries
        FROM parent_request
        ORDER BY (closed_at IS NOT NULL), danger AND closed_at IS NULL DESC, (taken_at IS NOT NULL),
            CASE WHEN closed_at IS NULL THEN made_at END, closed_at DESC, request_id
        LIMIT $1
        """,
        limit,
    )
    return [(_row({name: value for name, value in row.items() if name != "tries"}), row["tries"]) for row in rows]


async def one(connection: Connection, request_id: UUID, *, lock: bool = False) -> RequestRow | None:
    """One request, within the caller's reach."""
    row = await connection.fetchrow(
        f"SELECT * FROM parent_request WHERE request_id = $1 {'FOR UPDATE' if lock else ''}",  # noqa: S608
        request_id,
    )
    return _row(row) if row else None


async def belonging(connection: Connection, request_id: UUID) -> Belonging | None:
    """Where a request belongs; None where there is none of this id."""
    row = await connection.fetchrow("SELECT area, agency FROM parent_request WHERE request_id = $1", request_id)
    return Belonging.of([row["area"]], row["agency"]) if row else None


async def attempts_of(connection: Connection, request_id: UUID) -> list[Attempt]:
    """How somebody tried to reach the parent, the newest first."""
    rows = await connection.fetch(
        "SELECT * FROM parent_request_attempt WHERE request_id = $1 ORDER BY at DESC, attempt_id", request_id
    )
    return [Attempt(**row) for row in rows]


async def add_attempt(connection: Connection, attempt: Attempt) -> None:
    """Records that somebody tried."""
    await connection.execute(
        "INSERT INTO parent_request_attempt VALUES ($1, $2, $3, $4, $5, $6)",
        *(attempt.attempt_id, attempt.request_id, attempt.at, attempt.who, attempt.method, attempt.outcome),
    )


async def set_taken(connection: Connection, request_id: UUID, who: str, at: datetime) -> None:
    """Somebody sees to it from now on."""
    await connection.execute(
        "UPDATE parent_request SET taken_at = $3, taken_by = $2 WHERE request_id = $1", request_id, who, at
    )


async def set_agency(connection: Connection, request_id: UUID, agency: str) -> None:
    """A front door sees to it from now on, and nobody of it has taken it yet."""
    await connection.execute(
        "UPDATE parent_request SET agency = $2, taken_at = NULL, taken_by = NULL WHERE request_id = $1",
        request_id,
        agency,
    )


async def set_form(connection: Connection, request_id: UUID, form_id: UUID) -> None:
    """A draft was begun from it."""
    await connection.execute("UPDATE parent_request SET form_id = $2 WHERE request_id = $1", request_id, form_id)


async def set_closed(connection: Connection, request_id: UUID, who: str, at: datetime, reason: str) -> None:
    """It is closed."""
    await connection.execute(
        "UPDATE parent_request SET closed_at = $3, closed_by = $2, reason = $4 WHERE request_id = $1",
        *(request_id, who, at, reason),
    )


async def keep_until(connection: Connection, request_id: UUID, until: datetime) -> None:
    """It is kept until then."""
    await connection.execute("UPDATE parent_request SET expires_at = $2 WHERE request_id = $1", request_id, until)


async def remove(connection: Connection, requests: Collection[UUID]) -> None:
    """Removes requests with what was tried."""
    await connection.execute("DELETE FROM parent_request_attempt WHERE request_id = ANY($1::uuid[])", list(requests))
    await connection.execute("DELETE FROM parent_request WHERE request_id = ANY($1::uuid[])", list(requests))


async def of_forms(connection: Connection, forms: Collection[UUID]) -> list[UUID]:
    """The requests from which these forms were begun."""
    rows = await connection.fetch("SELECT request_id FROM parent_request WHERE form_id = ANY($1::uuid[])", list(forms))
    return [row["request_id"] for row in rows]


async def over(connection: Connection, now: datetime, areas: Collection[str] | None, limit: int) -> list[UUID]:
    """Requests that have expired, of these areas or of all."""
    rows = await connection.fetch(
        """
        SELECT request_id FROM parent_request WHERE expires_at <= $1 AND ($2::text[] IS NULL OR area = ANY($2))
        ORDER BY expires_at LIMIT $3
        """,
        *(now, None if areas is None else list(areas), limit),
    )
    return [row["request_id"] for row in rows]


async def count_over(connection: Connection, now: datetime, areas: Collection[str] | None) -> dict[str, int]:
    """By area, how many have expired."""
    rows = await connection.fetch(
        """
        SELECT area, count(*) AS number FROM parent_request
        WHERE expires_at <= $1 AND ($2::text[] IS NULL OR area = ANY($2)) GROUP BY area
        """,
        *(now, None if areas is None else list(areas)),
    )
    return {row["area"]: row["number"] for row in rows}


def _row(row: Mapping[str, object]) -> RequestRow:
    return RequestRow(**{**row, "sealed": Sealed.model_validate(row["sealed"])})  # type: ignore[arg-type]
