"""The board's report as a page and as a file: of all areas and of one, with nothing small in it."""

import asyncio
import io
import re
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from services.outcomes.handlers.board_report import BoardReport
from tests.support.case_stories import AREA, Story
from tests.support.pages_service import AnyPagesService, serving_pages
from tests.support.screens import follow, looked_at

OTHER = "E06000045"
ANALYST: dict[str, Any] = {"roles": ["analyst"], "areas": [], "to": "/pages/outcomes/report"}
ADMINISTRATOR: dict[str, Any] = {"roles": ["area-administrator"], "areas": [AREA], "to": "/pages/outcomes/report"}
_SMALLEST = 5


def area(code: str, name: str) -> dict[str, Any]:
    signpost = {"name": "Somewhere"}
    entry = {"kind": "area", "id": code, "name": name, "universal_offer": signpost, "specialist_support": signpost}
    return {**entry, "smallest_group": _SMALLEST}


def story(code: str, *, starts: bool, completes: bool = False) -> Story:
    made = Story(area=code).screened().pass_days(2).agreed().accepted().pass_days(1).assessed().pass_days(4)
    if starts:
        made.session(1, ("yes", "late"))
    return made.pass_days(1).closed() if completes else made


@pytest_asyncio.fixture
async def service(databases: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[AnyPagesService]:
    """Thirty families in one area, twenty of whom came and ten completed, and two in another."""
    stack = (await databases("outcomes")).stack
    key_file = stack.service_environment("outcomes")["PARLEY_PSEUDONYM_KEY_FILE"]
    monkeypatch.setenv("PARLEY_PSEUDONYM_KEY_FILE", str(key_file))
    monkeypatch.setenv("PARLEY_STAR_FOLDER", str(tmp_path / "star"))
    monkeypatch.setenv("PARLEY_PUBLICATIONS_FOLDER", str(tmp_path / "publications"))
    async with serving_pages(databases, "outcomes", area(AREA, "Hampshire"), area(OTHER, "Southampton")) as opened:
        stories = [story(AREA, starts=number < 20, completes=number < 10) for number in range(30)]
        stories += [story(OTHER, starts=True) for _ in range(2)]
        for each in stories:
            for event in each.events:
                await opened.receive(event.topic or "", (str(event.case_id), event), source="test")
        board = next(run for run in opened.wiring.background if isinstance(getattr(run, "__self__", None), BoardReport))
        making: asyncio.Task[None] = asyncio.create_task(board())  # type: ignore[arg-type]  # it is a coroutine
        yield opened
        making.cancel()


async def made(page: Page, service: AnyPagesService) -> None:
    """Opens the report as somebody does who is told that it is being made."""
    chapters = page.get_by_role("navigation", name="Chapters")
    for _ in range(150):
        await page.goto(f"{service.url}/pages/outcomes/report")
        if await chapters.is_visible():
            return
        await expect(page.get_by_role("main")).to_contain_text("is being made")
        await page.wait_for_timeout(1000)
    raise AssertionError("the report was never made")


def table(page: Page, question: str, nth: int = 0) -> Any:
    return page.get_by_role("table", name=question).nth(nth)


async def test_an_administrator_reads_the_report_of_their_own_area_and_a_board_all_of_it(
    service: AnyPagesService, visit: Callable[..., Any]
) -> None:
    # Whoever looks first sees one area alone; the report is of everything all the same.
    async with visit(service, "ad.min", "desktop", scripts=False, **ADMINISTRATOR) as page:
        await made(page, service)
        await expect(page.get_by_role("heading", level=1)).to_have_text("What became of the families: Hampshire")
        assert await page.get_by_label("Of").locator("option").all_inner_texts() == ["Hampshire"]
        await expect(page.get_by_role("main")).not_to_contain_text("The tables of all areas")
        for path in (f"report?place={OTHER}", "report?place=all", "report?place=nowhere", "report.xlsx", "report.zip"):
            answer = await page.request.get(f"{service.url}/pages/outcomes/{path}")
            assert answer.status == 403, path
    found: list[str] = []
    async with visit(service, "an.alyst", "desktop", scripts=True, **ANALYST) as page:
        await page.goto(f"{service.url}/pages/outcomes/report")
        await expect(page.get_by_role("heading", level=1)).to_have_text("What became of the families: All areas")
        # 32 families with two parents each, of whom 22 came.
        started = table(page, "How many of the referred parents start?")
        await expect(started.locator("tbody")).to_contain_text(re.compile(r"69% \(\d\d% to \d\d%\): 44\s+64"))
        await expect(page.get_by_role("main")).to_contain_text("The national programme had 79%")
        await expect(page.get_by_role("heading", name="What it costs")).to_be_visible()
        await expect(page.get_by_role("main")).to_contain_text("What was spent cannot be shown here")
        found += await looked_at(page, "outcomes-report", "desktop", tall=3000)
        await page.get_by_label("Of").select_option("Southampton")
        await follow(page.get_by_role("button", name="Show"))
        await expect(page.get_by_role("heading", level=1)).to_have_text("What became of the families: Southampton")
        await expect(started.locator("tbody")).to_contain_text("held back")
        # What is left of all without the others would be theirs.
        await page.get_by_label("Of").select_option("Hampshire")
        await follow(page.get_by_role("button", name="Show"))
        await expect(started.locator("tbody")).to_contain_text("held back")
        file = await page.request.get(f"{service.url}/pages/outcomes/report.pdf?place={OTHER}")
        assert file.headers["content-type"] == "application/pdf"
        assert (await file.body()).startswith(b"%PDF-")
        assert OTHER in file.headers["content-disposition"]
        book = await page.request.get(f"{service.url}/pages/outcomes/report.xlsx")
        assert (await book.body()).startswith(b"PK")
        tables = zipfile.ZipFile(
            io.BytesIO(await (await page.request.get(f"{service.url}/pages/outcomes/report.zip")).body())
        )
        assert {"publication.json", "csv/datapackage.json", "csv/parents-started.csv"} <= {*tables.namelist()}
    async with visit(service, "an.alyst", "phone", scripts=True, **ANALYST) as page:
        found += await looked_at(page, "outcomes-report", "phone", tall=3000)
    assert found == []
