"""What came of the referrals of an area: of one provider, and of the others, whom nobody reads one by one."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.referral.domain.case.course import Course
from services.referral.domain.case.referral import ReferralStatus
from services.referral.domain.case.shown_to_provider import Ending, stage_from
from services.referral.domain.case.states import State
from services.referral.domain.deciders.performance import Work, attendance_of, verdicts_of
from shared.contracts.vocabulary import ClosureReason
from shared.postgres.connection import Connection
from shared.postgres.row_reach import guard_lifted


async def areas_of(connection: Connection, provider: str) -> dict[str, str]:
    """The areas in which a provider was asked, by their codes, each with its name."""
    codes = await connection.fetch(
        "SELECT DISTINCT offered ->> 'area' AS area FROM referral WHERE provider = $1 AND offered ? 'area'", provider
    )
    rows = await connection.fetch(
        "SELECT area, coalesce(name, area) AS name FROM area WHERE area = ANY($1::text[]) ORDER BY name, area",
        [row["area"] for row in codes],
    )
    return {row["area"]: row["name"] for row in rows}


async def smallest_group(connection: Connection, area: str) -> int:
    """Below how many people a count of this area is held back."""
    found: int | None = await connection.fetchval("SELECT smallest_group FROM area WHERE area = $1", area)
    return found or 10


async def works_of(connection: Connection, area: str, since: datetime, until: datetime) -> Mapping[str, list[Work]]:
    """By provider, what came of the referrals that were agreed in an area from one time until another.

    Within a transaction. It reads what no provider may: what is shown of it, the domain decides.
    """
    async with guard_lifted(connection):
        rows = await connection.fetch(
            """
            SELECT referral.provider, agreed_at, status, stopped, ended_because, referral_case.state, course.course,
                number = (SELECT max(number) FROM referral AS any_of WHERE any_of.case_id = referral.case_id) AS newest
            FROM referral JOIN referral_case USING (case_id)
            LEFT JOIN course ON course.case_id = referral.case_id
                AND course ->> 'referral_id' = referral.referral_id::text
            WHERE offered ->> 'area' = $1 AND agreed_at >= $2 AND agreed_at < $3
            """,
            area,
            since,
            until,
        )
    found: dict[str, list[Work]] = defaultdict(list)
    for row in rows:
        found[row["provider"]].append(_work(row))
    return found


def _work(row: Mapping[str, Any]) -> Work:
    ending = Ending(ReferralStatus(row["status"]), row["stopped"], row["ended_because"])
    stage = stage_from(ending, State(row["state"]), newest=row["newest"])
    if row["course"] is None:
        return Work(stage, completed=row["ended_because"] == ClosureReason.COMPLETED)
    course, agreed_at = Course.model_validate(row["course"]), row["agreed_at"]
    contacts = [each.first_at for each in course.contacts]
    held = [each.held_on for each in course.sessions]
    came, missed = attendance_of(course)
    return Work(
        stage,
        completed=row["ended_because"] == ClosureReason.COMPLETED,
        to_contact=max(0.0, (min(contacts) - agreed_at).total_seconds() / 86_400) if contacts else None,
        to_session=float(max(0, (min(held) - agreed_at.date()).days)) if held else None,
        came=came,
        missed=missed,
        verdicts=verdicts_of(course.measures),
    )
