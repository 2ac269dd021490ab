"""The panel in a real browser: planned, heard and decided by the coordinator's hand, and what its members see."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from services.referral.web.pages.panel.words import ROLES
from tests.support.pages_service import PagesService, serving
from tests.support.referral_families import ASKING_AREA, some_id
from tests.support.referral_service import DIRECTORY, family
from tests.support.screens import follow, looked_at

FIRST, SECOND = some_id("case-F1"), some_id("case-F2")
TO: dict[str, Any] = {"to": "/pages/panel", "areas": [ASKING_AREA]}
MEMBERS = (
    ("Ada Council", "council", "coordinator"),
    ("Bo Police", "county-police", "police"),
    ("Cy Safe", "safe-lives", "domestic-abuse"),
)


@pytest_asyncio.fixture
async def service(databases: Any) -> AsyncIterator[PagesService]:
    async with serving(databases, *DIRECTORY) as opened:
        await opened.screened(*(family(f"F{at}", area=ASKING_AREA, number=at, day=at) for at in (1, 2)))
        yield opened


async def at_a_meeting(service: PagesService, *cases: Any) -> dict[str, str]:
    """Members, a meeting, and these cases on its agenda; the ids of the members by their agency, and the meeting's."""
    ids = {}
    for name, agency, role in MEMBERS:
        body = {"area": ASKING_AREA, "agency": agency, "role": role, "name": name}
        ids[agency] = (await service.http.post("/panel/members", json=body)).json()["member_id"]
    body = {"area": ASKING_AREA, "first": "2041-04-08"}
    ids["meeting"] = (await service.http.post("/panel/meetings", json=body)).json()["items"][0]["meeting_id"]
    for case in cases:
        assert (await service.post("to-panel", None, case))[0] == 200
    return ids


async def save(page: Page, button: str) -> None:
    await follow(page.get_by_role("button", name=button))


async def check(page: Page, name: str, size: str, scripts: bool) -> None:
    """What axe says needs scripts."""
    if scripts:
        assert await looked_at(page, name, size) == []


