"""A case opened in an emergency, read while it is open, and reviewed by whoever administers its area, in a browser."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.support.pages_service import serving
from tests.support.referral_families import ASKING_AREA, some_id
from tests.support.referral_service import DIRECTORY, family
from tests.support.screens import looked_at

CASE = some_id("case-F1")
ELSEWHERE = "E06000001"
ADMINISTRATOR: dict[str, Any] = {"roles": ["area-administrator"], "areas": [ASKING_AREA]}
WORDS = "A neighbour rang: the child is alone."


@pytest.mark.parametrize(("size", "scripts"), [("desktop", True), ("phone", False)])
async def test_what_was_opened_in_an_emergency_is_reviewed_once_by_somebody_else_of_the_area(
    databases: Any, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    found: list[str] = []

    async def look(page: Page, name: str) -> None:
        # Axe needs scripts; the page without them is looked at as it is driven.
        if scripts:
            found.extend(await looked_at(page, name, size))

    async with serving(databases, *DIRECTORY) as service:
        await service.screened(family("F1", area=ASKING_AREA))
        async with visit(
            service, "n.eighbour", size, scripts=scripts, to="/pages/emergency", areas=[ELSEWHERE]
        ) as page:
            await page.get_by_label("Id of the case").fill("F1")
            await page.get_by_role("button", name="Open the case").click()
            await expect(page.get_by_role("alert")).to_contain_text("Enter the id of the case")
            await look(page, "emergency")
            await page.get_by_label("Id of the case").fill(str(CASE))
            await page.get_by_label("A child is at risk now").check()
            await page.get_by_label("What has happened").fill(WORDS)
            await page.get_by_role("button", name="Open the case").click()
            await expect(page.get_by_role("heading", level=1)).to_have_text("Family F1")
            await expect(page.get_by_role("main")).to_contain_text("Opened in an emergency, to read, until")
            await look(page, "emergency-case")
            read = page.url
        async with visit(service, "a.dmin", size, scripts=scripts, to="/pages/emergencies", **ADMINISTRATOR) as page:
            main = page.get_by_role("main")
            await expect(page.get_by_role("heading", level=2)).to_have_text(f"Case {CASE}")
            await expect(main).to_contain_text("n.eighbour")
            await expect(main).to_contain_text("A child is at risk now.")
            await expect(main).to_contain_text(WORDS)
            # To review that a case was opened opens it to nobody.
            await page.goto(read)
            await expect(page.get_by_role("heading", level=1)).not_to_have_text("Family F1")
            await page.goto(f"{service.url}/pages/emergencies")
            await page.get_by_label("In your own words").fill("Rang the neighbour.")
            await page.get_by_role("button", name="Save the review").click()
            await expect(page.get_by_role("alert").first).to_contain_text("Select what you found")
            # What was typed is still there.
            await expect(page.get_by_label("In your own words")).to_have_value("Rang the neighbour.")
            await look(page, "emergencies-with-an-error")
            await page.get_by_label("It was right to open it").check()
            await page.get_by_role("button", name="Save the review").click()
            await expect(main).to_contain_text("It was right to open it: a.dmin")
            await expect(main).to_contain_text("Rang the neighbour.")
            # A review is given once.
            await expect(page.get_by_role("button", name="Save the review")).to_have_count(0)
            await look(page, "emergencies")
        assert await service.pool.fetchval("SELECT count(*) FROM emergency_access WHERE finding = 'justified'") == 1
        async with visit(
            service, "e.lse", scripts=False, to="/pages/emergencies", **ADMINISTRATOR | {"areas": [ELSEWHERE]}
        ) as page:
            await expect(page.get_by_role("main")).to_contain_text("No case of your areas was opened in an emergency.")
    assert found == []
