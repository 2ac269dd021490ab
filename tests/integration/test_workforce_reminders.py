"""Who is to be asked about their training, and whose certificate lapses, on real PostgreSQL: told once, sealed."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from shared.contracts.base import Sealed
from tests.support.workforce_service import (
    AREA,
    MODULES,
    OTHER_AREA,
    SESSION_DAY,
    Workforce,
    agency,
    area,
    person,
    running,
)

HEAD = "agency,practitioner,name,email,attended"
OPENS, LAST = date(2041, 10, 15), date(2043, 4, 15)


@pytest.fixture
async def workforce(databases: Any) -> AsyncIterator[Workforce]:
    """An area with a renewal after 24 months, and one of the same agency that says sooner when to remind of it."""
    asking = area(AREA, since="2041-05-01", renew_after_months=24)
    other = area(OTHER_AREA, since="2041-05-01", renew_after_months=36, remind_days=60)
    async with running(databases, asking, other, agency(areas=(AREA, OTHER_AREA))) as service:
        yield service


async def came(workforce: Workforce, *lines: str, **session: Any) -> str:
    arranged = await workforce.arrange(**session)
    day = date.fromisoformat(session.get("days", [SESSION_DAY.isoformat()])[-1])
    await workforce.move_to(day)
    await workforce.attend(arranged, "\n".join((HEAD, *(f"schools,{line},yes" for line in lines))) + "\n")
    return arranged


async def reminded(workforce: Workforce, kind: str) -> list[tuple[str, str]]:
    return [(each["practitioner_id"], each["sealed"]["subject"]) for each in await workforce.published(kind)]


async def test_who_has_an_address_is_notified_once_when_the_follow_up_opens(workforce: Workforce) -> None:
    await workforce.screened(await workforce.screening_by("T3", SESSION_DAY - timedelta(days=9)))
    await came(workforce, "T1,Name of T1,T1@example.org", "T2,Name of T2,", "T3,,")
    await workforce.move_to(OPENS - timedelta(days=1))
    assert await reminded(workforce, "training-follow-up-opened") == []
    await workforce.move_to(OPENS)
    await workforce.move_to(OPENS + timedelta(days=1))
    opened = await workforce.published("training-follow-up-opened")
    # T2 has no address; that of T3 is known from a screening alone.
    assert {each["practitioner_id"] for each in opened} == {str(person("T1")), str(person("T3"))}
    assert {each["closes_on"] for each in opened} == {"2042-04-15"}
    boxes = [Sealed.model_validate(each["sealed"]) for each in opened]
    keys = await workforce.keyring.for_opening(boxes)
    assert {keys.open(box)["email"] for box in boxes} == {"T1@example.org", "T3@example.org"}
    rows = await workforce.pool.fetch("SELECT topic, convert_from(value, 'UTF8') AS value FROM outbox")
    assert {row["topic"] for row in rows if "sealed" in row["value"]} == {"training-reminders"}
    assert not [row for row in rows if "@example.org" in row["value"] or "Name of" in row["value"]]


async def test_a_certificate_that_lapses_is_announced_in_time_and_not_where_it_was_renewed(
    workforce: Workforce,
) -> None:
    await came(workforce, "T1,Name of T1,T1@example.org", "T4,Name of T4,T4@example.org")
    await came(workforce, "T4,,", days=["2042-01-10"], modules=[*MODULES, "understanding-separation"])
    await workforce.move_to(LAST - timedelta(days=61))
    assert await reminded(workforce, "certificate-lapses") == []
    await workforce.move_to(LAST - timedelta(days=60))
    await workforce.move_to(LAST)
    assert await reminded(workforce, "certificate-lapses") == [(str(person("T1")), str(person("T1")))]
    assert [each["valid_until"] for each in await workforce.published("certificate-lapses")] == [LAST.isoformat()]


async def test_of_a_training_that_was_not_completed_nobody_is_reminded(workforce: Workforce) -> None:
    session = await came(workforce, "T1,Name of T1,T1@example.org")
    await workforce.attend(session, f"{HEAD}\nschools,T1,,,no\n")
    assert await workforce.pool.fetchval("SELECT count(*) FROM due") == 0
    await workforce.move_to(LAST)
    assert await reminded(workforce, "training-follow-up-opened") == []
    assert await reminded(workforce, "certificate-lapses") == []
