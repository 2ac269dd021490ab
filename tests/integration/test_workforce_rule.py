"""Who screens is trained, where the area asks for it: flagged, never held up."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.workforce_service import (
    AREA,
    OTHER_AREA,
    SESSION_DAY,
    Workforce,
    agency,
    area,
    person,
    running,
)

SINCE = date(2041, 5, 1)
HEAD = "agency,practitioner,name,attended"


@pytest.fixture
async def workforce(databases: Any) -> AsyncIterator[Workforce]:
    asking = area(since=SINCE.isoformat(), grace_days=30, renew_after_months=24)
    async with running(databases, asking, area(OTHER_AREA), agency(areas=(AREA, OTHER_AREA))) as service:
        yield service


async def train(workforce: Workforce, *own_ids: str) -> str:
    session = await workforce.arrange()
    await workforce.move_to(SESSION_DAY)
    rows = "\n".join(f"schools,{own_id},Name of {own_id},yes" for own_id in own_ids)
    await workforce.attend(session, f"{HEAD}\n{rows}\n")
    return session


async def test_whoever_screens_untrained_is_flagged_and_the_trained_are_not(workforce: Workforce) -> None:
    await train(workforce, "T1")
    day = SINCE + timedelta(days=40)
    await workforce.move_to(day)
    early = [await workforce.screening_by(own_id, SINCE - timedelta(days=9)) for own_id in ("T1", "T2")]
    late = [await workforce.screening_by(own_id, day) for own_id in ("T1", "T2", "T3")]
    elsewhere = await workforce.screening_by("T4", day, area=OTHER_AREA)
    await workforce.screened(*early, *late, elsewhere)
    flags = await workforce.published("practitioner-untrained")
    assert [(each["practitioner_id"], each["standing"]) for each in flags] == [
        (str(person("T2")), "untrained"),
        (str(person("T3")), "in-grace"),
    ]
    assert flags[0]["submission_id"] == str(late[1].submission_id)
    assert flags[0]["missing"] == ["engaging-parents", "childrens-experiences"]
    assert "decision" not in flags[0]
    assert "reasons" not in flags[0]

    found = await workforce.get("/untrained", area=AREA)
    assert (found["practitioners"], found["flagged"]) == (3, 2)
    shown = {each["name"]: (each["standing"], each["screenings"]) for each in found["items"]}
    assert shown == {"Name of T2": ("untrained", 1), "Name of T3": ("in-grace", 1)}
    assert (await workforce.get("/untrained", area=OTHER_AREA))["rule"] is None


async def test_a_certificate_lapses_where_the_area_asks_for_renewal(workforce: Workforce) -> None:
    session = await train(workforce, "T1")
    (place,) = (await workforce.get(f"/sessions/{session}"))["everybody"]
    assert place["valid_until"] == "2043-04-15"
    for day in (SINCE, date(2043, 4, 15)):
        await workforce.screened(await workforce.screening_by("T1", day))
    assert await workforce.published("practitioner-untrained") == []
    await workforce.screened(await workforce.screening_by("T1", date(2043, 4, 16)))
    assert [each["standing"] for each in await workforce.published("practitioner-untrained")] == ["untrained"]
    await workforce.move_to(date(2043, 4, 16))
    assert (await workforce.get(f"/certificates/{place['certificate']}"))["status"] == "expired"


async def test_training_comes_too_late_for_what_was_screened_before_it_and_clears_the_list(
    workforce: Workforce,
) -> None:
    day = SINCE + timedelta(days=1)
    await workforce.move_to(day)
    await workforce.screened(await workforce.screening_by("T1", day))
    assert (await workforce.get("/untrained", area=AREA))["flagged"] == 1
    session = await workforce.arrange(days=[(day + timedelta(days=2)).isoformat()])
    await workforce.move_to(day + timedelta(days=2))
    await workforce.attend(session, f"{HEAD}\nschools,T1,Name,yes\n")
    assert (await workforce.get("/untrained", area=AREA))["flagged"] == 0


async def test_the_same_events_in_any_order_and_twice_leave_the_same(databases: Any) -> None:
    asking = area(since=SINCE.isoformat(), grace_days=0)
    states = []
    events: list[Any] = []
    for turn in range(3):
        async with running(databases, asking, agency()) as workforce:
            if not events:
                days = [SINCE + timedelta(days=n) for n in (0, 3, 5, 1, 9)]
                events = [await workforce.screening_by(f"T{n % 2}", day) for n, day in enumerate(days)]
            records = workforce.records(events)
            ordered = records if turn == 0 else records[::-1]
            batches = [ordered] if turn < 2 else [[each] for each in ordered]
            for batch in (*batches, *batches):
                await workforce.consumers["screenings"].process(batch)
            flags = sorted(each["submission_id"] for each in await workforce.published("practitioner-untrained"))
            kept = await workforce.state()
            states.append((flags, kept["practitioner"], kept["screening"]))
    assert states[0] == states[1] == states[2]
    assert len(states[0][0]) == 5


async def test_a_name_under_another_practitioners_id_is_refused(workforce: Workforce) -> None:
    good, bad = [await workforce.screening_by(own_id, SINCE) for own_id in ("T1", "T2")]
    worker = good.practitioner
    wrong = bad.model_copy(
        update={"practitioner": worker.model_copy(update={"practitioner_id": bad.practitioner.practitioner_id})}
    )
    await workforce.screened(good, wrong)
    assert await workforce.pool.fetchval("SELECT count(*) FROM dead_letter") == 1
    assert [each["practitioner_id"] for each in await workforce.published("practitioner-untrained")] == [
        str(person("T1"))
    ]


async def test_a_rule_can_be_taken_back_and_an_older_entry_changes_nothing(workforce: Workforce) -> None:
    await workforce.screened(await workforce.screening_by("T1", SINCE))
    await workforce.register(area())
    assert (await workforce.get("/untrained", area=AREA))["rule"] is None
    workforce.offset = 0
    await workforce.register(area(since=SINCE.isoformat()))
    assert (await workforce.get("/untrained", area=AREA))["rule"] is None
