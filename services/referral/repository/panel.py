"""The panel's members, meetings, agenda, views and decisions."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.referral.domain.case.states import State
from services.referral.domain.deciders.panel import Conflict, NewMember, PanelDecision, Table, View
from shared.contracts.base import Sealed
from shared.postgres.connection import Connection


async def place(connection: Connection, cases: Collection[UUID]) -> None:
    """Puts cases that are at the panel on the agenda of their area's next meeting, in this order.

    A case that is on a coming agenda already stays there; one that a meeting has decided about goes to a later one.
    Without a planned meeting it waits for the next to be scheduled.
    """
    if not cases:
        return
    await connection.execute(
        """
        INSERT INTO panel_item (meeting_id, case_id)
        SELECT next.meeting_id, case_id
        FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (case_id, place) JOIN referral_case USING (case_id)
        CROSS JOIN LATERAL (
            SELECT meeting_id FROM panel_meeting
            WHERE panel_meeting.area = referral_case.area AND status = 'planned' AND NOT EXISTS (
                SELECT FROM panel_item WHERE panel_item.meeting_id = panel_meeting.meeting_id
                    AND panel_item.case_id = referral_case.case_id AND decision IS NOT NULL
            )
            ORDER BY held_on LIMIT 1
        ) AS next
        WHERE NOT EXISTS (
            SELECT FROM panel_item JOIN panel_meeting USING (meeting_id)
            WHERE panel_item.case_id = referral_case.case_id AND status = 'planned' AND decision IS NULL
        )
        ORDER BY place
        """,
        list(cases),
    )


async def place_waiting(connection: Connection, area: str) -> None:
    """Puts every case of the area that is at the panel and on no coming agenda on one, the longest waiting first."""
    rows = await connection.fetch(
        "SELECT case_id FROM referral_case WHERE area = $1 AND state = $2 ORDER BY waiting_since, case_id",
        area,
        State.AT_PANEL,
    )
    await place(connection, [row["case_id"] for row in rows])


async def add_member(connection: Connection, member_id: UUID, member: NewMember, name: Sealed) -> None:
    """Adds a member."""
    await connection.execute(
        "INSERT INTO panel_member VALUES ($1, $2, $3, $4, $5)",
        member_id,
        member.area,
        member.agency,
        member.role,
        name.model_dump(mode="json"),
    )


async def retire(connection: Connection, member_id: UUID, now: datetime) -> bool:
    """A member leaves the panel. False where there is no such member."""
    done = await connection.fetchval(
        "UPDATE panel_member SET retired_at = coalesce(retired_at, $2) WHERE member_id = $1 RETURNING true",
        member_id,
        now,
    )
    return done is not None


async def area_of_member(connection: Connection, member_id: UUID) -> str | None:
    """Whose panel somebody is, or was, on; None where there is no such member."""
    area: str | None = await connection.fetchval("SELECT area FROM panel_member WHERE member_id = $1", member_id)
    return area


async def members(connection: Connection, area: str) -> list[dict[str, Any]]:
    """An area's members, their names as they are stored."""
    rows = await connection.fetch(
        "SELECT member_id, agency, role, name, retired_at FROM panel_member WHERE area = $1 ORDER BY role, member_id",
        area,
    )
    return [{**row, "name": Sealed.model_validate(row["name"])} for row in rows]


async def over_on(connection: Connection, area: str, days: Sequence[date]) -> tuple[date, str] | None:
    """The first of these days whose meeting is over already, and how: `closed` or `cancelled`."""
    row = await connection.fetchrow(
        """
        SELECT held_on, status FROM panel_meeting
        WHERE area = $1 AND held_on = ANY($2::date[]) AND status <> 'planned' ORDER BY held_on LIMIT 1
        """,
        area,
        list(days),
    )
    return (row["held_on"], row["status"]) if row else None


async def schedule(connection: Connection, area: str, meetings: Sequence[tuple[UUID, date]]) -> list[dict[str, Any]]:
    """Plans meetings; a day that has one keeps it. Returns those days' meetings, the first first."""
    await connection.executemany(
        """
        INSERT INTO panel_meeting (meeting_id, area, held_on) VALUES ($1, $2, $3) ON CONFLICT (area, held_on) DO NOTHING
        """,
        [(meeting_id, area, held_on) for meeting_id, held_on in meetings],
    )
    rows = await connection.fetch(
        "SELECT * FROM panel_meeting WHERE area = $1 AND held_on = ANY($2::date[]) ORDER BY held_on",
        area,
        [held_on for _, held_on in meetings],
    )
    return [dict(row) for row in rows]


