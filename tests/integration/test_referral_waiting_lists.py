"""Waiting lists on real PostgreSQL, with the timers that look after them."""

import asyncio
import random
from typing import Any

import asyncpg
import pytest

from tests.support.referral_families import AREA, some_id, update_json
from tests.support.referral_service import CASE, DIRECTORY, Referral, area, family, offered, running

WAITS = (area(AREA) | {"when_full": "waiting-list"}, offered("north-mediation", "north", capacity=1, priority=1))
NAMES = ("alder", "birch", "cedar")


def case_of(name: str) -> Any:
    return some_id(f"case-{name}")


async def joined(referral: Referral, *names: str) -> None:
    for at, name in enumerate(names):
        await referral.screened(family(name, number=at + 20))


async def positions(referral: Referral) -> dict[str, int]:
    [waiting] = (await referral.http.get("/waiting-lists", params={"area": AREA})).json()["items"] or [{"waiting": []}]
    return {each["case_id"]: each["position"] for each in waiting["waiting"]}


async def test_a_full_offer_a_list_and_the_place_that_comes_free(databases: Any) -> None:
    async with running(databases, *DIRECTORY, *WAITS) as referral:
        await joined(referral, *NAMES)
        assert await positions(referral) == {str(case_of("birch")): 1, str(case_of("cedar")): 2}
        page = (await referral.http.get(f"/cases/{case_of('cedar')}")).json()
        assert (page["state"], page["waiting_for"], page["position"]) == ("waiting-list", "north-mediation", 2)
        await referral.updated(
            update_json("referral-accepted", number=1, day=1, case_id=case_of("alder")),
            update_json("case-closed", number=2, day=9, case_id=case_of("alder"), reason="no-contact"),
        )
        assert await referral.timers.fire() == 1
        published = [(topic, event) for topic, event in await referral.published() if event["family_ref"] != "alder"]
        assert [(topic, event["family_ref"], event.get("position")) for topic, event in published] == [
            ("case-waiting-listed", "birch", 1),
            ("case-waiting-listed", "cedar", 2),
            ("referral-agreed", "birch", None),
            ("case-waiting-listed", "cedar", 1),
        ]
        assert published[2][1]["occurred_at"] == "2025-04-10T09:30:00Z", "offered when the place came free"
        # What the front door of one family is told names nothing of another but the number.
        for _, event in published:
            others = [name for name in NAMES if name != event["family_ref"]]
            assert not any(name in str(event) or str(case_of(name)) in str(event) for name in others)
        await referral.register({**WAITS[1], "capacity": 2})
        await referral.timers.fire()
        assert await referral.state(case_of("cedar")) == "offered"
        assert await positions(referral) == {}


@pytest.mark.parametrize("end", [{"ended": True}, {"imported_from": {"id": "b1", "source": "there", "gone": True}}])
async def test_nobody_new_gets_an_offer_that_has_ended_and_who_waits_goes_to_a_person(
    databases: Any, end: dict[str, Any]
) -> None:
    async with running(databases, *DIRECTORY, *WAITS) as referral:
        await joined(referral, *NAMES)
        await referral.register({**WAITS[1], **end})
        await referral.timers.fire()
        assert await positions(referral) == {}
        assert [await referral.state(case_of(name)) for name in NAMES] == ["offered", *["awaiting-coordinator"] * 2]
        page = (await referral.http.get(f"/cases/{case_of('birch')}/offers")).json()
        assert [each["offer"] for each in page["items"]] == ["south-mediation"]
        status, answer = await referral.post("agree", {"offer": "north-mediation"}, case_of("birch"))
        assert (status, answer["errors"][0]["rule"]) == (422, "is not an offer in this area")
        # Whoever has it keeps it.
        await referral.updated(update_json("referral-accepted", number=1, day=1, case_id=case_of("alder")))
        assert await referral.state(case_of("alder")) == "accepted"
        await referral.register(WAITS[1])
        assert [
            each["offer"] for each in (await referral.http.get(f"/cases/{case_of('birch')}/offers")).json()["items"]
        ]


@pytest.mark.parametrize("way", ["declined", "withdraw", "halt", "not-ready", "domestic-abuse-pathway"])
async def test_every_way_in_which_a_place_comes_free(databases: Any, way: str) -> None:
    async with running(databases, *DIRECTORY, *WAITS) as referral:
        await joined(referral, *NAMES)
        first = case_of("alder")
        if way == "declined":
            await referral.updated(update_json("referral-declined", case_id=first, reason="other"))
        elif way in ("withdraw", "halt"):
            assert (await referral.post(way, None, first))[0] == 200
        else:
            await referral.screened(family("alder", way, number=40, day=1))
        await referral.timers.fire()
        assert await referral.state(case_of("birch")) == "offered"
        assert await positions(referral) == {str(case_of("cedar")): 1}


