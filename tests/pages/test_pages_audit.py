"""What somebody sees and does on pages is in the audit, and nobody sees what is not."""

from collections.abc import Callable
from typing import Any

from playwright.async_api import expect

from tests.support.pages_service import serving
from tests.support.recorded import RecordedInMemory
from tests.support.referral_families import ASKING_AREA, some_id
from tests.support.referral_service import DIRECTORY, family

CASE = some_id("case-F1")


async def test_what_is_seen_and_done_on_pages_is_recorded(databases: Any, visit: Callable[..., Any]) -> None:
    async with serving(databases, *DIRECTORY) as service:
        await service.screened(family("F1", area=ASKING_AREA))
        service.app.state.recorder = recorded = RecordedInMemory()
        # A page that follows what changes would be fetched once more.
        async with visit(service, scripts=False) as page:
            await page.get_by_role("link", name="F1", exact=True).click()
            await page.get_by_role("button", name="Take it in hand").click()
            await expect(page.get_by_text("This case is in your hands.")).to_be_visible()
            asked = [(entry.access.action, entry.access.outcome) for entry in recorded.entries]
            assert asked == [
                ("worklist.read", "allowed"),
                ("cases.read", "allowed"),
                ("cases.claim", "allowed"),
                ("cases.read", "allowed"),
            ]
            assert {entry.access.subjects.cases for entry in recorded.entries} == {(CASE,)}
            assert len({entry.access.who for entry in recorded.entries}) == 1
        async with visit(service, "e.where", scripts=False, areas=["E06000001"]) as page:
            await page.goto(f"{service.url}/pages/cases/{CASE}")
            await expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
            assert (recorded.last.action, recorded.last.outcome) == ("cases.read", "not-found")
            recorded.failure = OSError("no disk")
            answer = await page.goto(f"{service.url}/pages/worklist")
            assert answer.status == 503
            await expect(page.get_by_role("main")).not_to_contain_text("F1")
