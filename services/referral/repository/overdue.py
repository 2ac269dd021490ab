"""What of an area is overdue, counted: for each of its coordinators, for each provider, for each front door."""

from datetime import date, datetime
from typing import NamedTuple

from services.referral.repository.worklist import limits
from shared.contracts.directory import default_of
from shared.postgres.connection import Connection


class Overdue(NamedTuple):
    """How much of one kind is overdue for one party."""

    party: str
    kind: str
    number: int


async def begin(connection: Connection, week: date, at: datetime) -> bool:
    """Whether it is looked at for this week now, and was not before. Another process that asks meanwhile waits."""
    return bool(
        await connection.fetchval(
            "INSERT INTO overdue_week VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true", week, at
        )
    )


async def areas(connection: Connection) -> list[str]:
    """The areas that are registered."""
    return [row["area"] for row in await connection.fetch("SELECT area FROM area ORDER BY area")]


async def of_coordinators(connection: Connection, area: str, now: datetime, since: date) -> list[Overdue]:
    """For whoever has come to the area's worklist since a day: cases in their hands or nobody's that wait beyond the
    area's limit, step-ups that nobody has acknowledged for a day, and conversations that nobody has read.
    """
    days = (await limits(connection, [area]))[area]
    rows = await connection.fetch(
        """
        WITH known AS (SELECT coordinator FROM area_coordinator WHERE area = $1 AND seen_on >= $4)
        SELECT coordinator AS party, 'cases-waiting' AS kind, count(*)::integer AS number
        FROM known JOIN referral_case ON area = $1 AND (holder = coordinator OR holder IS NULL)
        WHERE waiting_reason IS NOT NULL AND waiting_since < $2::timestamptz - make_interval(days => $3)
        GROUP BY coordinator
        UNION ALL
        SELECT coordinator, 'step-ups', count(*)::integer
        FROM known CROSS JOIN step_up JOIN referral_case USING (case_id)
        WHERE area = $1 AND acknowledged_at IS NULL AND at < $2::timestamptz - interval '1 day' GROUP BY coordinator
        UNION ALL
        SELECT coordinator, 'messages', count(*)::integer
        FROM known CROSS JOIN message_thread JOIN referral_case USING (case_id)
        WHERE area = $1 AND area_unread > 0 GROUP BY coordinator
        ORDER BY 1, 2
        """,
        *(area, now, days, since),
    )
    return [Overdue(**row) for row in rows]


async def of_providers(connection: Connection, area: str, since: datetime, today: date) -> list[Overdue]:
    """For each provider, of families that it has now: referrals sent before `since` that it has not answered, first
    contacts that are overdue, warning notes whose review is past.
    """
    rows = await connection.fetch(
        """
        SELECT provider AS party, kind, count(*)::integer AS number FROM (
            SELECT provider, referral_id,
                CASE WHEN state = 'offered' AND agreed_at < $2 THEN 'referrals-unanswered' END AS kind
            FROM referral JOIN referral_case USING (case_id) WHERE area = $1 AND status = 'out'
            UNION ALL
            SELECT provider, referral_id,
                CASE WHEN state <> 'offered' AND waiting_reason = 'first-contact-overdue' THEN 'first-contacts' END
            FROM referral JOIN referral_case USING (case_id) WHERE area = $1 AND status = 'out'
            UNION ALL
            SELECT referral.provider, referral_id, CASE WHEN review_on < $3 THEN 'warnings' END
            FROM warning_note JOIN referral USING (referral_id) JOIN referral_case USING (case_id)
            WHERE area = $1 AND status = 'out' AND warning_note.ended_at IS NULL
        ) AS found
        WHERE kind IS NOT NULL AND referral_goes_on(referral_id) GROUP BY provider, kind ORDER BY 1, 2
        """,
        *(area, since, today),
    )
    return [Overdue(**row) for row in rows]


async def of_front_doors(connection: Connection, area: str, before: datetime) -> list[Overdue]:
    """For each front door: cases that were returned to it for information before this, and have not come back."""
    rows = await connection.fetch(
        """
        SELECT agency AS party, 'information-asked' AS kind, count(*)::integer AS number FROM referral_case
        WHERE area = $1 AND state = 'returned' AND (
            SELECT max(at) FROM case_history
            WHERE case_history.case_id = referral_case.case_id AND to_state = 'returned') < $2
        GROUP BY agency ORDER BY 1
        """,
        *(area, before),
    )
    return [Overdue(**row) for row in rows]


async def first_contact_days(connection: Connection, area: str) -> int:
    """In how many working days a provider of this area first contacts each parent."""
    found = await connection.fetchval("SELECT first_contact_working_days FROM area_calendar WHERE area = $1", area)
    return int(found or default_of("first_contact_working_days"))
