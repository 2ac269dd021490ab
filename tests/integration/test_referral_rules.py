"""What the database keeps: its safety rules, the last place, and cases that wait for the directory."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
import pytest

from tests.support.referral_families import AREA, ASKING_AREA, screening, some_id, update_json
from tests.support.referral_service import (
    DIRECTORY,
    Referral,
    agency,
    area,
    family,
    offered,
    provider,
    running,
)


@pytest.fixture
async def referral(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *DIRECTORY) as service:
        yield service


@pytest.fixture
async def empty(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases) as service:
        yield service


async def test_what_waits_for_the_directory_is_agreed_when_it_comes(empty: Referral) -> None:
    await empty.screened(screening(), family("F2", area=ASKING_AREA, number=2))

    async def reasons() -> list[str]:
        items = (await empty.http.get("/worklist")).json()["items"]
        return sorted(item["waiting_reason"] for item in items)

    assert await reasons() == ["area-not-registered"] * 2
    await empty.register(area(AREA), area(ASKING_AREA, automatic=False))
    assert await reasons() == ["legal-basis-missing"] * 2
    await empty.register(agency())
    assert await reasons() == ["area-asks-coordinator", "no-eligible-offer"]
    await empty.register(offered("north-mediation", "north"))
    assert await empty.topics() == []
    await empty.register(provider("north"))
    [(topic, event)] = await empty.published()
    assert (topic, event["agreed_by"], event["occurred_at"]) == (
        "referral-agreed",
        "area-setting",
        "2025-04-01T09:30:00Z",
    )
    assert await reasons() == ["area-asks-coordinator"]


async def test_an_older_directory_entry_does_not_replace_a_newer_one(referral: Referral) -> None:
    referral.offset = 0
    await referral.register(agency(legal_basis=None))
    await referral.screened(screening())
    assert await referral.state() == "offered"


async def test_the_last_place_is_given_once(referral: Referral) -> None:
    await referral.register(
        offered("north-mediation", "north", capacity=1), offered("south-mediation", "south", capacity=0)
    )
    await asyncio.gather(*(referral.screened(family(f"F{number}", number=number)) for number in range(1, 7)))
    assert (await referral.topics()).count("referral-agreed") == 1
    rows = await referral.pool.fetch("SELECT waiting_reason FROM referral_case WHERE state = 'awaiting-coordinator'")
    assert [row["waiting_reason"] for row in rows] == ["no-eligible-offer"] * 5


async def test_a_halt_and_an_agreement_at_once_never_leave_a_referral_out(referral: Referral) -> None:
    events = [family(f"F{number}", area=ASKING_AREA, number=number) for number in range(1, 13)]
    await referral.screened(*events)
    for event in events:
        abuse = family(event.family_ref, "domestic-abuse-pathway", number=99, day=2)
        await asyncio.gather(referral.post("agree", None, event.case_id), referral.screened(abuse))
    assert await referral.pool.fetchval("SELECT count(*) FROM referral WHERE status = 'out'") == 0
    assert await referral.pool.fetchval("SELECT count(*) FROM referral_case WHERE state = 'halted'") == 12
    published = [topic for topic, _ in await referral.published()]
    assert published.count("referral-agreed") == published.count("case-halted")


async def test_the_database_refuses_a_referral_after_a_sign_of_abuse(referral: Referral) -> None:
    await referral.screened(screening(), family("F2", "domestic-abuse-pathway", number=2))
    halted = some_id("case-F2")
    copy = """
        INSERT INTO referral SELECT gen_random_uuid(), $1, number, offer, provider, service, agreed_by, agreed_at,
            status, stopped FROM referral LIMIT 1
        """
    with pytest.raises(asyncpg.RaiseError, match="never referred"):
        await referral.pool.execute(copy, halted)
    send = "INSERT INTO outbox (topic, key, value, headers) SELECT topic, key, $1, headers FROM outbox LIMIT 1"
    [(_, agreed)] = await referral.published()
    for forged in ({**agreed, "case_id": str(halted)}, {**agreed, "referral_id": str(uuid4())}):
        with pytest.raises(asyncpg.RaiseError, match="only for a referral that stands"):
            await referral.pool.execute(send, orjson.dumps(forged))
    await referral.screened(screening("domestic-abuse-pathway", number=3, day=2))
    with pytest.raises(asyncpg.RaiseError, match="only for a referral that stands"):
        await referral.pool.execute(send, orjson.dumps(agreed))
    with pytest.raises(asyncpg.RaiseError, match="does not go out again"):
        await referral.pool.execute("UPDATE referral SET status = 'out'")


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("UPDATE referral_case SET abuse_sign_at = NULL", "stays with its case"),
        ("UPDATE referral_case SET state = 'offered', abuse_sign_at = NULL", "stays with its case"),
        ("UPDATE referral_case SET state = 'offered'", "violates check constraint"),
        ("DELETE FROM referral_case", "stays with its case"),
        ("UPDATE case_history SET why = 'nothing happened'", "only added to"),
        ("DELETE FROM case_history", "only added to"),
    ],
)
async def test_the_database_forgets_neither_a_sign_nor_a_line(referral: Referral, statement: str, refusal: str) -> None:
    await referral.screened(screening("domestic-abuse-pathway"))
    with pytest.raises((asyncpg.RaiseError, asyncpg.CheckViolationError), match=refusal):
        await referral.pool.execute(statement)


@pytest.mark.parametrize("seed", range(4))
async def test_however_events_are_batched_a_family_with_a_sign_is_left_alone(referral: Referral, seed: int) -> None:
    """Stories of many families, mixed and cut into batches at random, as a bus delivers them."""
    chance = random.Random(seed)
    names = [f"F{number}" for number in range(30)]
    decisions = ["refer"] * 6 + ["not-ready", "domestic-abuse-pathway"]
    kinds: list[dict[str, Any]] = [{"kind": "referral-accepted"}, {"kind": "referral-declined", "reason": "other"}] * 3
    kinds += [{"kind": "case-closed", "reason": "completed"}, {"kind": "safety-concern"}]
    number = 0
    for _ in range(12):
        screened, updated = [], []
        for _ in range(chance.randint(1, 40)):
            number += 1
            name = chance.choice(names)
            screened.append(family(name, chance.choice(decisions), number=number, day=number / 100))
            body = {**chance.choice(kinds), "case_id": str(some_id(f"case-{chance.choice(names)}")), "number": number}
            updated.append(update_json(**body))
        await referral.screened(*screened)
        await referral.updated(*updated, provider=chance.choice(["north", "south"]))
    assert await referral.dead() == 0
    halted: set[str] = set()
    stopped: set[str] = set()
    for topic, event in await referral.published():
        if topic == "referral-agreed":
            assert event["case_id"] not in halted
        if topic in ("case-halted", "case-closed") and event["stopped_provider"]:
            assert event["referral_id"] not in stopped
            stopped.add(event["referral_id"])
        if topic == "case-halted":
            halted.add(event["case_id"])
    assert halted
    assert stopped
    sequences = "SELECT case_id, sequence FROM referral_case"
    published = Counter(event["case_id"] for topic, event in await referral.published() if "refusals" not in topic)
    assert {str(row["case_id"]): row["sequence"] for row in await referral.pool.fetch(sequences)} == {
        str(some_id(f"case-{name}")): published[str(some_id(f"case-{name}"))] for name in names
    }
