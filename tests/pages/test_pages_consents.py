"""Each parent's consents, from whom a case is withheld, wrap-around and reopening, in a real browser."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from shared.contracts.screening import ScreenedChild
from tests.support.pages_service import PagesService, serving
from tests.support.referral_families import C1, P1, P2, some_id
from tests.support.referral_service import DIRECTORY, family
from tests.support.screens import follow, looked_at

CASE = some_id("case-F1")


@pytest_asyncio.fixture
async def service(databases: Any) -> AsyncIterator[PagesService]:
    child = ScreenedChild(person_id=C1, ref="C1", age=9, takes_part=True, views_source="direct")
    async with serving(databases, *DIRECTORY) as opened:
        await opened.screened(family("F1", children=(child,)))
        yield opened


async def check(page: Page, name: str, size: str, scripts: bool) -> None:
    """What axe says needs scripts."""
    if scripts:
        assert await looked_at(page, name, size) == []


async def on_day(page: Page, day: str, month: str, year: str) -> None:
    for part, value in (("Day", day), ("Month", month), ("Year", year)):
        await page.get_by_label(part, exact=True).fill(value)


@pytest.mark.parametrize(("size", "scripts"), [("phone", False), ("desktop", True)])
async def test_one_parent_s_consents_are_recorded_and_taken_back_on_a_page_without_the_other(
    service: PagesService, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    given = service.clock.now().date() - timedelta(days=3)
    other = {"parent": str(P2), "purpose": "evaluation", "given_on": given.isoformat(), "notice_version": "THEIRS-9"}
    assert (await service.post("consents", other, CASE))[0] == 200
    to = f"/pages/cases/{CASE}"
    async with visit(service, size=size, scripts=scripts, to=to) as page:
        await follow(page.get_by_role("link", name="alone: record a consent").first)
        for theirs in ("THEIRS-9", str(P2)):
            assert theirs not in await page.get_by_role("main").inner_html()
        await page.get_by_role("button", name="Record a consent").click()
        await page.get_by_role("button", name="Save the consent").click()
        await expect(page.get_by_role("alert")).to_contain_text("Select what they agree to")
        await expect(page.get_by_role("alert")).to_contain_text("Enter the day on which they said so")
        await check(page, "consents-record", size, scripts)
        await page.get_by_label("Child taking part").check()
        await on_day(page, "2", "4", "2041")
        await page.get_by_role("button", name="Save the consent").click()
        await expect(page.get_by_role("alert")).to_contain_text("must not be in the future")
        await on_day(page, str(given.day), str(given.month), str(given.year))
        await page.get_by_role("button", name="Save the consent").click()
        row = page.get_by_role("row").filter(has_text="Child taking part")
        await expect(row).to_contain_text(f"{given.day} {given:%B %Y}")
        await expect(row).to_contain_text("holds until")
        await expect(row).to_contain_text("r.malik")
        await check(page, "consents", size, scripts)

        await page.get_by_role("link", name="Child taking part").click()
        await page.get_by_role("button", name="Record that it is taken back").click()
        await expect(row).to_contain_text("taken back on")
        assert await service.state(CASE) == "offered", "nothing else has changed"

        await page.get_by_role("link", name="The referral", exact=True).click()
        await expect(page.get_by_text("Everything stops, also at a provider")).to_be_visible()
        await check(page, "consents-stop", size, scripts)
        await page.get_by_role("button", name="Stop the referral").click()
        await expect(page.get_by_role("row").filter(has_text="The referral")).to_contain_text("taken back on")
    assert await service.state(CASE) == "closed"
    rows = await service.pool.fetch("SELECT person_id FROM consent WHERE purpose = 'child-participation'")
    assert {row["person_id"] for row in rows} == {P1}


async def test_whoever_is_no_parent_of_the_case_has_no_page_of_consents(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    at = f"{service.url}/pages/cases/{CASE}/parents"
    async with visit(service) as page:
        for nobody in (0, 3):
            answer = await page.goto(f"{at}/{nobody}/consents")
            assert answer.status == 404
    async with visit(service, "e.where", areas=["E06000001"]) as page:
        assert (await page.goto(f"{at}/1/consents")).status == 404
    async with visit(service, "p.teacher", roles=["practitioner"], agency="hants-schools", areas=[]) as page:
        assert (await page.goto(f"{at}/1/consents")).status == 403


async def test_a_case_is_withheld_from_an_agency_and_shown_to_it_again(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    async with visit(service, to=f"/pages/cases/{CASE}") as page:
        await page.get_by_role("link", name="Withhold it from members of the panel").click()
        await page.get_by_role("button", name="Withhold it from somebody").click()
        await page.get_by_label("They work with a parent").check()
        await page.get_by_role("button", name="Withhold the case").click()
        await expect(page.get_by_role("alert")).to_contain_text("Select from whom, or enter an agency")
        await check(page, "conflict-new", "desktop", scripts=True)
        await page.get_by_label("Or from an agency").fill("county-police")
        await page.get_by_role("button", name="Withhold the case").click()
        await expect(page.get_by_role("rowheader")).to_have_text("county-police")
        await check(page, "conflicts", "desktop", scripts=True)
        assert await service.pool.fetchval("SELECT count(*) FROM panel_conflict WHERE lifted_at IS NULL") == 1
        await page.get_by_role("button", name="Show it to them again").click()
        await expect(page.get_by_role("button", name="Show it to them again")).to_have_count(0)
        assert await service.pool.fetchval("SELECT count(*) FROM panel_conflict WHERE lifted_at IS NULL") == 0


async def test_a_coordinator_records_a_wrap_around_contact(service: PagesService, visit: Callable[..., Any]) -> None:
    await service.days_pass(3)
    async with visit(service, to=f"/pages/cases/{CASE}") as page:
        await follow(page.get_by_role("link", name="Record that a wrap-around practitioner"))
        await check(page, "wrap-around", "desktop", scripts=True)
        await page.get_by_role("radio").first.check()
        await on_day(page, "2", "4", "2025")
        await page.get_by_label("At what time?").fill("14:30")
        await page.get_by_role("button", name="Save it").click()
        await expect(page.locator(".parley-timeline")).to_contain_text("Wrap-around practitioner spoke with a parent")
    detail = await service.pool.fetchval("SELECT detail FROM case_history WHERE trigger = 'wrap-around-contact'")
    assert detail == str(P1)


@pytest.mark.parametrize(("size", "scripts"), [("phone", False), ("desktop", True)])
async def test_a_family_is_stepped_up_to_children_s_social_care_and_comes_back(
    service: PagesService, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    async with visit(service, size=size, scripts=scripts, to=f"/pages/cases/{CASE}") as page:
        await page.get_by_role("link", name="Step up to children's social care").click()
        await page.get_by_role("button", name="Step it up").click()
        await page.get_by_role("button", name="Record the step-up").click()
        await expect(page.get_by_role("alert")).to_contain_text("Select why")
        await page.get_by_label("This support is not enough").check()
        await page.get_by_role("button", name="Record the step-up").click()
        await expect(page.get_by_text("Not yet; the case is on hold")).to_be_visible()
        assert await service.state(CASE) == "on-hold"
        await expect(page.get_by_role("button", name="Step it up")).to_have_count(0)
        await check(page, "step-up", size, scripts)
        await page.get_by_role("button", name="They have acknowledged it").click()
        await expect(page.get_by_text("Not yet: ask them")).to_have_count(0)
        await page.get_by_role("link", name="It has come back").click()
        await page.get_by_label("This support goes on").check()
        await check(page, "step-up-back", size, scripts)
        await page.get_by_role("button", name="Save what became of it").click()
        await expect(page.get_by_text(": This support goes on")).to_be_visible()
        assert await service.state(CASE) == "offered"
