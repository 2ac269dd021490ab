"""The worklist's pages are read in order from indexes: held to the rule that orders all lines, on real PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from services.referral.domain.case.states import WaitingReason
from services.referral.domain.safety.urgency import Urgency
from services.referral.domain.safety.worklist_order import Order, Place, due_at, spans
from services.referral.repository import pages, worklist
from services.referral.repository.worklist import Narrowed
from services.referral.web.worklist import line_of
from shared.access.scopes import Reach, Scope
from shared.contracts.vocabulary import LevelOfNeed
from shared.postgres.row_reach import reading_within
from tests.support.referral_families import AREA, ASKING_AREA, START
from tests.support.referral_service import DIRECTORY, Referral, running

NOW = START + timedelta(days=40)
LIMITS = {AREA: 10, ASKING_AREA: 25}
EVERY = Narrowed()
ELSEWHERE = "E10000099"


@pytest.fixture
async def referral(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *DIRECTORY) as service:
        await service.pool.execute("UPDATE area SET worklist_days = 25 WHERE area = $1", ASKING_AREA)
        yield service


async def cases(service: Referral, number: int, seed: int) -> None:
    """Cases that wait for all sorts of reasons, some at the same time, some in somebody's hands, some elsewhere."""
    chance = Random(seed)
    days = [chance.choice((1, 5, 10, 11, 20, 25, 26, 39)) for _ in range(number)]
    async with service.pool.acquire() as connection, connection.transaction():
        for at, waited in enumerate(days):
            case_id = UUID(int=chance.getrandbits(128), version=4)
            agency, ref = chance.choice(("hants-schools", "county-police")), f"Ref-{at}"
            await connection.execute("INSERT INTO family VALUES ($1, $2)", agency, ref)
            await connection.execute(
                """
                INSERT INTO referral_case (case_id, area, agency, family_ref, state, sequence, changes, waiting_reason,
                    waiting_since, family)
                VALUES ($1, $2, $3, $4, 'awaiting-coordinator', 1, 1, $5, $6, $7)
                """,
                *(case_id, chance.choice((AREA, ASKING_AREA, ELSEWHERE)), agency, ref),
                *(chance.choice(list(WaitingReason)), NOW - timedelta(days=waited, seconds=chance.choice((0, 0, 7)))),
                {"level_of_need": chance.choice(list(LevelOfNeed))},
            )
            await connection.execute(
                """
                INSERT INTO case_history (case_id, number, at, by, trigger, from_state, to_state, why)
                VALUES ($1, 1, now(), 'screening', 'refer', 'new', 'awaiting-coordinator', 'refer')
                """,
                case_id,
            )
            if chance.random() < 0.5:
                await connection.execute(
                    "INSERT INTO assignment (case_id, coordinator, since) VALUES ($1, $2, $3)",
                    *(case_id, chance.choice(("anna", "ben", "carl")), NOW),
                )


async def expected(service: Referral, order: Order) -> list[dict[str, Any]]:
    """Every line, in the order of the rule."""
    async with service.pool.acquire() as connection:
        rows = await pages.waiting(connection, area=None, coordinator=None, areas=[AREA, ASKING_AREA])
    placed = [line_of(row, NOW) for row in rows]
    keys = {
        Order.URGENCY: lambda place, _: place,
        Order.DUE: lambda place, line: (due_at(line["waiting_since"], LIMITS[line["area"]]), place[2]),
        Order.OLDEST: lambda place, _: place[1:],
        Order.NEWEST: lambda place, _: place[1:],
    }
    placed.sort(key=lambda each: keys[order](*each), reverse=order.descends)
    return [line for _, line in placed]