async def settings(connection: Connection, area: str) -> tuple[int, int]:
    """Days between meetings and the agencies that must attend, by the area's settings."""
    row = await connection.fetchrow("SELECT panel_every_days, panel_quorum FROM area WHERE area = $1", area)
    return (row["panel_every_days"], row["panel_quorum"]) if row else (14, 2)


async def meetings(connection: Connection, area: str) -> list[dict[str, Any]]:
    """An area's meetings, the newest first. How many cases each has is not shown: a member could count."""
    rows = await connection.fetch("SELECT * FROM panel_meeting WHERE area = $1 ORDER BY held_on DESC", area)
    return [dict(row) for row in rows]


async def lock_meeting(connection: Connection, meeting_id: UUID) -> dict[str, Any] | None:
    """One meeting, locked until the transaction ends."""
    row = await connection.fetchrow("SELECT * FROM panel_meeting WHERE meeting_id = $1 FOR UPDATE", meeting_id)
    return dict(row) if row else None


async def meeting(connection: Connection, meeting_id: UUID) -> dict[str, Any] | None:
    """One meeting."""
    row = await connection.fetchrow("SELECT * FROM panel_meeting WHERE meeting_id = $1", meeting_id)
    return dict(row) if row else None


async def end_meeting(connection: Connection, meeting_id: UUID, area: str, status: str) -> None:
    """Closes or cancels a meeting. What it has not decided goes to the next, before whatever is there later."""
    await connection.execute("UPDATE panel_meeting SET status = $2 WHERE meeting_id = $1", meeting_id, status)
    await place_waiting(connection, area)


async def strangers(connection: Connection, area: str, ids: Collection[UUID]) -> set[UUID]:
    """Those of these ids that are no member of the area's panel."""
    rows = await connection.fetch(
        "SELECT member_id FROM panel_member WHERE area = $1 AND retired_at IS NULL AND member_id = ANY($2::uuid[])",
        area,
        list(ids),
    )
    return set(ids) - {row["member_id"] for row in rows}


async def is_member(connection: Connection, member_id: UUID) -> bool:
    """Whether somebody is, or was, on a panel."""
    found: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM panel_member WHERE member_id = $1)", member_id)
    return found


async def attend(connection: Connection, meeting_id: UUID, ids: Collection[UUID]) -> None:
    """Records who is at a meeting, beside who was recorded before."""
    await connection.execute(
        "INSERT INTO panel_attendance SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING", meeting_id, list(ids)
    )


async def agenda(connection: Connection, meeting_id: UUID, member_id: UUID | None) -> list[dict[str, Any]]:
    """A meeting's agenda. For a member it is that of a meeting without the cases that are withheld: numbers are
    counted over what is shown, so nothing shows that there are others."""
    rows = await connection.fetch(
        """
        SELECT row_number() OVER (ORDER BY position) AS number, case_id, state, service,
            family ->> 'level_of_need' AS level_of_need, family ->> 'relationship' AS relationship,
            jsonb_array_length(family -> 'children') AS children, panel_item.decision, decided_at
        FROM panel_item JOIN referral_case USING (case_id) JOIN panel_meeting USING (meeting_id)
        WHERE meeting_id = $1 AND (panel_item.decision IS NOT NULL OR (state = 'at-panel' AND status = 'planned'))
            AND ($2::uuid IS NULL OR NOT panel_withheld(case_id, $2))
        ORDER BY position
        """,
        meeting_id,
        member_id,
    )
    return [dict(row) for row in rows]


async def item(
    connection: Connection, meeting_id: UUID, case_id: UUID, member_id: UUID | None
) -> dict[str, Any] | None:
    """A case on a meeting's agenda as one member may see it; None where there is none, or it is withheld.

    Without a member it is for the coordinator, from whom no case is withheld.
    """
    row = await connection.fetchrow(
        """
        SELECT panel_item.*, state FROM panel_item JOIN referral_case USING (case_id)
        WHERE meeting_id = $1 AND case_id = $2 AND (panel_item.decision IS NOT NULL OR state = 'at-panel')
            AND ($3::uuid IS NULL OR NOT panel_withheld(case_id, $3))
        """,
        meeting_id,
        case_id,
        member_id,
    )
    return dict(row) if row else None


