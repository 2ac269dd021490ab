"""The worklist in a real browser: safety first whatever is filtered, and pages there and back."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.support.pages_service import PagesService, serving
from tests.support.referral_families import ASKING_AREA
from tests.support.referral_service import DIRECTORY, family
from tests.support.screens import follow, looked_at

_SEARCH = "reference"
_BOTH = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])


@pytest_asyncio.fixture
async def service(databases: Any) -> AsyncIterator[PagesService]:
    async with serving(databases, *DIRECTORY) as opened:
        names = [f"HF-{at}" for at in range(101, 132)]
        await opened.screened(*(family(name, area=ASKING_AREA, number=at, day=at) for at, name in enumerate(names, 1)))
        await opened.post("halt", {"source": "told-by-a-child"}, family("HF-131").case_id)
        await opened.post("refuse", {"reason": "other-support"}, family("HF-130").case_id)
        yield opened


async def families(page: Page) -> list[str]:
    links = page.get_by_role("rowheader").get_by_role("link")
    return [text.strip() for text in await links.all_inner_texts()]


async def shows(page: Page, **chosen: str) -> None:
    """Sends the filter with these choices."""
    for label, option in chosen.items():
        await page.get_by_label(label.replace("_", " "), exact=True).select_option(option)
    await follow(page.get_by_role("button", name="Show"))


@_BOTH
async def test_what_concerns_safety_comes_first_and_no_filter_leaves_it_out(
    service: PagesService, visit: Callable[..., Any], scripts: bool
) -> None:
    async with visit(service, scripts=scripts) as page:
        alerts = page.get_by_role("table").first
        for chosen in (
            {},
            {"In whose hands": "Mine and covered"},
            {"Urgency": "Raised"},
            {"State": "At the panel", "Agency": "Hampshire schools"},
            {"Order": "Newest first"},
        ):
            await page.goto(f"{service.url}/pages/worklist")
            await shows(page, **chosen)
            await expect(alerts).to_contain_text("Safety: see to this first")
            assert (await families(page))[0] == "HF-131", chosen
        await page.goto(f"{service.url}/pages/worklist")
        await page.get_by_role("textbox", name=_SEARCH).fill("hf-10")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_role("rowheader")).to_have_count(10)
        assert await families(page) == ["HF-131", *(f"HF-{at}" for at in range(101, 110))]


@_BOTH
@pytest.mark.parametrize("size", ["phone", "desktop"])
async def test_pages_are_gone_through_there_and_back(
    service: PagesService, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    async with visit(service, size=size, scripts=scripts) as page:
        first = [f"HF-{at}" for at in range(101, 126)]
        assert await families(page) == ["HF-131", *first]
        await page.get_by_role("link", name="Next page").click()
        await expect(page.get_by_role("rowheader")).to_have_count(5)
        assert await families(page) == ["HF-131", *(f"HF-{at}" for at in range(126, 130))]
        await expect(page.get_by_role("link", name="Next page")).to_have_count(0)
        await page.get_by_role("link", name="Previous page").click()
        await expect(page.get_by_role("rowheader")).to_have_count(26)
        assert await families(page) == ["HF-131", *first]
        await expect(page.get_by_role("link", name="Previous page")).to_have_count(0)
        # A case that is gone meanwhile moves no other onto a page twice.
        await service.post("refuse", {"reason": "other-support"}, family("HF-102").case_id)
        await page.get_by_role("link", name="Next page").click()
        await expect(page.get_by_role("rowheader")).to_have_count(5)
        if scripts:
            assert await looked_at(page, "worklist-page", size) == []


async def test_a_reference_is_found_also_where_the_case_waits_for_nobody_and_never_beyond_reach(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    refused = family("HF-130").case_id
    async with visit(service) as page:
        for wanted in ("HF-130", str(refused)):
            await page.goto(f"{service.url}/pages/worklist?q={wanted}")
            await expect(page.get_by_role("main")).to_contain_text("HF-130, Hampshire schools, Surrey: refused")
        assert await looked_at(page, "worklist-search", "desktop") == []
    async with visit(service, "e.lsewhere", areas=["E10000014"]) as page:
        for wanted in ("HF-130", str(refused), "HF-", "HF-131"):
            await page.goto(f"{service.url}/pages/worklist?q={wanted}")
            assert await families(page) == []
            assert "refused" not in await page.get_by_role("main").inner_text()


@_BOTH
async def test_every_family_that_waits_for_childrens_social_care_can_be_reached(
    service: PagesService, visit: Callable[..., Any], scripts: bool
) -> None:
    names = [f"HF-{at}" for at in range(101, 113)]
    for name in names:
        assert (await service.post("step-ups", {"reason": "they-ask"}, family(name).case_id))[0] == 200
    async with visit(service, scripts=scripts) as page:
        banner = page.get_by_role("region", name="Urgent: ask children")
        await expect(banner.get_by_role("listitem")).to_have_count(10)
        await expect(banner).to_contain_text("These 10 of 12 have waited longest")
        await banner.get_by_role("link", name="Show all 12").click()
        await expect(banner.get_by_role("listitem")).to_have_count(12)
        await expect(banner.get_by_role("link")).to_have_text(names)
        if scripts:
            assert await looked_at(page, "worklist-step-ups", "desktop") == []


async def test_an_address_that_makes_no_sense_shows_the_worklist(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    async with visit(service) as page:
        for asked in (
            "after=1-2-3",
            "after=0--5-x&before=",
            "state=nothing&sort=x&urgency=9",
            "q=%00%F0",
            "before=9-9-9",
        ):
            answer = await page.goto(f"{service.url}/pages/worklist?{asked}")
            assert answer is not None
            assert answer.status == 200, asked
            assert (await families(page))[0] == "HF-131"
