"""Training sessions with everybody's place, under the lock that everybody who changes a session holds."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from services.workforce.domain.session import TAKES_A_PLACE, AnyChange, Attribution, Place, Session, any_change
from shared.access.scopes import Belonging
from shared.contracts.workforce import Profession, TrainingDelivery, TrainingModule
from shared.postgres.connection import Connection

Cursor: TypeAlias = tuple[date, UUID]
"""The last line of a page: its first day and its session."""

# The columns of a place beside its session, with their types, and those that change.
_PLACE = {
    "training_id": "uuid",
    "practitioner_id": "uuid",
    "agency": "text",
    "profession": "text",
    "number": "integer",
    "status": "text",
    "completed_on": "date",
    "certificate": "text",
    "valid_until": "date",
}
_COLUMNS = ", ".join(_PLACE)
# The session is the first argument.
_ARRAYS = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_PLACE.values(), 2))
_CHANGING = ("practitioner_id", "status", "completed_on", "certificate", "valid_until")
_UPDATES = ", ".join(f"{column} = excluded.{column}" for column in _CHANGING)
# A session as a page shows it.
_SHOWN = "session_id, days, modules, areas, delivery, delivered_by, places, places - taken AS free, called_off, venue"


async def add(connection: Connection, session: Session, arranged: AnyChange, by: Attribution) -> None:
    """Adds a session that was just arranged."""
    await connection.execute(
        """
        INSERT INTO training_session (session_id, modules, areas, days, first_day, delivery, delivered_by, trainer,
            places, venue)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        session.session_id,
        list(session.modules),
        list(session.areas),
        list(session.days),
        session.days[0],
        session.delivery,
        session.delivered_by,
        session.trainer,
        session.places,
        session.venue,
    )
    await _add_history(connection, session.session_id, [arranged], by)


async def lock(connection: Connection, session_id: UUID) -> Session | None:
    """The session as it is stored, locked until the transaction ends. None where there is none."""
    row = await connection.fetchrow("SELECT * FROM training_session WHERE session_id = $1 FOR UPDATE", session_id)
    if row is None:
        return None
    places = await connection.fetch("SELECT * FROM place WHERE session_id = $1 ORDER BY number", session_id)
    return Session(
        session_id=session_id,
        modules=tuple(map(TrainingModule, row["modules"])),
        areas=tuple(row["areas"]),
        days=tuple(row["days"]),
        delivery=TrainingDelivery(row["delivery"]),
        delivered_by=row["delivered_by"],
        trainer=row["trainer"],
        places=row["places"],
        called_off=row["called_off"],
        venue=row["venue"],
        everybody={place["training_id"]: _place(place) for place in places},
    )


async def save(
    connection: Connection, before: Session, after: Session, changes: Sequence[AnyChange], by: Attribution
) -> None:
    """Saves a locked session and adds the changes that made it so to its history."""
    if not changes:
        return
    await connection.execute(
        """
        UPDATE training_session SET places = $2, called_off = $3, days = $4, first_day = $5, venue = $6
        WHERE session_id = $1
        """,
        after.session_id,
        after.places,
        after.called_off,
        list(after.days),
        after.days[0],
        after.venue,
    )
    changed = [place for key, place in after.everybody.items() if before.everybody.get(key) != place]
    # Places that become free first: the database counts them one by one and never lets there be too many.
    changed.sort(key=lambda place: (place.status in TAKES_A_PLACE, place.number))
    await connection.execute(
        f"""
        INSERT INTO place (session_id, {_COLUMNS})
        SELECT $1, {_COLUMNS} FROM unnest({_ARRAYS}) AS new ({_COLUMNS})
        ON CONFLICT (training_id) DO UPDATE SET {_UPDATES}
        """,  # noqa: S608 - constants
        after.session_id,
        *([getattr(place, column) for place in changed] for column in _PLACE),
    )
    await _add_history(connection, after.session_id, changes, by)


async def of_practitioner(connection: Connection, practitioner: UUID) -> list[UUID]:
    """The sessions in which a practitioner ever had a place, in the order in which everybody locks several."""
    rows = await connection.fetch(
        "SELECT DISTINCT session_id FROM place WHERE practitioner_id = $1 ORDER BY session_id", practitioner
    )
    return [row["session_id"] for row in rows]


async def history(connection: Connection, session_id: UUID) -> list[AnyChange]:
    """Every change of a session, the first one first."""
    rows = await connection.fetch(
        "SELECT change FROM session_history WHERE session_id = $1 ORDER BY number", session_id
    )
    return [any_change.validate_python(row["change"]) for row in rows]


async def new_certificates(connection: Connection, year: int, count: int) -> Iterator[str]:
    """Numbers that no certificate has had. One that is not used is left out for good."""
    rows = await connection.fetch("SELECT nextval('certificate_number') AS n FROM generate_series(1, $1)", count)
    return iter([f"{year}-{row['n']:06d}" for row in rows])


