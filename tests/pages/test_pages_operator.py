"""The operator's pages: how every service is, what could not be read, and nothing of what was in it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import orjson
import pytest
from playwright.async_api import Locator, Page, expect

from shared.contracts.administration import NoticeSet
from tests.support.overseen_services import MARKED, overseeing
from tests.support.pages_service import serving_pages
from tests.support.screens import follow, looked_at
from tests.support.workforce_service import AREA, area

OPERATOR: dict[str, Any] = {"roles": ["operator"], "areas": []}
TRAINER: dict[str, Any] = {"roles": ["trainer"], "areas": [AREA]}


@pytest.mark.parametrize(("size", "scripts"), [("desktop", True), ("phone", False)])
async def test_a_dead_letter_from_the_overview_to_its_second_retry(
    databases: Any, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    found: list[str] = []

    async def look(page: Page, name: str) -> None:
        assert MARKED not in await page.content()
        # Axe needs scripts; the page without them is looked at as it is driven.
        if scripts:
            found.extend(await looked_at(page, name, size))

    async with overseeing(databases) as (service, overseen):
        await overseen.receives()
        async with visit(service, "o.perator", size, scripts=scripts, to="/pages/machinery", **OPERATOR) as page:
            main = page.get_by_role("main")
            await expect(main).to_contain_text("1 of 2 services is not ready")
            # Whoever is silent stands first.
            await expect(page.get_by_role("row").nth(1)).to_contain_text("families")
            await expect(page.get_by_role("row").nth(1)).to_contain_text("No answer")
            await expect(page.get_by_role("row").nth(2)).to_contain_text("Look at it")
            await look(page, "operator-machinery")
            await page.get_by_role("link", name="1 of workforce").click()
            await expect(main).to_contain_text("parents.0.name: must be given")
            await look(page, "operator-dead-letters")
            await follow(page.get_by_role("table").get_by_role("link"))
            letter = page.url
            await page.get_by_role("button", name="Try it again").click()
            await expect(main).to_contain_text("still cannot be read")
            await page.get_by_role("button", name="Give it up").click()
            await expect(page.get_by_role("alert").first).to_contain_text("Select why it is given up")
            await look(page, "operator-dead-letter")
            overseen.mended = True
            await page.get_by_role("button", name="Try it again").click()
            await expect(main).to_contain_text("It was read, and has taken effect")
            assert overseen.read == 1
            # Each attempt is there with whoever made it.
            await expect(main).to_contain_text("Tried again by o.perator")
            await page.goto(f"{service.url}/pages/audit")
            await expect(main).to_contain_text("families did not answer")

            def line(name: str) -> Locator:
                return page.get_by_role("table").last.get_by_role("row").filter(has_text=name)

            async def checked() -> None:
                # The page that follows has the same address: without waiting, the one before is still looked at.
                async with page.expect_navigation():
                    await page.get_by_role("button", name="Check all of them").click()
                while await page.get_by_text("A check is under way").count():
                    await page.wait_for_timeout(100)
                    async with page.expect_navigation():
                        await page.get_by_role("link", name="Look again").click()

            await checked()
            # By its text: on a phone a row is a card whose name has the columns' names as well.
            await expect(line("workforce")).to_contain_text("It holds")
            await expect(line("families")).to_contain_text("Not finished")
            await look(page, "operator-audit")
            # An entry that an earlier check saw is gone: the end was cut off.
            await service.pool.execute("UPDATE audit_check SET sequence = 99999 WHERE service = 'workforce'")
            await checked()
            await expect(line("workforce")).to_contain_text("Does not hold")
            await expect(line("workforce")).to_contain_text("Entry 99999")
            await page.goto(f"{service.url}/pages/dead-letters/workforce/{uuid4()}")
            await expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
            await page.goto(letter.replace("workforce", "families"))
            await expect(main).to_contain_text("families does not answer")
    assert found == []


async def test_what_somebody_else_has_seen_to_meanwhile_is_not_done_twice(
    databases: Any, visit: Callable[..., Any]
) -> None:
    async with overseeing(databases) as (service, overseen):
        await overseen.receives()
        async with visit(service, "o.perator", to="/pages/dead-letters", **OPERATOR) as page:
            await page.get_by_role("table").get_by_role("link").click()
            async with visit(service, "o.ther", to="/pages/dead-letters", **OPERATOR) as other:
                await other.get_by_role("table").get_by_role("link").click()
                await other.get_by_label("It was a test").check()
                await other.get_by_role("button", name="Give it up").click()
                await expect(other.get_by_role("main")).to_contain_text("It is given up.")
            overseen.mended = True
            await page.get_by_role("button", name="Try it again").click()
            await expect(page.get_by_role("main")).to_contain_text("somebody else has seen to it")
            assert overseen.read == 0


async def test_nobody_but_the_operator_looks_at_the_machinery(databases: Any, visit: Callable[..., Any]) -> None:
    async with overseeing(databases) as (service, overseen):
        await overseen.receives()
        (letter,) = await overseen.pool.fetch("SELECT id FROM dead_letter")
        for more in ({"roles": ["coordinator"]}, {"roles": ["area-administrator"]}):
            async with visit(service, "e.lse", scripts=False, to="/pages/machinery", **more) as page:
                for path in ("machinery", "audit", "dead-letters", f"dead-letters/workforce/{letter['id']}"):
                    answer = await page.goto(f"{service.url}/pages/{path}")
                    assert answer.status == 403, path
                    await expect(page.get_by_role("link", name="How Parley runs")).to_have_count(0)


@pytest.mark.parametrize(("size", "scripts"), [("desktop", True), ("phone", False)])
async def test_a_downtime_is_set_and_shown_on_another_service_s_pages_until_it_is_ended(
    databases: Any, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    found: list[str] = []

    async def look(page: Page, name: str) -> None:
        if scripts:
            found.extend(await looked_at(page, name, size))

    async with serving_pages(databases, "administration") as service:
        async with visit(service, "o.perator", size, scripts=scripts, to="/pages/notices", **OPERATOR) as page:
            await page.get_by_label("Heading").fill("Parley is not there on Sunday")
            await page.get_by_label("Day, until when it is shown").fill("31/2/2027")
            await page.get_by_label("Time, until when it is shown").fill("8pm")
            await page.get_by_role("button", name="Set the message").click()
            await expect(page.get_by_role("alert")).to_contain_text("Enter the day until when it is shown")
            # What was typed is still there.
            await expect(page.get_by_label("Heading")).to_have_value("Parley is not there on Sunday")
            await look(page, "operator-notices-with-an-error")
            until = datetime.now(UTC) + timedelta(days=2)
            for kind, title in (
                ("A time in which", "Parley is not there on Sunday"),
                ("Something new", "You see more"),
            ):
                await page.goto(f"{service.url}/pages/notices")
                await page.get_by_label(kind).check()
                await page.get_by_label("Heading").fill(title)
                await page.get_by_label("What people should know").fill("From 6pm to 8pm.\nRing us if it is urgent.")
                await page.get_by_label("Day, until when it is shown").fill(f"{until.day}/{until.month}/{until.year}")
                await page.get_by_label("Time, until when it is shown").fill("8pm")
                await page.get_by_role("button", name="Set the message").click()
                await expect(page.get_by_role("main")).to_contain_text("It is set.")
            await expect(page.get_by_role("main")).to_contain_text("Set by o.perator")
            events = [NoticeSet.model_validate(orjson.loads(row["value"])) for row in await _sent(service)]
            assert len(events) == 2
            assert {each.shown_until.astimezone(ZoneInfo("Europe/London")).hour for each in events} == {20}
            await page.wait_for_timeout(2_100)  # What was read before is shown for two seconds.
            await page.goto(f"{service.url}/pages/notices")
            await look(page, "operator-notices")
        async with serving_pages(databases, "workforce", area()) as other:
            await other.receive("notices", *((str(each.notice_id), each) for each in events), source="administration")
            async with visit(other, "t.rainer", size, scripts=scripts, to="/pages/training", **TRAINER) as page:
                banner = page.get_by_role("region", name="Interruption to Parley")
                await expect(banner).to_contain_text("Parley is not there on Sunday")
                await page.get_by_role("link", name="See what is new in Parley").click()
                await expect(page.get_by_role("heading", level=2, name="You see more")).to_be_visible()
                await look(page, "whats-new")
                # Whoever is not signed in reads when Parley is there, too.
                await page.goto(f"{other.url}/start")
                await expect(banner).to_be_visible()
            async with visit(service, "o.perator", to="/pages/notices", **OPERATOR) as page:
                await page.get_by_role("button", name="End it now for Parley is not there").click()
                await expect(page.get_by_role("main")).to_contain_text("It is not shown any more.")
            ended = [NoticeSet.model_validate(orjson.loads(row["value"])) for row in await _sent(service)][2:]
            await other.receive("notices", *((str(each.notice_id), each) for each in ended), source="administration")
            async with visit(other, "t.rainer", size, scripts=scripts, to="/pages/training", **TRAINER) as page:
                await page.wait_for_timeout(2_100)
                await page.goto(f"{other.url}/pages/training")
                await expect(page.get_by_role("region", name="Interruption to Parley")).to_have_count(0)
                await expect(page.get_by_role("link", name="See what is new in Parley")).to_be_visible()
    assert found == []


async def _sent(service: Any) -> Any:
    return await service.pool.fetch("SELECT value FROM outbox WHERE topic = 'notices' ORDER BY id")
