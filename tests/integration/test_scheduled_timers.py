"""Timers on real PostgreSQL: each fires once, whichever process dies; bad ones are isolated; in calendar order."""

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from starlette.applications import Starlette

from shared.access.roles import Role
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.messaging.timers import scheduled
from shared.messaging.timers.clock import Clock, FixedClockError
from shared.messaging.timers.firing import Timers
from shared.messaging.timers.scheduled import ScheduledTimer, Timer
from shared.service.clock_routes import clock_routes
from shared.service.definition import Context
from shared.service.settings import ServiceSettings
from shared.service.staff import Staff
from tests.support.identity import bearer, gate
from tests.support.recorded import recorder
from tests.support.timers_process import emit_of

START = datetime(2025, 4, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def outcomes(databases: Any) -> Any:
    return await databases("outcomes")


async def schedule(database: Any, *timers: ScheduledTimer) -> None:
    async with in_transaction(database.pool, "outcomes") as tx:
        await scheduled.schedule(tx.connection, timers)


async def recorded(database: Any) -> Counter[str]:
    return Counter(
        orjson.loads(row["value"])["case_id"] for row in await database.pool.fetch("SELECT value FROM outbox")
    )


async def scheduled_keys(database: Any) -> list[str]:
    return [row["key"] for row in await database.pool.fetch("SELECT key FROM due ORDER BY at, key")]


async def record_timer(tx: Transaction, batch: Sequence[ScheduledTimer], now: datetime) -> None:
    for each in batch:
        emit_of(tx, each)


async def test_a_timer_fires_once_with_two_processes_and_one_killed_in_the_middle_of_a_batch(
    outcomes: Any,
) -> None:
    subjects = [str(uuid4()) for _ in range(3_000)]
    await schedule(outcomes, *(ScheduledTimer("test", subject, START) for subject in subjects))
    url = outcomes.stack.database_url("outcomes")
    command = (sys.executable, "-m", "tests.support.timers_process", url)
    first, second = [await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE) for _ in range(2)]
    assert first.stdout is not None
    try:
        # The other may be looking at the same ones just then: what it looks at is passed over, so it can be fewer.
        assert 0 < int(await asyncio.wait_for(first.stdout.readline(), 30)) <= 500
        first.kill()  # Its batch is taken and recorded, and not committed.
        await first.wait()
        for _ in range(600):
            if not await scheduled_keys(outcomes):
                break
            await asyncio.sleep(0.1)
    finally:
        for process in (first, second):
            if process.returncode is None:
                process.kill()
            await process.wait()
    assert await recorded(outcomes) == Counter(subjects)


async def test_a_timer_that_cannot_be_handled_is_isolated_and_retried(outcomes: Any) -> None:
    subjects = sorted(str(uuid4()) for _ in range(20))
    bad, broken = subjects[7], True

    async def handle(tx: Transaction, batch: Sequence[ScheduledTimer], now: datetime) -> None:
        await record_timer(tx, batch, now)
        if broken and any(each.subject == bad for each in batch):
            raise KeyError("somebody's name")

    timers = Timers("outcomes", {"test": Timer(handle)}, outcomes.pool, Clock("wall"))
    await schedule(outcomes, *(ScheduledTimer("test", subject, START) for subject in subjects))
    assert await timers.fire() == 19
    assert await recorded(outcomes) == Counter(set(subjects) - {bad})
    async with outcomes.pool.acquire() as connection:
        (kept,) = await scheduled.failing(connection)
    assert (kept["key"], kept["attempts"], kept["fault"], kept["at"]) == (bad, 1, "KeyError", START)
    assert await timers.fire() == 0  # Not again before its time.
    broken = False
    await outcomes.pool.execute("UPDATE due SET retry_at = now() - interval '1 second'")
    assert await timers.fire() == 1
    assert await recorded(outcomes) == Counter(subjects)


async def test_a_jump_of_the_calendar_fires_in_order_and_what_follows_from_it_too(outcomes: Any) -> None:
    fired: list[tuple[str, int]] = []

    async def chain(tx: Transaction, batch: Sequence[ScheduledTimer], now: datetime) -> None:
        fired.extend(("chain", (each.at - START).days) for each in batch)
        await scheduled.schedule(
            tx.connection, [ScheduledTimer("chain", each.key, each.at + 30 * DAY) for each in batch]
        )

    async def single(tx: Transaction, batch: Sequence[ScheduledTimer], now: datetime) -> None:
        fired.extend(("single", (each.at - START).days) for each in batch)

    clock = Clock("events", follows=False)
    timers = Timers("outcomes", {"single": Timer(single), "chain": Timer(chain)}, outcomes.pool, clock)
    at_once = ScheduledTimer("single", "at once", datetime(1970, 1, 1, tzinfo=UTC))
    await schedule(
        outcomes, ScheduledTimer("chain", "a", START), ScheduledTimer("single", "b", START + 45 * DAY), at_once
    )
    assert await timers.fire() == 1  # The calendar has not begun.
    fired.clear()
    clock.now(START + 700 * DAY)
    assert await timers.fire() == 0  # Held: an event does not move it.
    await timers.move_to(START + 100 * DAY)
    await timers.fire()
    assert fired == [("chain", 0), ("chain", 30), ("single", 45), ("chain", 60), ("chain", 90)]
    assert await scheduled_keys(outcomes) == ["a"]