async def test_a_sign_in_another_case_of_the_family_comes_before_the_place(databases: Any) -> None:
    async with running(databases, *DIRECTORY, *WAITS) as referral:
        await joined(referral, *NAMES)
        other = some_id("case-birch-again")
        await referral.screened(family("birch", "domestic-abuse-pathway", number=50, case_id=other, day=1))
        await referral.post("withdraw", None, case_of("alder"))
        await referral.timers.fire()
        states = [await referral.state(case_of(name)) for name in NAMES]
        assert states == ["closed", "halted", "offered"]
        assert await referral.pool.fetchval("SELECT count(*) FROM waiting_place") == 0


async def test_a_screening_that_goes_out_of_date_on_the_list_comes_to_a_person(databases: Any) -> None:
    async with running(databases, *DIRECTORY, *WAITS) as referral:
        await joined(referral, *NAMES)
        await referral.timers.fire()
        # The calendar comes to the day after the last on which the screenings were in date.
        await referral.screened(family("later", "not-ready", number=60, day=91))
        await referral.timers.fire()
        items = (await referral.http.get("/worklist")).json()["items"]
        found = {item["case_id"]: item["waiting_reason"] for item in items if item["state"] == "awaiting-coordinator"}
        assert found == {str(case_of(name)): "screening-out-of-date" for name in NAMES[1:]}


async def test_the_database_keeps_a_place_exactly_for_who_waits(databases: Any) -> None:
    async with running(databases, *DIRECTORY, *WAITS) as referral:
        await joined(referral, "alder", "birch")
        place = "INSERT INTO waiting_place VALUES ($1, 'north-mediation', 9, now(), 'coordinator', '{}', 1, false)"
        with pytest.raises(asyncpg.RaiseError, match="stands on a waiting list exactly while it waits"):
            await referral.pool.execute(place, case_of("alder"))
        with pytest.raises(asyncpg.RaiseError, match="stands on a waiting list exactly while it waits"):
            await referral.pool.execute("DELETE FROM waiting_place")
        with pytest.raises(asyncpg.UniqueViolationError):
            await referral.pool.execute(place.replace("9", "1"), case_of("alder"))


async def test_races_never_give_a_place_twice_or_out_of_order_and_leave_none_empty(databases: Any) -> None:
    chance = random.Random(7)
    places = 3
    rows = (WAITS[0], offered("north-mediation", "north", capacity=places, priority=1, waiting_list=500))
    async with running(databases, *DIRECTORY, *rows) as referral:
        names = [f"family-{number}" for number in range(36)]
        most = 0

        async def arrive(name: str, number: int) -> None:
            await asyncio.sleep(chance.random() / 2)
            await referral.screened(family(name, number=number + 100))

        async def leave() -> None:
            for _ in range(12):
                await asyncio.sleep(chance.random() / 10)
                state = chance.choice(["offered", "offered", "waiting-list"])
                found = await referral.pool.fetch("SELECT case_id FROM referral_case WHERE state = $1", state)
                if found:
                    await referral.post("withdraw", None, chance.choice(found)["case_id"])

        async def look_after() -> None:
            nonlocal most
            for _ in range(40):
                await asyncio.sleep(0.03)
                await referral.timers.fire()
                taken = await referral.pool.fetchval("SELECT count(*) FROM referral WHERE status = 'out'")
                most = max(most, taken)

        await asyncio.gather(
            *(arrive(name, number) for number, name in enumerate(names)),
            leave(),
            leave(),
            look_after(),
            look_after(),
        )
        await referral.timers.fire()
        assert most == places
        assert await referral.dead() == 0
        waiting = await referral.pool.fetch("SELECT position FROM waiting_place WHERE NOT on_hold ORDER BY ticket")
        taken = await referral.pool.fetchval("SELECT count(*) FROM referral WHERE status = 'out'")
        assert taken == places or not waiting, "nobody waits while a place is free"
        assert [row["position"] for row in waiting] == list(range(1, len(waiting) + 1))
        # Whoever joined the list earlier and was offered a place, was offered it no later than who joined after them.
        offered_in_order = await referral.pool.fetch(
            """
            SELECT listed.case_id, agreed.id FROM (
                SELECT min(id) AS id, convert_from(value, 'UTF8')::jsonb ->> 'case_id' AS case_id
                FROM outbox WHERE topic = 'case-waiting-listed' GROUP BY 2
            ) AS listed JOIN outbox AS agreed
                ON agreed.topic = 'referral-agreed'
                AND convert_from(agreed.value, 'UTF8')::jsonb ->> 'case_id' = listed.case_id
            ORDER BY listed.id
            """
        )
        assert len(offered_in_order) > 5
        assert [row["id"] for row in offered_in_order] == sorted(row["id"] for row in offered_in_order)


async def test_an_update_of_a_case_that_waits_is_nobodys(databases: Any) -> None:
    async with running(databases, *DIRECTORY, *WAITS) as referral:
        await joined(referral, "alder")
        await referral.screened(family("birch", case_id=CASE, number=30))
        await referral.updated(update_json("referral-accepted", number=7))
        [refused] = [event for topic, event in await referral.published() if topic.endswith("refusals")]
        assert refused["reason"] == "not-this-providers-case"
