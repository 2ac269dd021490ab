"""What is closed is opened for a reason, in a real browser: a confidential contact, and a case of another area."""

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.support.front_door_form import AGENCY, AREA
from tests.support.front_door_pages import front_door
from tests.support.pages_service import AnyPagesService, PagesService, serving
from tests.support.referral_families import ASKING_AREA, some_id
from tests.support.referral_service import DIRECTORY, family
from tests.support.screening_records import parent, screening
from tests.support.screening_service import Screening
from tests.support.screens import looked_at

ELSEWHERE = "E06000001"
BOTH = pytest.mark.parametrize(("size", "scripts"), [("desktop", True), ("phone", False)])
HERS = {"phone": "07700 900111", "email": "hers@example.org", "role": "mother", "confidential_from_other_parent": True}
HIS = {"phone": "07700 900222", "email": "his@example.org", "role": "father"}


@pytest_asyncio.fixture
async def contacts(databases: Any, tmp_path: Path) -> AsyncIterator[AnyPagesService]:
    async with front_door(databases, tmp_path) as service:
        fed: Any = SimpleNamespace(pool=service.pool, keyring=service.keyring)
        screened = Screening(fed, tmp_path / "record-keys.json")
        await screened.register([AGENCY], [AREA])
        people = (
            parent("P1", "Ann", "Marked", "1981-02-03", **HERS),
            parent("P2", "Bob", "Other", "1982-02-03", **HIS),
        )
        await screened.send_each(screening(*people, family_ref="F-1"))
        yield service


@pytest_asyncio.fixture
async def cases(databases: Any) -> AsyncIterator[PagesService]:
    async with serving(databases, *DIRECTORY) as service:
        await service.screened(family("F1", area=ASKING_AREA))
        yield service


@BOTH
async def test_a_confidential_contact_is_shown_once_to_whoever_says_why(
    contacts: AnyPagesService, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    found: list[str] = []

    async def look(page: Page, name: str) -> None:
        found.extend(await looked_at(page, name, size) if scripts else [])

    case = await contacts.pool.fetchval("SELECT case_id FROM submission")
    to = f"/pages/cases/{case}/contacts"
    async with visit(contacts, "r.malik", size, scripts=scripts, to=to, areas=[AREA]) as page:
        main = page.get_by_role("main")
        await expect(main).to_contain_text(HIS["phone"])
        await expect(main).not_to_contain_text(HERS["phone"])
        await look(page, "contacts-closed")
        await page.get_by_role("button", name="Open it once").click()
        await expect(page.get_by_role("alert")).to_contain_text("Select why you open it")
        await look(page, "contacts-with-an-error")
        await page.get_by_role("alert").get_by_role("link").first.click()
        await page.get_by_label("A provider cannot reach them").check()
        await page.get_by_role("button", name="Open it once").click()
        # What was chosen stays, and only what is missing is asked for.
        await expect(page.get_by_role("alert")).to_have_text(re.compile(r"Enter in your own words why you open it\s*$"))
        await expect(page.get_by_label("A provider cannot reach them")).to_be_checked()
        await page.get_by_label("In your own words").fill("Three calls were not answered.")
        await page.get_by_role("button", name="Open it once").click()
        await expect(main).to_contain_text(HERS["phone"])
        await expect(main).to_contain_text("It is shown this once.")
        await look(page, "contacts-open")
        await page.goto(f"{contacts.url}{to}")
        await expect(main).not_to_contain_text(HERS["phone"])
    assert await contacts.pool.fetchval("SELECT count(*) FROM contact_opening") == 1
    assert found == []


@BOTH
async def test_a_case_is_opened_in_an_emergency_read_and_reviewed_by_somebody_else(
    cases: PagesService, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    found: list[str] = []

    async def look(page: Page, name: str) -> None:
        found.extend(await looked_at(page, name, size) if scripts else [])

    elsewhere = {"roles": ["team-manager"], "areas": [ELSEWHERE], "agency": "elsewhere"}
    async with visit(cases, "t.manager", size, scripts=scripts, to="/pages/emergency", **elsewhere) as page:
        main = page.get_by_role("main")
        await page.get_by_role("button", name="Open the case").click()
        await expect(page.get_by_role("alert")).to_contain_text("Enter the id of the case")
        await look(page, "emergency-with-an-error")
        await page.get_by_label("Id of the case").fill(str(some_id("case-F1")))
        await page.get_by_role("button", name="Open the case").click()
        await expect(page.get_by_role("alert")).to_contain_text("Select why you open it")
        await page.get_by_label("A child is at risk now").check()
        await page.get_by_label("What has happened, in your own words").fill("A neighbour rang: he is at the door.")
        await look(page, "emergency")
        await page.get_by_role("button", name="Open the case").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Family F1")
        await expect(main).to_contain_text("Opened in an emergency, to read, until")
        await look(page, "emergency-case")
    administrator = {"roles": ["area-administrator"], "areas": [ASKING_AREA]}
    async with visit(cases, "a.dmin", size, scripts=scripts, to="/pages/emergencies", **administrator) as page:
        main = page.get_by_role("main")
        await expect(main).to_contain_text("A neighbour rang")
        await page.get_by_role("button", name="Save the review").click()
        await expect(page.get_by_role("alert")).to_contain_text("Select what you found")
        await look(page, "emergencies-with-an-error")
        await page.get_by_label("In your own words").fill("The police were there.")
        await page.get_by_role("button", name="Save the review").click()
        await expect(page.get_by_label("In your own words")).to_have_value("The police were there.")
        await page.get_by_role("alert").get_by_role("link").first.click()
        await page.get_by_label("It was right to open it").check()
        await page.get_by_label("In your own words").fill("The police were there within minutes.")
        await page.get_by_role("button", name="Save the review").click()
        await expect(main).to_contain_text("It was right to open it: a.dmin")
        await look(page, "emergencies")
    assert found == []