async def add_view(
    connection: Connection, meeting_id: UUID, case_id: UUID, view: View, words: Sealed | None, now: datetime
) -> None:
    """Adds a member's view; the newest counts."""
    await connection.execute(
        """
        INSERT INTO panel_view (meeting_id, case_id, member_id, recommendation, words, at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        meeting_id,
        case_id,
        view.member,
        view.recommendation,
        words.model_dump(mode="json") if words else None,
        now,
    )


async def views(connection: Connection, meeting_id: UUID, case_id: UUID) -> list[dict[str, Any]]:
    """Each member's newest view of a case, words as they are stored; not those of members it is withheld from since."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (member_id) member_id, role, agency, recommendation, words, at
        FROM panel_view JOIN panel_member USING (member_id)
        WHERE meeting_id = $1 AND case_id = $2 AND NOT panel_withheld(case_id, member_id)
        ORDER BY member_id, id DESC
        """,
        meeting_id,
        case_id,
    )
    return [{**row, "words": Sealed.model_validate(row["words"]) if row["words"] else None} for row in rows]


async def table(connection: Connection, meeting_id: UUID, case_id: UUID, quorum: int) -> Table:
    """Who is there for a case, and what the members think. A sign of abuse that any member ever saw counts, withheld
    from since or not."""
    rows = await connection.fetch(
        """
        SELECT member_id, agency FROM panel_attendance JOIN panel_member USING (member_id)
        WHERE meeting_id = $1 AND NOT panel_withheld($2, member_id)
        """,
        meeting_id,
        case_id,
    )
    newest = await connection.fetch(
        """
        SELECT DISTINCT ON (member_id) recommendation FROM panel_view WHERE case_id = $1 ORDER BY member_id, id DESC
        """,
        case_id,
    )
    agencies = {row["member_id"]: row["agency"] for row in rows}
    return Table(agencies, [row["recommendation"] for row in newest], quorum)


async def record_decision(
    connection: Connection,
    meeting_id: UUID,
    case_id: UUID,
    decision: PanelDecision,
    minutes: Sealed | None,
    now: datetime,
) -> None:
    """Records what the panel decided about a case, for good."""
    await connection.execute(
        """
        UPDATE panel_item SET decision = $3, decided_at = $4, decided_by = $5, minutes = $6
        WHERE meeting_id = $1 AND case_id = $2
        """,
        meeting_id,
        case_id,
        decision.decision,
        now,
        decision.member,
        minutes.model_dump(mode="json") if minutes else None,
    )


async def add_conflict(
    connection: Connection, conflict_id: UUID, case_id: UUID, conflict: Conflict, now: datetime, who: str
) -> None:
    """Withholds a case. The case must be locked: a view that is just being given waits."""
    await connection.execute(
        "INSERT INTO panel_conflict VALUES ($1, $2, $3, $4, $5, $6, $7)",
        conflict_id,
        case_id,
        conflict.agency,
        conflict.member,
        conflict.reason,
        now,
        who,
    )


async def conflicts(connection: Connection, case_id: UUID) -> list[Mapping[str, Any]]:
    """From whom a case is, or was, withheld."""
    rows = await connection.fetch(
        """
        SELECT conflict_id, agency, member_id, reason, recorded_at, recorded_by, lifted_at FROM panel_conflict
        WHERE case_id = $1 ORDER BY recorded_at, conflict_id
        """,
        case_id,
    )
    return [dict(row) for row in rows]


async def lift(connection: Connection, case_id: UUID, conflict_id: UUID, now: datetime) -> bool:
    """Ends a conflict. False where none is in force."""
    done = await connection.fetchval(
        """
        UPDATE panel_conflict SET lifted_at = $3
        WHERE case_id = $1 AND conflict_id = $2 AND lifted_at IS NULL RETURNING true
        """,
        case_id,
        conflict_id,
        now,
    )
    return done is not None
