"""How a provider's people share their work in a real browser: in whose hands, how many places, goals, and warnings."""

import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from services.referral.repository import provider_referrals
from services.referral.repository.provider_referrals import Wanted
from services.referral.web.provider.reading import shown_of
from shared.access.scopes import Reach, Scope
from shared.contracts.screening import ScreenedChild
from shared.postgres.row_reach import reading_within
from shared.privacy.sealed_records import with_new_key
from tests.support.ingress import taking_in
from tests.support.pages_service import PagesService, serving
from tests.support.referral_families import C1, some_id, update_json
from tests.support.referral_service import DIRECTORY, family, offered
from tests.support.screens import looked_at

CASE = some_id("case-F1")
NORTH: dict[str, Any] = {"roles": ["provider-worker"], "provider": "north", "areas": [], "to": "/pages/referrals"}
MANAGER = {**NORTH, "roles": ["provider-manager"]}
SOUTH = {**NORTH, "provider": "south"}


@pytest_asyncio.fixture
async def service(databases: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PagesService]:
    keys = tmp_path / "referral-record-keys.jwks"
    keys.write_text(json.dumps(with_new_key(None)))
    monkeypatch.setenv("PARLEY_RECORD_KEYS_FILE", str(keys))
    child = ScreenedChild(person_id=C1, ref="C1", age=9, takes_part=True, views_source="direct")
    async with serving(databases, *DIRECTORY) as opened:
        await opened.screened(family("F1", children=(child,)))
        async with taking_in(opened.pool, {"provider.{provider}.updates": opened.consumers["updates"]}):
            yield opened


async def referral(service: PagesService) -> Any:
    return await service.pool.fetchval("SELECT referral_id FROM referral WHERE case_id = $1", CASE)


def line(page: Page) -> Any:
    return page.locator("tbody tr")