async def belonging(connection: Connection, session_id: UUID) -> Belonging | None:
    """Where a session belongs: in each of its areas. None where there is none."""
    areas = await connection.fetchval("SELECT areas FROM training_session WHERE session_id = $1", session_id)
    return Belonging.of(areas) if areas else None


async def belonging_of_training(connection: Connection, training_id: UUID) -> Belonging | None:
    """Where somebody's training belongs: in each area of its session. None where there is none."""
    areas = await connection.fetchval(
        "SELECT areas FROM place JOIN training_session USING (session_id) WHERE training_id = $1", training_id
    )
    return Belonging.of(areas) if areas else None


async def listing(
    connection: Connection, *, area: str | None, areas: list[str] | None, since: date | None, limit: int
) -> list[dict[str, Any]]:
    """Sessions by their first day, with how many places are free and how many wait.

    `areas`: those of the caller, None for all.
    """
    rows = await connection.fetch(
        f"""
        SELECT {_SHOWN}, (
            SELECT count(*) FROM place WHERE place.session_id = training_session.session_id AND status = 'waiting'
        ) AS waiting
        FROM training_session
        WHERE ($1::text IS NULL OR $1 = ANY (areas)) AND ($2::date IS NULL OR days[cardinality(days)] >= $2)
            AND ($4::text[] IS NULL OR $4 && areas)
        ORDER BY first_day, session_id LIMIT $3
        """,  # noqa: S608 - constants
        area,
        since,
        limit,
        areas,
    )
    return [dict(row) for row in rows]


async def page(
    connection: Connection, *, past: bool, today: date, areas: list[str] | None, after: Cursor | None, limit: int
) -> list[dict[str, Any]]:
    """Sessions that are over, the latest first; or those that are not, the next first. Those that follow `after`.

    `areas`: those of the caller, None for all.
    """
    way, later = ("DESC", "<") if past else ("ASC", ">")
    rows = await connection.fetch(
        f"""
        SELECT {_SHOWN}, (
            SELECT count(*) FROM place WHERE place.session_id = training_session.session_id AND status = 'waiting'
        ) AS waiting
        FROM training_session
        WHERE days[cardinality(days)] {"<" if past else ">="} $1 AND ($2::text[] IS NULL OR $2 && areas)
            AND ($3::date IS NULL OR (first_day, session_id) {later} ($3, $4))
        ORDER BY first_day {way}, session_id {way} LIMIT $5
        """,  # noqa: S608 - constants
        today,
        areas,
        *(after or (None, None)),
        limit,
    )
    return [dict(row) for row in rows]


async def one(connection: Connection, session_id: UUID) -> dict[str, Any] | None:
    """A session as it is shown; None where there is none."""
    row = await connection.fetchrow(
        f"SELECT {_SHOWN}, trainer FROM training_session WHERE session_id = $1",  # noqa: S608 - constants
        session_id,
    )
    return dict(row) if row else None


async def everybody(connection: Connection, session_id: UUID) -> list[dict[str, Any]]:
    """Everybody's place in a session, in the order in which they asked, with their confidence."""
    rows = await connection.fetch(
        """
        SELECT training_id, number, place.status, place.agency, profession, completed_on, certificate, valid_until,
            practitioner_id, screened_as, registered_as, (
                SELECT jsonb_object_agg(occasion || '_' || module, score) FROM confidence
                WHERE confidence.training_id = place.training_id
            ) AS confidence, (
                SELECT change ->> 'reason' FROM session_history
                WHERE session_history.session_id = place.session_id AND change ->> 'what' = 'given-up'
                    AND change ->> 'training_id' = place.training_id::text AND place.status = 'given-up'
                ORDER BY session_history.number DESC LIMIT 1
            ) AS reason
        FROM place JOIN practitioner USING (practitioner_id) WHERE session_id = $1 ORDER BY number
        """,
        session_id,
    )
    return [dict(row) for row in rows]


async def _add_history(connection: Connection, session_id: UUID, changes: Sequence[AnyChange], by: Attribution) -> None:
    last = await connection.fetchval(
        "SELECT coalesce(max(number), 0) FROM session_history WHERE session_id = $1", session_id
    )
    # COPY is refused on a table whose rows are guarded.
    await connection.execute(
        """
        INSERT INTO session_history (session_id, number, at, by, change)
        SELECT $1, $2 + number, $3, $4, change FROM unnest($5::jsonb[]) WITH ORDINALITY AS new (change, number)
        """,
        session_id,
        last,
        by.at,
        by.person,
        [change.model_dump(mode="json") for change in changes],
    )


def _place(row: Mapping[str, Any]) -> Place:
    return Place(**{column: row[column] for column in _PLACE} | {"profession": Profession(row["profession"])})