async def test_a_timer_commits_and_rolls_back_with_its_transaction(outcomes: Any) -> None:
    case, other = str(uuid4()), str(uuid4())

    async def undone() -> None:
        async with in_transaction(outcomes.pool, "outcomes") as tx:
            await scheduled.schedule(tx.connection, [ScheduledTimer("test", case, START)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await undone()
    assert await scheduled_keys(outcomes) == []
    await schedule(
        outcomes,
        ScheduledTimer("test", f"{case}/1", START),
        ScheduledTimer("test", f"{case}/2", START + DAY),
        ScheduledTimer("else", case, START),
        ScheduledTimer("test", other, START),
        ScheduledTimer("test", f"{case}/1", START + 2 * DAY, {"newer": True}),
    )
    assert await scheduled_keys(outcomes) == [*sorted([case, other]), f"{case}/2", f"{case}/1"]
    async with in_transaction(outcomes.pool, "outcomes") as tx:
        await scheduled.cancel(tx.connection, "test", [f"{case}/2", "nobody"])
        await scheduled.cancel_all_of(tx.connection, [case], ["else"])
    assert await scheduled_keys(outcomes) == [other, f"{case}/1"]
    async with in_transaction(outcomes.pool, "outcomes") as tx:
        await scheduled.cancel_all_of(tx.connection, [case])
    assert await scheduled_keys(outcomes) == [other]


async def test_locks_are_taken_before_the_batch_so_a_stop_and_a_timer_never_wait_for_each_other(outcomes: Any) -> None:
    """A handler that holds the lock cancels a timer that is just being fired: the timer waits, and then is gone."""
    case, asked = str(uuid4()), asyncio.Event()

    async def lock(tx: Transaction, subjects: Sequence[str]) -> None:
        asked.set()
        await tx.connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", subjects[0])

    await schedule(outcomes, ScheduledTimer("test", case, START))
    timers = Timers("outcomes", {"test": Timer(record_timer, lock)}, outcomes.pool, Clock("wall"))
    async with in_transaction(outcomes.pool, "outcomes") as tx:
        await tx.connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", case)
        firing = asyncio.create_task(timers.fire())
        await asked.wait()
        await scheduled.cancel_all_of(tx.connection, [case])
    assert await firing == 0
    assert await recorded(outcomes) == Counter()


async def test_the_calendar_follows_the_events_is_moved_by_an_operator_and_never_goes_back(outcomes: Any) -> None:
    clock = Clock("events")
    timers = Timers("outcomes", {"test": Timer(record_timer)}, outcomes.pool, clock)
    assert await timers.calendar() is None
    clock.now(START + DAY)
    clock.now(START)
    assert await timers.calendar() == START + DAY
    await timers.move_to(START + 9 * DAY)
    with pytest.raises(ValueError, match="never goes back"):
        await timers.move_to(START + 8 * DAY)
    # Another process, or this one started again, finds the calendar where it was.
    again = Timers("outcomes", {}, outcomes.pool, Clock("events", follows=False))
    assert await again.calendar() == START + 9 * DAY


async def test_nobody_moves_the_walls_clock(outcomes: Any) -> None:
    await outcomes.pool.execute("INSERT INTO calendar (now) VALUES ('2090-01-01T00:00:00Z')")
    await schedule(outcomes, ScheduledTimer("test", str(uuid4()), datetime.now(UTC) + DAY))
    clock = Clock("wall")
    timers = Timers("outcomes", {"test": Timer(record_timer)}, outcomes.pool, clock)
    with pytest.raises(FixedClockError):
        await timers.move_to(datetime(2090, 1, 1, tzinfo=UTC))
    assert await timers.fire() == 0
    answer = await _post(outcomes, timers, clock, "2090-01-01T00:00:00Z")
    assert answer.status_code == 409
    assert "nobody moves" in answer.json()["detail"]


async def test_the_operator_moves_the_calendar_over_http(outcomes: Any) -> None:
    clock = Clock("events")
    timers = Timers("outcomes", {"test": Timer(record_timer)}, outcomes.pool, clock)
    await schedule(
        outcomes, ScheduledTimer("test", str(uuid4()), START), ScheduledTimer("test", str(uuid4()), START + 30 * DAY)
    )
    assert (await _post(outcomes, timers, clock, "next year")).status_code == 422
    assert (await _post(outcomes, timers, clock, "2999-01-01T00:00:00Z")).json()["errors"][0]["field"] == "to"
    answer = (await _post(outcomes, timers, clock, "2025-04-02T00:00:00Z")).json()
    assert (answer["standing"], answer["due"], answer["calendar"]) == (2, 1, "2025-04-02T00:00:00+00:00")
    assert (await _post(outcomes, timers, clock, "2025-04-01T00:00:00Z")).status_code == 409


async def _post(database: Any, timers: Timers, clock: Clock, to: str) -> httpx.Response:
    context = Context("outcomes", ServiceSettings(), database.pool, database.keyring, clock)
    app = Starlette(routes=clock_routes(context, timers))
    app.state.gate = gate({})
    app.state.staff = Staff(database.pool, database.keyring)
    app.state.recorder = recorder(database.service, database.pool)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        return await client.post("/clock", json={"to": to}, headers=bearer(Role.OPERATOR))