@pytest.mark.parametrize(("size", "scripts"), [("phone", False), ("desktop", True)])
async def test_a_case_goes_through_a_meeting_from_its_planning_to_the_minutes(
    service: PagesService, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    assert (await service.post("to-panel", None, FIRST))[0] == 200
    async with visit(service, size=size, scripts=scripts, **TO) as page:
        await page.get_by_role("link", name="Members of the panel").click()
        for name, agency, role in MEMBERS:
            await page.get_by_role("button", name="Add a member").click()
            await page.get_by_label("Full name").fill(name)
            await page.get_by_label("Which agency are they from?").fill(agency)
            await page.get_by_label(ROLES[role]).check()
            await save(page, "Add the member")
        await expect(page.get_by_role("rowheader")).to_have_count(len(MEMBERS))
        await check(page, "panel-members", size, scripts)

        await page.goto(f"{service.url}/pages/panel")
        await page.get_by_role("button", name="Plan meetings").click()
        await save(page, "Plan the meetings")
        await expect(page.get_by_role("alert")).to_contain_text("Enter the day of the first meeting")
        await check(page, "panel-plan", size, scripts)
        for part, value in (("Day", "8"), ("Month", "4"), ("Year", "2041")):
            await page.get_by_label(part, exact=True).fill(value)
        await page.get_by_label("How many meetings?").fill("2")
        await save(page, "Plan the meetings")
        await expect(page.get_by_role("rowheader")).to_have_text(["8 April 2041", "22 April 2041"])
        await check(page, "panel", size, scripts)

        await page.get_by_role("link", name="8 April 2041").click()
        await page.get_by_role("link", name="Record who is there").click()
        await page.get_by_label("Ada Council").check()
        await page.get_by_label("Bo Police").check()
        await save(page, "Save who is there")
        await expect(page.get_by_role("list").filter(has_text="Ada Council")).to_contain_text("Bo Police")
        await check(page, "panel-meeting", size, scripts)

        await page.get_by_role("link", name="1. Family F1").click()
        await page.get_by_role("link", name="Record a member").click()
        await page.get_by_label("Bo Police").check()
        await page.get_by_label("Agree with an offer").check()
        await page.get_by_label("In their own words").fill("Nothing is known of them.")
        await save(page, "Save the view")
        await expect(page.locator(".parley-note")).to_have_text("Nothing is known of them.")
        await check(page, "panel-case", size, scripts)

        await page.get_by_role("link", name="Decline the referral").click()
        await page.get_by_label("Ada Council").check()
        await save(page, "The panel declines it")
        await expect(page.get_by_role("alert")).to_contain_text("Select why the panel declines it")
        await expect(page.get_by_label("Ada Council")).to_be_checked()
        await check(page, "panel-decision", size, scripts)
        await page.get_by_label("The service is not appropriate for this family").check()
        await page.get_by_label("Minutes").fill("All were heard.")
        await save(page, "The panel declines it")
        await expect(page.get_by_text("Decline the referral, ")).to_be_visible()
        assert await service.state(FIRST) == "refused"
        await expect(page.get_by_role("link", name="Agree with an offer")).to_have_count(0)

        await page.get_by_role("link", name="The meeting", exact=True).click()
        await page.get_by_role("link", name="Minutes, to print").click()
        main = page.get_by_role("main")
        for text in (
            "1. Family F1",
            "All were heard.",
            "Ada Council, coordinator (council)",
            "Nothing is known of them.",
        ):
            await expect(main).to_contain_text(text)
        await check(page, "panel-minutes", size, scripts)


async def test_a_member_s_agenda_and_minutes_have_nothing_of_what_is_withheld_from_them(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    ids = await at_a_meeting(service, FIRST, SECOND)
    conflict = {"agency": "county-police", "reason": "works-with-a-parent"}
    assert (await service.http.post(f"/cases/{FIRST}/conflicts", json=conflict)).status_code == 200
    at = f"{service.url}/pages/panel/meetings/{ids['meeting']}"
    async with visit(service, **TO) as page:
        await page.goto(at)
        await expect(page.get_by_role("rowheader")).to_have_text(["1. Family F1", "2. Family F2"])
        await page.get_by_label("Whose agenda", exact=True).select_option(ids["county-police"])
        await save(page, "Show")
        await expect(page.get_by_role("rowheader")).to_have_text(["1. Case"])
        for hidden in (str(FIRST), "F1", "F2"):
            assert hidden not in await page.get_by_role("main").inner_html()
        await check(page, "panel-meeting-of-a-member", "desktop", scripts=True)
        answer = await page.goto(f"{at}/cases/{FIRST}?member={ids['county-police']}")
        assert answer.status == 404
        answer = await page.goto(f"{at}?member={some_id('nobody')}")
        assert answer.status == 404, "an unknown member sees no agenda, and not everybody's"
        await page.goto(f"{at}/cases/{FIRST}")
        await expect(page.get_by_text("Withheld from county-police")).to_be_visible()
        await page.get_by_role("link", name="Record a member").click()
        await expect(page.get_by_label("Ada Council")).to_be_visible()
        await expect(page.get_by_label("Bo Police")).to_have_count(0)


async def test_a_sign_at_the_panel_stops_the_case_without_a_quorum_and_keeps_it_from_being_agreed(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    ids = await at_a_meeting(service, FIRST)
    at = f"/panel/meetings/{ids['meeting']}"
    await service.http.post(f"{at}/attendance", json={"members": [ids["council"], ids["county-police"]]})
    view = {"member": ids["county-police"], "recommendation": "specialist-pathway"}
    assert (await service.http.post(f"{at}/cases/{FIRST}/views", json=view)).status_code == 200
    async with visit(service, **TO) as page:
        await page.goto(f"{service.url}/pages{at}/cases/{FIRST}")
        await page.get_by_role("link", name="Agree with an offer").click()
        await page.get_by_label("Ada Council").check()
        await page.get_by_label("Mediation: north-mediation").check()
        await save(page, "The panel agrees")
        await expect(page.get_by_role("main")).to_contain_text("a member recommends the specialist pathway")
        assert await service.state(FIRST) == "at-panel"
        await follow(page.get_by_role("link", name="Look at the case at the panel"))
        await follow(page.get_by_role("link", name="Specialist support, and stop the case"))
        await check(page, "panel-stop", "desktop", scripts=True)
        await page.get_by_label("Ada Council").check()
        await save(page, "Stop the case now")
        await expect(page.get_by_text("Stopped for safety")).to_be_visible()
    assert await service.state(FIRST) == "halted"


async def test_a_member_of_the_panel_sees_when_it_meets_and_nothing_of_a_case(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    ids = await at_a_meeting(service, FIRST)
    async with visit(service, "b.police", **{**TO, "roles": ["panel-member"]}) as page:
        await expect(page.get_by_role("rowheader")).to_have_text(["8 April 2041"])
        await expect(page.get_by_role("link", name="8 April 2041")).to_have_count(0)
        await expect(page.get_by_role("button", name="Plan meetings")).to_have_count(0)
        await expect(page.get_by_role("navigation").get_by_role("link", name="Panel")).to_be_visible()
        await check(page, "panel-of-a-member", "desktop", scripts=True)
        at = f"{service.url}/pages/panel"
        for path in (f"meetings/{ids['meeting']}", f"meetings/{ids['meeting']}/cases/{FIRST}", "members", "plan"):
            answer = await page.goto(f"{at}/{path}")
            assert answer.status == 403, path
            assert "F1" not in await page.content()


async def test_a_meeting_that_is_cancelled_passes_its_agenda_on(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    ids = await at_a_meeting(service, FIRST)
    await service.http.post("/panel/meetings", json={"area": ASKING_AREA, "first": "2041-04-22"})
    async with visit(service, **TO) as page:
        await page.get_by_role("link", name="8 April 2041").click()
        await page.get_by_role("link", name="Cancel the meeting").click()
        await save(page, "Cancel the meeting")
        await expect(page.get_by_text("Nothing is on the agenda.")).to_be_visible()
        await page.get_by_role("link", name="The panel", exact=True).click()
        await page.get_by_role("link", name="22 April 2041").click()
        await expect(page.get_by_role("rowheader")).to_have_text(["1. Family F1"])
    elsewhere = {**TO, "areas": ["E06000001"]}
    async with visit(service, "e.where", **elsewhere) as page:
        answer = await page.goto(f"{service.url}/pages/panel/meetings/{ids['meeting']}")
        assert answer.status == 404