@pytest.mark.parametrize(("size", "scripts"), [("phone", False), ("desktop", True)])
async def test_a_manager_gives_a_referral_to_a_worker_who_finds_it_among_theirs(
    service: PagesService, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    address = f"{service.url}/pages/referrals/{await referral(service)}"
    async with visit(service, "w.orker", size, scripts=scripts, **NORTH) as worker:
        await expect(line(worker)).to_contain_text("Nobody")
        async with visit(service, "m.anager", size, scripts=scripts, **MANAGER) as manager:
            await manager.goto(address)
            await manager.get_by_role("link", name="Give it to somebody").click()
            await manager.get_by_role("button", name="Save").click()
            await expect(manager.get_by_role("alert")).to_contain_text("Select who has the referral in hand")
            if scripts:
                assert await looked_at(manager, "provider-assign", size) == []
            await manager.get_by_label("w.orker").check()
            await manager.get_by_role("button", name="Save").click()
            await expect(manager.get_by_role("main")).to_contain_text("w.orker has this referral in hand")
        await worker.goto(f"{service.url}/pages/referrals?show=mine")
        await expect(line(worker)).to_contain_text("You")
        if scripts:
            assert await looked_at(worker, "provider-mine", size) == []
        await worker.get_by_role("rowheader").get_by_role("link").click()
        await expect(worker.get_by_role("main")).to_contain_text("You have this referral in hand")
        await expect(worker.get_by_role("link", name="Give it to somebody")).to_have_count(0)
        await worker.goto(f"{address}/assign")
        await expect(worker.get_by_role("heading", level=1)).to_have_text("You cannot see or do this")
        await worker.goto(address)
        await worker.get_by_role("button", name="Give it back").click()
        await expect(worker.get_by_role("button", name="Take it")).to_be_visible()


async def test_who_has_a_referral_is_seen_at_once_and_who_is_slower_reads_it(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    address = f"{service.url}/pages/referrals/{await referral(service)}"
    async with visit(service, "one", **NORTH) as one, visit(service, "two", **NORTH) as two:
        await one.goto(address)
        fields = await two.goto(address) and {
            name: await two.locator(f"form[action$=take] [name={name}]").input_value() for name in ("csrf", "key")
        }
        await one.get_by_role("button", name="Take it").click()
        done = time.monotonic()
        await expect(two.get_by_role("main")).to_contain_text("one has this referral in hand")
        assert time.monotonic() - done < 1
        answer = await two.request.post(f"{address}/take", form=fields, headers={"Origin": service.origin})
        assert answer.status == 409
        assert "one has this referral in hand" in await answer.text()
        # What is done with the family is seen without a reload too.
        await one.get_by_role("button", name="Accept the referral").click()
        await expect(two.locator(".govuk-tag")).to_have_text("Accepted")
        assert (await service.post("hold", None, CASE))[0] == 200
        await expect(two.locator(".govuk-tag")).to_have_text("Stopped")
        # Whoever had it keeps it in sight until they put it away.
        await one.goto(f"{service.url}/pages/referrals?show=mine")
        await expect(line(one)).to_contain_text("Stopped")
        await one.get_by_role("rowheader").get_by_role("link").click()
        await one.get_by_role("button", name="I have stopped: take it off my list").click()
        await one.goto(f"{service.url}/pages/referrals?show=mine")
        await expect(one.get_by_role("main")).to_contain_text("You have no referral in hand")
    async with visit(service, "s.worker", **SOUTH) as page:
        await page.goto(f"{address}/take")
        answer = await page.request.post(f"{address}/give-back", form=fields, headers={"Origin": service.origin})
        assert answer.status == 403


async def test_a_list_is_read_a_page_at_a_time_and_has_the_same_stages_as_the_pages(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    await service.screened(*(family(f"F{number}", number=number) for number in range(2, 32)))
    for number, command in enumerate(("hold", "halt", "withdraw"), 2):
        body = {"source": "told-by-a-parent"} if command == "halt" else None
        assert (await service.post(command, body, some_id(f"case-F{number}")))[0] == 200
    reach = Reach(frozenset({Scope.PROVIDER}), frozenset(), None, "north")
    with reading_within(reach):
        async with service.pool.acquire() as connection, connection.transaction():
            found = await provider_referrals.all_of(connection, "north", Wanted())
            shown = await shown_of(connection, provider_referrals.pairs(found))
            assert [each.stage for each in found] == [each.stage for each in shown]
            assert len({each.stage for each in found}) > 1
    async with visit(service, "p.worker", **NORTH) as page:
        await page.goto(f"{service.url}/pages/referrals?show=all")
        names: list[str] = []
        for number in (25, len(found) - 25):
            await expect(line(page)).to_have_count(number)
            names += await page.get_by_role("rowheader").get_by_role("link").all_inner_texts()
            if number == 25:
                assert await looked_at(page, "provider-all", "desktop") == []
                await page.get_by_role("link", name="Next page").click()
        assert len(set(names)) == len(names) == len(found)
        await expect(page.get_by_role("link", name="Next page")).to_have_count(0)
        await page.get_by_label("State").select_option("Stopped")
        await page.get_by_role("button", name="Show").click()
        await expect(line(page)).to_have_count(3)


async def places(service: PagesService) -> list[Any]:
    rows = await service.pool.fetch("SELECT capacity FROM offer WHERE offer = 'north-mediation'")
    return [*rows[0], *(await service.pool.fetch("SELECT agreed, families, note FROM stated_capacity"))]


@pytest.mark.parametrize(("size", "scripts"), [("phone", False), ("desktop", True)])
async def test_families_are_given_by_the_places_that_a_provider_states(
    service: PagesService, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    until = service.clock.now() + timedelta(days=30)
    async with visit(service, "m.anager", size, scripts=scripts, **{**MANAGER, "to": "/pages/places"}) as page:

        async def check(name: str) -> None:
            if scripts:
                assert await looked_at(page, name, size) == []

        await check("provider-places")
        await page.get_by_role("link", name="Change").click()
        await page.get_by_label("Some places").check()
        await page.get_by_role("button", name="Save the places").click()
        for text in ("Enter how many more families", "Enter the last day"):
            await expect(page.get_by_role("alert")).to_contain_text(text)
        await check("provider-offer-problem")
        await page.get_by_label("No place").check()
        for part, number in (("Day", until.day), ("Month", until.month), ("Year", until.year)):
            await page.get_by_label(part, exact=True).fill(str(number))
        await page.get_by_label("A note for the area (optional)").fill("Our mediator is on leave")
        await check("provider-offer")
        await page.get_by_role("button", name="Save the places").click()
        await expect(line(page)).to_contain_text(f"until {until:%-d %B %Y}: Our mediator is on leave")
        # Families now go elsewhere, and one whom the other service declines comes to nobody who has no place.
        await service.screened(family("F2", number=2))
        refused = update_json("referral-declined", case_id=str(some_id("case-F2")), reason="no-capacity")
        await service.updated(refused, provider="south")
        rows = await service.pool.fetch("SELECT provider, status FROM referral WHERE case_id = $1", some_id("case-F2"))
        assert [tuple(row) for row in rows] == [("south", "declined")]
        assert await service.state(some_id("case-F2")) == "awaiting-coordinator"
        async with visit(service, "r.malik", size, scripts=scripts, to=f"/pages/cases/{some_id('case-F2')}") as theirs:
            text = f"0 free places, said by the provider until {until:%-d %B %Y}: Our mediator is on leave"
            await expect(theirs.get_by_role("main")).to_contain_text(text)
            if scripts:
                assert await looked_at(theirs, "case-with-stated-places", size) == []
        # The directory says something else meanwhile, and what was stated goes on within it until its day.
        assert await places(service) == [1, (None, 1, "Our mediator is on leave")]
        await service.register(offered("north-mediation", "north", capacity=4))
        assert await places(service) == [1, (4, 1, "Our mediator is on leave")]
        await service.timers.move_to(until + timedelta(days=2))
        await service.timers.fire()
        assert await places(service) == [4]
    async with visit(service, "s.anager", **{**MANAGER, "provider": "south", "to": "/pages/places"}) as page:
        await expect(line(page)).to_contain_text("south-mediation")
        await page.goto(f"{service.url}/pages/places/north-mediation")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
    async with visit(service, "w.orker", **{**NORTH, "to": "/pages/places"}) as page:
        await expect(line(page)).to_contain_text("north-mediation")
        await expect(page.get_by_role("link", name="Change")).to_have_count(0)


@pytest.mark.parametrize(("size", "scripts"), [("phone", False), ("desktop", True)])
async def test_a_warning_is_read_by_whoever_holds_the_referral_and_by_nobody_else(
    service: PagesService, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    address = f"{service.url}/pages/referrals/{await referral(service)}"
    review = service.clock.now() + timedelta(days=30)
    async with visit(service, "one", size, scripts=scripts, **NORTH) as page:
        await page.goto(f"{address}/warnings")
        await expect(page.get_by_role("main")).to_contain_text("Take the referral in hand to read and write")
        await page.goto(address)
        await page.get_by_role("button", name="Take it").click()
        await page.get_by_role("link", name="Warnings: none").click()
        await expect(page.get_by_role("link", name="Report a safety concern")).to_be_visible()
        await page.get_by_role("button", name="Save the warning").click()
        await expect(page.get_by_role("alert")).to_contain_text("Enter what to know")
        if scripts:
            assert await looked_at(page, "provider-warning-problem", size) == []
        await page.get_by_label("What should a colleague know").fill("MARKED-DOG in the house")
        for part, number in (("Day", review.day), ("Month", review.month), ("Year", review.year)):
            await page.get_by_label(part, exact=True).fill(str(number))
        await page.get_by_role("button", name="Save the warning").click()
        await expect(page.get_by_text("MARKED-DOG in the house")).to_be_visible()
        if scripts:
            assert await looked_at(page, "provider-warnings", size) == []
        assert "MARKED-DOG" not in str([tuple(row) for row in await service.pool.fetch("SELECT * FROM warning_note")])
        await page.goto(address)
        await expect(page.get_by_role("link", name="1 warning to read before you meet")).to_be_visible()
    paths = [address, f"{address}/warnings", f"{service.url}/pages/referrals", f"{service.url}/pages/cases/{CASE}"]
    who: dict[str, Any] = {
        "two": NORTH,
        "s.worker": SOUTH,
        "s.manager": {**MANAGER, "provider": "south"},
        "r.malik": {},
    }
    for name, more in who.items():
        async with visit(service, name, size, scripts=scripts, **more) as page:
            for path in paths:
                assert "MARKED-DOG" not in await (await page.request.get(path)).text(), (name, path)
    async with visit(service, "boss", size, scripts=scripts, **MANAGER) as page:
        await page.goto(f"{address}/warnings")
        await page.get_by_role("button", name="Remove it").click()
        await expect(page.get_by_role("main")).to_contain_text("There is none.")


async def test_a_manager_sees_their_own_figures_and_never_those_of_the_only_other_provider(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    await service.pool.execute("UPDATE referral SET agreed_at = now() - interval '40 days'")
    async with visit(service, "m.anager", "desktop", scripts=True, **MANAGER) as page:
        await page.goto(f"{service.url}/pages/performance")
        await expect(page.get_by_role("row", name="Wait for your answer")).to_contain_text("1 of 1")
        await expect(page.get_by_role("main")).to_contain_text("is held back: they are too few")
        assert await looked_at(page, "provider-performance", "desktop") == []
        file = await page.request.get(f"{service.url}/pages/performance.csv")
        assert (await file.text()).splitlines()[1] == "Wait for your answer,1,1,100%,Held back,"
    async with visit(service, "w.orker", "phone", scripts=False, **NORTH) as page:
        await page.goto(f"{service.url}/pages/performance")
        await expect(page.get_by_role("heading", level=1)).to_have_text("You cannot see or do this")


@pytest.mark.parametrize(("size", "scripts"), [("phone", False), ("desktop", True)])
async def test_a_goal_is_agreed_in_somebodys_own_words_and_scored_at_the_end(
    service: PagesService, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    address = f"{service.url}/pages/referrals/{await referral(service)}"
    async with visit(service, "one", size, scripts=scripts, **NORTH) as page:
        await page.goto(f"{address}/goals")
        await expect(page.get_by_role("main")).to_contain_text("Goals are agreed and scored while you work")
        await page.goto(address)
        await page.get_by_role("button", name="Accept the referral").click()
        await page.get_by_role("link", name="goals, agreed now").click()
        await page.get_by_role("button", name="Save the goal").click()
        await expect(page.get_by_role("alert")).to_contain_text("Select whose goal it is")
        await page.get_by_label("Mother").check()
        await page.get_by_label("What do they want to be different").fill("MARKED-GOAL handovers without shouting")
        await page.get_by_label("How near are they now").fill("3")
        await page.get_by_role("button", name="Save the goal").click()
        await expect(page.get_by_text("MARKED-GOAL")).to_be_visible()
        await page.get_by_label("How near are they at the end").fill("12")
        await page.get_by_role("button", name="Save the score").click()
        await expect(page.get_by_role("alert")).to_contain_text("a whole number from 0 to 10")
        if scripts:
            assert await looked_at(page, "provider-goals-problem", size) == []
        await page.get_by_label("How near are they at the end").fill("8")
        await page.get_by_role("button", name="Save the score").click()
        await expect(page.get_by_role("main")).to_contain_text("8 of 10")
        if scripts:
            assert await looked_at(page, "provider-goals", size) == []
    assert "MARKED-GOAL" not in str([tuple(row) for row in await service.pool.fetch("SELECT * FROM goal")])
    for name, more in {"s.worker": SOUTH, "r.malik": {}}.items():
        async with visit(service, name, size, scripts=scripts, **more) as page:  # type: ignore[arg-type]
            for path in (f"{address}/goals", f"{service.url}/pages/cases/{CASE}"):
                assert "MARKED-GOAL" not in await (await page.request.get(path)).text(), (name, path)
    assert (await service.post("hold", None, CASE))[0] == 200
    async with visit(service, "one", size, scripts=scripts, **NORTH) as page:
        await page.goto(f"{address}/goals")
        assert "MARKED-GOAL" not in await page.content()
