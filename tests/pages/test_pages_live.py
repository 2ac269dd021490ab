"""What one person does is on the screen of another without a reload; what they type there stays."""

import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest_asyncio
from playwright.async_api import Page, expect

from tests.support.pages_service import PagesService, serving
from tests.support.referral_families import AREA, ASKING_AREA, some_id
from tests.support.referral_service import DIRECTORY, family

FIRST = some_id("case-F1")
_STREAM = re.compile(r"/changes\?of=")


@pytest_asyncio.fixture
async def service(databases: Any) -> AsyncIterator[PagesService]:
    async with serving(databases, *DIRECTORY) as opened:
        await opened.screened(*(family(f"F{at}", area=ASKING_AREA, number=at, day=at) for at in (1, 2)))
        yield opened


async def follows(page: Page, address: str) -> None:
    """Opens a page, and waits until it would hear of a change."""
    async with page.expect_response(_STREAM), page.expect_response(lambda each: "hx-request" in each.request.headers):
        await page.goto(address)


async def test_a_change_in_one_browser_is_in_the_others_by_itself_and_what_is_typed_stays(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    async with visit(service, "r.malik") as mine, visit(service, "s.jones") as hers, visit(service, "k.lee") as lists:
        await follows(hers, f"{service.url}/pages/cases/{FIRST}")
        await follows(lists, f"{service.url}/pages/worklist")
        await hers.get_by_label("Add a note").fill("Not sent yet")
        await hers.evaluate("window.loadedOnce = true")
        await mine.goto(f"{service.url}/pages/cases/{FIRST}")
        await mine.get_by_role("button", name="Take it in hand").click()
        # Here the machine has other things to do; `parley bench --only pages` holds it to a second.
        await expect(hers.get_by_text("in the hands of r.malik")).to_be_visible(timeout=5_000)
        await expect(lists.locator("tr", has_text="F1").get_by_text("r.malik")).to_be_visible(timeout=5_000)
        assert await hers.evaluate("window.loadedOnce") is True
        await expect(hers.get_by_label("Add a note")).to_have_value("Not sent yet")
        await expect(hers.get_by_label("Add a note")).to_be_focused()


async def test_nobody_hears_of_what_they_may_not_see(service: PagesService, visit: Callable[..., Any]) -> None:
    addresses = f"/referral/changes?of=/pages/cases/{FIRST}", "/referral/changes?of=/pages/worklist"
    async with visit(service, None) as page:
        await page.goto(f"{service.origin}/")
        assert await page.evaluate("a => fetch(a).then(r => r.status)", addresses[0]) == 401
    async with visit(service, "a.nalyst", roles=["analyst"]) as page:
        assert await page.evaluate("a => fetch(a).then(r => r.status)", addresses[1]) == 403
        assert await page.evaluate("a => fetch(a).then(r => r.status)", "/referral/changes?of=/metrics") == 404
        async with visit(service, "of.elsewhere", areas=[AREA]) as page, visit(service, "r.malik") as mine:
            await follows(page, f"{service.url}/pages/worklist")
            await follows(mine, f"{service.url}/pages/worklist")
            fetched: list[str] = []
            page.on("request", lambda each: fetched.append(each.url))
            await service.post("claim", {}, FIRST)
            await expect(mine.locator("tr", has_text="F1").get_by_text("a.coordinator")).to_be_visible()
            assert fetched == []
            # What is in their area comes after it, and they hear of that.
            async with page.expect_response(lambda each: "hx-request" in each.request.headers):
                await service.screened(family("F9", area=AREA, number=9, day=3))
