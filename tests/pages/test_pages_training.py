"""The trainer's pages: a session is arranged, booked, changed and attended, and each page can be used by everybody."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from tests.support.pages_service import serving_pages
from tests.support.screens import follow, looked_at
from tests.support.workforce_service import AREA, agency, area

TRAINER: dict[str, Any] = {"roles": ["trainer"], "areas": [AREA]}


async def _arranged(page: Page, url: str, day: date, places: int = 2) -> None:
    await page.goto(f"{url}/pages/arrange")
    await page.get_by_label("Engaging with parents").check()
    await page.get_by_label("On which days").fill(f"{day.day}/{day.month}/{day.year}")
    await page.get_by_label("In person").check()
    await page.get_by_label("Who delivers it").fill("amity")
    await page.get_by_label("How many places").fill(str(places))
    await follow(page.get_by_role("button", name="Arrange the session"))


async def _booked(page: Page, name: str) -> None:
    await page.get_by_role("button", name="Book a place").click()
    await page.get_by_label("Agency", exact=True).fill("schools")
    await page.get_by_label("What the agency knows the practitioner by").fill(name.replace(" ", ".").lower())
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Profession").select_option("teacher")
    await follow(page.get_by_role("button", name="Book the place"))


@pytest.mark.parametrize(("size", "scripts"), [("desktop", True), ("phone", False)])
async def test_a_session_from_its_arrangement_to_who_came(
    databases: Any, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    found: list[str] = []

    async def look(page: Page, name: str) -> None:
        # Axe needs scripts; the page without them is looked at as it is driven.
        if scripts:
            found.extend(await looked_at(page, name, size))

    async with serving_pages(databases, "workforce", area(), agency()) as service:
        today = service.clock.now().date()
        async with visit(service, "t.rainer", size, scripts=scripts, to="/pages/training", **TRAINER) as page:
            await page.goto(f"{service.url}/pages/arrange")
            await follow(page.get_by_role("button", name="Arrange the session"))
            await expect(page.get_by_role("alert")).to_contain_text("Select what is taught")
            await look(page, "training-arrange")
            await _arranged(page, service.url, today)
            await expect(page.get_by_role("main")).to_contain_text("2 of 2 free")
            for name in ("Amara Okoye", "Ben Hart", "Cara Lund"):
                await _booked(page, name)
            await expect(page.get_by_text("Waits for a place", exact=True)).to_have_count(1)
            await page.get_by_label("Number of places").fill("none")
            await page.get_by_role("button", name="Change the number").click()
            await expect(page.get_by_role("alert")).to_contain_text("a whole number")
            await page.get_by_label("Number of places").fill("3")
            await page.get_by_role("button", name="Change the number").click()
            await expect(page.get_by_text("Waits for a place", exact=True)).to_have_count(0)
            await look(page, "training-session")
            # Three people in four clicks: one who did not come, and all the others at once.
            await page.get_by_role("group", name="Whether Ben Hart came").get_by_label("Did not come").check()
            await page.get_by_role("button", name="Everybody came").click()
            await expect(page.get_by_text("Certificate")).to_have_count(2)
            await expect(page.locator("strong").get_by_text("Did not come")).to_have_count(1)
            await page.goto(f"{service.url}/pages/training")
            await look(page, "training")
            counts = await service.pool.fetch("SELECT status, count(*) AS n FROM place GROUP BY status")
            assert {row["status"]: row["n"] for row in counts} == {"completed": 2, "absent": 1}
    assert found == []


async def test_a_form_sent_twice_counts_once_and_who_has_no_right_sees_nobody(
    databases: Any, visit: Callable[..., Any]
) -> None:
    async with serving_pages(databases, "workforce", area(), agency()) as service:
        day = service.clock.now().date() + timedelta(days=30)
        async with visit(service, "t.rainer", to="/pages/training", **TRAINER) as page:
            await _arranged(page, service.url, day)
            session = page.url
            await follow(page.get_by_role("button", name="Book a place"))
            key, csrf = [await page.locator(f"form [name={each}]").last.input_value() for each in ("key", "csrf")]
            form = {"key": key, "csrf": csrf, "agency": "schools", "practitioner": "d.ray", "profession": "teacher"}
            for _ in range(2):
                answer = await page.request.post(
                    f"{session}/places", form=form, headers={"origin": service.origin}, max_redirects=0
                )
                assert answer.status == 303
            assert await service.pool.fetchval("SELECT count(*) FROM place") == 1
            await page.goto(session)
            await follow(page.get_by_role("link", name="Move the session"))
            await page.get_by_label("On which days").fill("1/2/2001")
            await page.get_by_role("button", name="Move the session").click()
            await expect(page.get_by_role("alert")).to_contain_text("none before today")
            later = day + timedelta(days=7)
            await page.get_by_label("On which days").fill(f"{later.day}/{later.month}/{later.year}")
            await page.get_by_label("Where it is held").fill("Room 4, Town Hall")
            assert await looked_at(page, "training-move", "desktop") == []
            await follow(page.get_by_role("button", name="Move the session"))
            await expect(page.get_by_role("main")).to_contain_text("Room 4, Town Hall")
            await expect(page.get_by_role("heading", level=1)).to_contain_text(f"{later.day} {later:%B}")
            await page.get_by_role("link", name="Call off the session").click()
            await page.get_by_role("button", name="Call it off").click()
            await expect(page.get_by_text("Called off", exact=True)).to_be_visible()
            await page.goto(f"{service.url}/pages/training/{uuid4()}")
            await expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
        for status, more in (
            (403, {"roles": ["practitioner"], "agency": "schools"}),
            (404, {"areas": ["E06000001"], "roles": ["trainer"]}),
        ):
            async with visit(service, "e.lse", scripts=False, to="/pages/training", **more) as page:
                answer = await page.goto(session)
                assert answer.status == status
                await expect(page.get_by_role("main")).not_to_contain_text("d.ray")


async def test_an_area_that_is_not_registered_is_a_page_that_names_it(
    databases: Any, visit: Callable[..., Any]
) -> None:
    unknown = "E06000001"
    async with serving_pages(databases, "workforce", area(), agency()) as service:
        more = TRAINER | {"areas": [AREA, unknown]}
        async with visit(service, "t.rainer", scripts=False, to="/pages/untrained", **more) as page:
            answer = await page.goto(f"{service.url}/pages/untrained?area={unknown}")
            assert answer.status == 404
            await expect(page.get_by_role("main")).to_contain_text(f"The area {unknown} must be a registered area")
