"""What is closed is opened for a reason, in a real browser: a confidential contact."""

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
from tests.support.pages_service import AnyPagesService
from tests.support.screening_records import parent, screening
from tests.support.screening_service import Screening
from tests.support.screens import looked_at

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


@BOTH
async def test_a_confidential_contact_is_shown_once_to_whoever_gives_a_reason(
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
