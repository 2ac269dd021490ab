"""Families for whom there was no offer get one when a provider states places, on real PostgreSQL with its timers."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.referral.domain.deciders.stating_places import AskedPlaces
from services.referral.handlers.offers_waited_for import look_again
from services.referral.handlers.stated_capacity import state_places
from services.referral.repository import stated_capacity
from services.referral.settings import ReferralSettings
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context
from tests.support.referral_families import AREA, ASKING_AREA, LATER, START, some_id, who_agree_later
from tests.support.referral_service import Referral, agency, area, family, offered, provider, running

# One offer, and nobody waits on a list for it.
ONE = (
    area(AREA),
    area(ASKING_AREA, automatic=False),
    agency(),
    provider("north"),
    offered("north-mediation", "north", capacity=3, waiting_list=0),
)
LAST_DAY = (START + timedelta(days=LATER + 30)).date()
NOBODY = "no-eligible-offer"


async def came(referral: Referral, *names: str, **changes: Any) -> None:
    """Screenings of these families in this order. Places are stated on the calendar's day, when they are in date."""
    for at, name in enumerate(names):
        await referral.screened(family(name, number=at + 20, day=LATER + at / 24, parents=who_agree_later(), **changes))


async def states_places(referral: Referral, free: int | None) -> None:
    """The provider says how many more families it can take on; None: what is agreed holds again."""
    context = Context("referral", ReferralSettings(), referral.pool, referral.keyring, referral.clock)
    asked = None if free is None else AskedPlaces(free, LAST_DAY, "")
    await state_places(context, "north", "north-mediation", asked, "m.anager")


async def states_of(referral: Referral, *names: str) -> list[tuple[str, str | None]]:
    """The state of each, and what it waits for."""
    rows = await referral.pool.fetch("SELECT case_id, state, waiting_reason FROM referral_case")
    found = {row["case_id"]: (row["state"], row["waiting_reason"]) for row in rows}
    return [found[some_id(f"case-{name}")] for name in names]


async def test_who_came_first_gets_the_place_that_a_provider_states_and_the_others_wait_on(databases: Any) -> None:
    names = [f"family-{number}" for number in range(4)]
    async with running(databases, *ONE) as referral:
        await referral.days_pass(LATER)
        await states_places(referral, 0)
        await came(referral, *names)
        assert await states_of(referral, *names) == [("awaiting-coordinator", NOBODY)] * 4
        await states_places(referral, 0)
        await referral.timers.fire()
        assert await states_of(referral, *names) == [("awaiting-coordinator", NOBODY)] * 4
        before = len(await referral.published())
        await states_places(referral, 2)
        await referral.timers.fire()
        assert await states_of(referral, *names) == [("offered", None)] * 2 + [("awaiting-coordinator", NOBODY)] * 2
        assert [
            (topic, event["family_ref"], event["provider"]) for topic, event in (await referral.published())[before:]
        ] == [("referral-agreed", name, "north") for name in names[:2]]
        # What is agreed is one more.
        await states_places(referral, None)
        await referral.timers.fire()
        assert await states_of(referral, *names) == [("offered", None)] * 3 + [("awaiting-coordinator", NOBODY)]


async def test_places_that_are_agreed_again_when_the_statement_ends_are_given(databases: Any) -> None:
    async with running(databases, *ONE) as referral:
        await referral.days_pass(LATER)
        await states_places(referral, 0)
        await came(referral, "alder")
        assert await states_of(referral, "alder") == [("awaiting-coordinator", NOBODY)]
        await referral.days_pass(LATER + 32)
        assert await states_of(referral, "alder") == [("offered", None)]


async def test_a_place_goes_past_nobody_who_has_to_be_looked_at_first(databases: Any) -> None:
    async with running(databases, *ONE) as referral:
        await referral.days_pass(LATER)
        await states_places(referral, 0)
        await came(referral, "alder", "birch", "cedar")
        await came(referral, "asked", area=ASKING_AREA)
        # A sign of abuse in another case of the family, and a parent who withdraws.
        sign = some_id("case-alder-again")
        await referral.screened(family("alder", "domestic-abuse-pathway", number=50, case_id=sign, day=LATER + 1))
        assert (await referral.post("withdraw", None, some_id("case-birch")))[0] == 200
        await states_places(referral, 3)
        await referral.timers.fire()
        found = dict(
            zip(
                ("alder", "birch", "cedar", "asked"),
                await states_of(referral, "alder", "birch", "cedar", "asked"),
                strict=True,
            )
        )
        assert found["alder"][0] == "halted"
        assert found["birch"][0] == "closed"
        assert found["cedar"] == ("offered", None)
        assert found["asked"] == ("awaiting-coordinator", "area-asks-coordinator")


async def test_whoever_states_places_and_the_timer_never_wait_for_each_other(databases: Any) -> None:
    async with running(databases, *ONE) as referral:
        await referral.days_pass(LATER)
        await states_places(referral, 0)
        await came(referral, "alder")
        await states_places(referral, 1)
        async with referral.pool.acquire() as connection, connection.transaction():
            # As `state_places` does: the offer first, the timer last.
            await stated_capacity.lock(connection, ["north-mediation"])
            firing = asyncio.create_task(referral.timers.fire())
            await waits_for_a_lock(referral)
            await look_again(Transaction(connection, "referral"), ["north-mediation"], referral.clock.now())
        await firing
        assert await states_of(referral, "alder") == [("offered", None)]


async def waits_for_a_lock(referral: Referral) -> None:
    """Until somebody does."""
    for _ in range(200):
        if await referral.pool.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            return
        await asyncio.sleep(0.05)
    pytest.fail("nobody waits for a lock")
