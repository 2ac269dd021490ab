"""A coordinator's day in a real browser: on a phone and a desk, with scripts and without, by keyboard alone."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.support.accessible import check_accessible
from tests.support.pages_service import PagesService, serving
from tests.support.referral_families import ASKING_AREA, some_id
from tests.support.referral_service import DIRECTORY, family

FIRST, SECOND = some_id("case-F1"), some_id("case-F2")


@pytest_asyncio.fixture
async def service(databases: Any) -> AsyncIterator[PagesService]:
    async with serving(databases, *DIRECTORY) as opened:
        await opened.screened(*(family(f"F{at}", area=ASKING_AREA, number=at, day=at) for at in (1, 2, 3)))
        yield opened


async def history(service: PagesService, case: Any) -> list[str]:
    rows = await service.pool.fetch("SELECT trigger FROM case_history WHERE case_id = $1 ORDER BY number", case)
    return [row["trigger"] for row in rows]


async def opens(page: Page, ref: str) -> None:
    await page.get_by_role("link", name=ref, exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Family {ref}")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("size", ["phone", "desktop"])
async def test_the_way_from_the_worklist_to_an_agreement_is_three_clicks(
    service: PagesService, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    async with visit(service, size=size, scripts=scripts) as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("Worklist")
        await opens(page, "F1")
        await page.get_by_label("Mediation: north-mediation").check()
        await page.get_by_role("button", name="Agree the referral").click()
        await expect(page.get_by_text("Offered to a provider", exact=True)).to_be_visible()
        assert await service.state(FIRST) == "offered"
        assert "referral-agreed" in await service.topics()
        # What is decided is on the timeline, with who decided it by name and no id.
        await expect(page.locator(".parley-timeline")).to_contain_text("Referral agreed")
        await expect(page.locator(".parley-timeline")).to_contain_text("r.malik (a coordinator)")
        assert "staff-" not in await page.content()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_a_form_without_an_answer_names_what_is_missing_and_does_nothing(
    service: PagesService, visit: Callable[..., Any], scripts: bool
) -> None:
    async with visit(service, scripts=scripts) as page:
        await opens(page, "F1")
        await page.get_by_role("link", name="Return for information").click()
        await page.get_by_role("button", name="Return to the referrer").click()
        summary = page.get_by_role("alert")
        await expect(summary).to_contain_text("Select what is missing")
        await summary.get_by_role("link").click()
        await expect(page.locator("[name=missing]").first).to_be_focused()
        if scripts:
            await check_accessible(page)
        assert await service.state(FIRST) == "awaiting-coordinator"
        await page.get_by_label("The children's views").check()
        await page.get_by_label("A safe way of contact for each parent").check()
        await page.get_by_role("button", name="Return to the referrer").click()
        await expect(page.locator(".govuk-tag").first).to_have_text("Returned for information")
        _, event = (await service.published())[-1]
        assert sorted(event["missing"]) == ["childs-views", "safe-way-of-contact"]


async def test_of_two_who_decide_at_once_one_wins_and_the_other_reads_why(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    # Where scripts run, mine would show at once what they did.
    async with visit(service, scripts=False) as mine, visit(service, "x.other") as theirs:
        await opens(mine, "F1")
        await opens(theirs, "F1")
        await theirs.get_by_role("link", name="Take it to the panel").click()
        await theirs.get_by_role("button", name="Take it to the panel").click()
        await mine.get_by_label("Mediation: north-mediation").check()
        await mine.get_by_role("button", name="Agree the referral").click()
        await expect(mine.get_by_role("heading", level=1)).to_have_text("Somebody was quicker")
        await expect(mine.get_by_role("main")).to_contain_text("Taken to the panel, by x.other")
        assert await service.state(FIRST) == "at-panel"
        await mine.get_by_role("link", name="Look at the case as it is now").click()
        await expect(mine.locator(".govuk-tag").first).to_have_text("At the panel")


async def test_a_form_that_is_sent_twice_counts_once(service: PagesService, visit: Callable[..., Any]) -> None:
    async with visit(service) as page:
        await opens(page, "F1")
        await page.get_by_label("Add a note").fill("Spoke with the school.\nThey call back.")
        # The same form twice, as after a lost answer; then by the way back.
        form = page.locator("form[action$='/notes']")
        fields = await form.evaluate("form => Array.from(new FormData(form)).map(([name, value]) => [name, value])")
        again = dict(fields)
        await page.get_by_role("button", name="Save the note").click()
        await expect(page.locator(".parley-note")).to_have_text("Spoke with the school.\nThey call back.")
        address = await form.get_attribute("action")
        answer = await page.request.post(
            f"{service.origin}{address}", form=again, headers={"Origin": service.origin}, max_redirects=0
        )
        assert answer.status == 303
        await page.reload()
        await expect(page.locator(".parley-note")).to_have_count(1)
        await page.go_back()
        await page.go_forward()
        await expect(page.locator(".parley-note")).to_have_count(1)
        await page.get_by_role("button", name="Take it in hand").dblclick(delay=10)
        await expect(page.get_by_text("This case is in your hands.")).to_be_visible()
    assert await service.pool.fetchval("SELECT count(*) FROM case_note") == 1
    assert await service.pool.fetchval("SELECT count(*) FROM assignment") == 1


async def test_a_sign_of_abuse_stops_the_case_and_comes_first(service: PagesService, visit: Callable[..., Any]) -> None:
    async with visit(service, size="phone") as page:
        await opens(page, "F3")
        await page.get_by_role("link", name="Stop for a sign of abuse").click()
        await check_accessible(page)
        await page.get_by_label("A parent told of it").check()
        await page.get_by_role("button", name="Stop the case now").click()
        await expect(page.locator(".govuk-tag").first).to_have_text("Stopped for safety")
        await expect(page.get_by_role("button", name="Agree the referral")).to_have_count(0)
        await check_accessible(page)
        await page.get_by_role("link", name="Worklist").first.click()
        await expect(page.get_by_role("rowheader").first).to_contain_text("F3")
        await page.get_by_role("link", name="Safety (1)").click()
        await expect(page.get_by_role("rowheader")).to_have_count(1)
        await check_accessible(page)


async def test_the_worklist_is_searched_filtered_and_paged(service: PagesService, visit: Callable[..., Any]) -> None:
    await service.screened(*(family(f"G{at}", area=ASKING_AREA, number=at, day=at) for at in range(10, 40)))
    async with visit(service) as page:
        await expect(page.get_by_role("table")).to_contain_text("33 cases wait")
        await check_accessible(page)
        await page.get_by_role("link", name="Next page").click()
        await expect(page.get_by_role("rowheader")).to_have_count(8)
        await page.get_by_role("textbox", name="reference").fill("f2")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_role("rowheader")).to_have_count(1)
        await opens(page, "F2")
        await page.get_by_role("button", name="Take it in hand").click()
        await page.get_by_role("link", name="Worklist").first.click()
        await page.get_by_label("In whose hands").select_option("Mine and covered")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_role("rowheader")).to_have_count(1)
        await expect(page.get_by_role("rowheader")).to_contain_text("F2")


async def test_everything_goes_by_keyboard_alone(service: PagesService, visit: Callable[..., Any]) -> None:
    async def tab_to(page: Page, text: str) -> None:
        for _ in range(80):
            await page.keyboard.press("Tab")
            here = await page.evaluate(
                "(e => (e.labels && e.labels[0] ? e.labels[0] : e).textContent.trim() + '|' "
                "+ getComputedStyle(e).outlineStyle + getComputedStyle(e).boxShadow)(document.activeElement)"
            )
            name, _, shown = here.partition("|")
            if name == text:
                assert shown != "nonenone", f"nobody sees where they are: {text}"
                return
        raise AssertionError(f"the keyboard does not get to {text}")

    async with visit(service) as page:
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.textContent") == "Skip to main content"
        await tab_to(page, "F1")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Family F1")
        await tab_to(page, "Mediation: north-mediation")
        await page.keyboard.press("Space")
        await tab_to(page, "Agree the referral")
        await page.keyboard.press("Enter")
        await expect(page.locator(".govuk-tag").first).to_have_text("Offered to a provider")
    assert await service.state(FIRST) == "offered"


async def test_a_session_that_has_ended_leads_to_the_sign_in_and_back(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    async with visit(service) as page:
        await opens(page, "F1")
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_text("You are signed out.")).to_be_visible()
        await check_accessible(page)
        await page.go_back()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Family F1")
        # The provider signs them in again by itself; the page is a new one.
        assert await service.pool.fetchval("SELECT count(*) FROM web.page_session") == 1
    assert await history(service, SECOND) == await history(service, FIRST)


async def test_what_was_written_is_not_lost_when_the_session_has_ended(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    async with visit(service) as page:
        await opens(page, "F1")
        await page.get_by_label("Add a note").fill("Spoke with the school.")
        await service.pool.execute("TRUNCATE web.page_session")
        await page.get_by_role("button", name="Save the note").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("You have been signed out")
        await expect(page.locator(".parley-note")).to_have_text("Spoke with the school.")
        await check_accessible(page)
        await page.get_by_role("link", name="Sign in and go back to the page").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Family F1")
    assert await service.pool.fetchval("SELECT count(*) FROM case_note") == 0