async def read(service: Referral, order: Order, narrowed: Narrowed = EVERY, only: Urgency | None = None) -> Any:
    """All pages of seven lines one after the other; and then back from the last line."""
    forward: list[Place] = []
    async with service.pool.acquire() as connection:
        while True:
            come_from = forward[-1] if forward else None
            found = spans(LIMITS, NOW, order, only=only, come_from=come_from)
            page = await worklist.lines(connection, found, narrowed, 7, descending=order.descends)
            if not page:
                break
            forward += page
        backward: list[Place] = []
        while forward:
            come_from = (backward or forward)[-1]
            found = spans(LIMITS, NOW, order, only=only, come_from=come_from, forward=False)
            page = await worklist.lines(connection, found, narrowed, 7, descending=not order.descends)
            if not page:
                break
            backward += page
        counted = await worklist.number(connection, spans(LIMITS, NOW, order, only=only), narrowed, 1_000)
    assert [place.case_id for place in backward] == [place.case_id for place in reversed(forward[:-1])]
    assert counted == len(forward)
    return [place.case_id for place in forward]


@pytest.mark.parametrize("order", list(Order))
async def test_pages_one_after_the_other_are_the_whole_worklist_in_its_order(referral: Referral, order: Order) -> None:
    await cases(referral, 90, seed=1)
    assert await read(referral, order) == [line["case_id"] for line in await expected(referral, order)]


async def test_a_page_has_what_the_filter_asks_for_and_nothing_else(referral: Referral) -> None:
    await cases(referral, 90, seed=2)
    lines = await expected(referral, Order.URGENCY)
    wanted: list[tuple[Narrowed, Any]] = [
        (Narrowed(agency="county-police"), lambda line: line["agency"] == "county-police"),
        (Narrowed(state="halted"), lambda _: False),
        (Narrowed(reasons=["on-hold", "look-first"]), lambda line: line["waiting_reason"] in ("on-hold", "look-first")),
        (Narrowed(held_by=["anna", "carl"]), lambda line: line["coordinator"] in ("anna", "carl")),
        (Narrowed(held_by=[]), lambda line: line["coordinator"] is None),
        (Narrowed(others_than=["anna"]), lambda line: line["coordinator"] in ("ben", "carl")),
        (Narrowed(but=[lines[0]["case_id"]]), lambda line: line is not lines[0]),
    ]
    for narrowed, is_wanted in wanted:
        assert await read(referral, Order.URGENCY, narrowed) == [x["case_id"] for x in lines if is_wanted(x)], narrowed
    for urgency in Urgency:
        of_it = [line["case_id"] for line in lines if line["urgency"] == urgency.name.lower()]
        assert of_it
        assert await read(referral, Order.URGENCY, only=urgency) == of_it


async def test_a_line_is_where_it_belongs_whoever_wrote_it_and_whoever_has_it(referral: Referral) -> None:
    await cases(referral, 60, seed=3)
    for row in await referral.pool.fetch(
        """
        SELECT waiting_urgency, lasting_urgency(waiting_reason, family ->> 'level_of_need') AS lasting, holder,
            coordinator
        FROM referral_case LEFT JOIN assignment USING (case_id)
        """
    ):
        assert row["waiting_urgency"] == row["lasting"]
        assert row["holder"] == row["coordinator"]
    await referral.pool.execute("UPDATE assignment SET until = now()")
    assert await referral.pool.fetchval("SELECT count(*) FROM referral_case WHERE holder IS NOT NULL") == 0
    await referral.pool.execute("UPDATE referral_case SET waiting_reason = NULL, waiting_since = NULL")
    assert await read(referral, Order.URGENCY) == []


async def test_a_search_finds_what_begins_so_within_reach_and_reveals_nothing_else(referral: Referral) -> None:
    await cases(referral, 60, seed=4)
    rows = await referral.pool.fetch("SELECT case_id, area, family_ref FROM referral_case")
    mine = {row["case_id"] for row in rows if row["area"] == AREA and row["family_ref"].startswith("Ref-1")}
    theirs = next(row["case_id"] for row in rows if row["area"] == ELSEWHERE)
    with reading_within(Reach(frozenset({Scope.AREA}), frozenset({AREA}))):
        async with referral.pool.acquire() as connection:
            assert set(await worklist.named(connection, "rEF-1", [AREA], 50)) == mine
            assert await worklist.named(connection, str(theirs), [AREA], 50) == []
            # Row security does not rely on the query.
            assert await worklist.named(connection, str(theirs), [AREA, ELSEWHERE], 50) == []
            one = next(iter(mine))
            assert await worklist.named(connection, str(one).upper(), [AREA], 50) == [one]
