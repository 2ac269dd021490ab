"""What is overdue is counted once a week, on a real database: for coordinators, providers and front doors."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest_asyncio

from services.referral.handlers.overdue import OverdueWork
from services.referral.settings import ReferralSettings
from shared.messaging.timers.clock import Clock
from shared.service.definition import Context
from tests.support.referral_families import AGENCY, AREA, ASKING_AREA, START
from tests.support.referral_service import DIRECTORY, Referral, family, running

# A Monday morning in summer, long after everything of these tests.
MONDAY = datetime(2043, 6, 1, 6, 30, tzinfo=UTC)
ME = "staff-00000000000000000000000000000001"


@pytest_asyncio.fixture
async def referral(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *DIRECTORY) as service:
        yield service


def looking(referral: Referral) -> OverdueWork:
    return OverdueWork(Context("referral", ReferralSettings(), referral.pool, referral.keyring, Clock("wall")))


async def counted(referral: Referral) -> dict[tuple[str, str], dict[str, int]]:
    """By area and party, what was published as overdue."""
    found = {}
    for topic, event in await referral.published():
        if topic == "work-overdue":
            party = event["who"] or event["provider"] or event["agency"]
            found[event["area"], party] = {each["kind"]: each["number"] for each in event["counts"]}
    return found


async def test_each_party_has_its_own_numbers_once_a_week_and_nothing_where_nothing_is_overdue(
    referral: Referral,
) -> None:
    assert MONDAY.weekday() == 0
    look = looking(referral)
    assert await look.look(MONDAY - timedelta(days=7)) == 0, "nothing is overdue"
    await referral.screened(
        family("OFFERED"),
        *(family(f"ASKED-{number}", area=ASKING_AREA, number=10 + number) for number in range(3)),
    )
    returned, stopped = family("ASKED-2").case_id, family("STOPPED").case_id
    assert (await referral.post("return", {"missing": ["no-wrap-around"]}, returned))[0] == 200
    await referral.screened(family("STOPPED", number=30))
    assert (await referral.post("halt", {"source": "told-by-a-child"}, stopped))[0] == 200
    await referral.pool.execute(
        "INSERT INTO area_coordinator VALUES ($1, $2, $4), ($3, $2, $4)", AREA, ME, ASKING_AREA, MONDAY.date()
    )
    await referral.pool.execute(
        "INSERT INTO area_coordinator VALUES ($1, 'staff-who-left', $2)", ASKING_AREA, date(2040, 1, 1)
    )
    assert await look.look(MONDAY - timedelta(minutes=1)) == 0, "it is not Monday morning yet"
    assert await look.look(MONDAY) > 0
    before = await counted(referral)
    # The one that was returned waits too, as the worklist shows it.
    assert before[ASKING_AREA, ME] == {"cases-waiting": 3}
    assert before[ASKING_AREA, AGENCY] == {"information-asked": 1}
    # The one that was stopped is not among what its provider has to answer.
    assert {provider: before.get((AREA, provider)) for provider in ("north", "south")} == {
        "north": {"referrals-unanswered": 1},
        "south": None,
    }
    assert not [party for _, party in before if party == "staff-who-left"]
    # Again in the same week, by another process too: nothing.
    assert await look.look(MONDAY) == 0
    assert await looking(referral).look(MONDAY + timedelta(days=6)) == 0
    number = len([topic for topic in await referral.topics() if topic == "work-overdue"])
    assert number == len(before)
    assert await look.look(MONDAY + timedelta(days=7)) == number
    # Nor is one of which another front door has a sign.
    await referral.pool.execute(
        "UPDATE referral_case SET sign_elsewhere = true WHERE case_id = $1", family("OFFERED").case_id
    )
    await look.look(MONDAY + timedelta(days=14))
    newest = [event for topic, event in await referral.published() if topic == "work-overdue"]
    assert not [event for event in newest if event["week"] == "2043-06-15" and event["provider"]]
    # Nothing of any family is in it.
    rows = await referral.pool.fetch("SELECT value FROM outbox WHERE topic = 'work-overdue'")
    text = b" ".join(row["value"] for row in rows).decode()
    assert not [word for word in ("ASKED", "OFFERED", "STOPPED", str(returned), str(stopped)) if word in text]
    assert START.isoformat()[:10] not in text
