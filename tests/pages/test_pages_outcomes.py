"""The indicators as an analyst, a board member and an administrator see them: charts, tables, words and files."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from services.outcomes.handlers.board_report import BoardReport
from services.outcomes.handlers.own_counts import OwnCounts
from tests.support.case_stories import AREA, Story
from tests.support.pages_service import AnyPagesService, serving_pages
from tests.support.screens import follow, looked_at

OTHER, THIRD, FOURTH, FIFTH = "E06000045", "E06000044", "E06000035", "E06000043"
ANALYST: dict[str, Any] = {"roles": ["analyst"], "areas": [], "to": "/pages/outcomes"}
ADMINISTRATOR: dict[str, Any] = {"roles": ["area-administrator"], "areas": [AREA], "to": "/pages/outcomes"}
PAGES = ("", "/flow", "/waiting", "/change", "/fathers", "/again", "/areas")
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
    names = {AREA: "Hampshire", OTHER: "Southampton", THIRD: "Portsmouth", FOURTH: "Medway", FIFTH: "Brighton"}
    entries = [area(code, name) for code, name in names.items()]
    async with serving_pages(databases, "outcomes", *entries) as opened:
        stories = [story(AREA, starts=number < 20, completes=number < 10) for number in range(30)]
        stories += [story(OTHER, starts=True) for _ in range(2)]
        for each in stories:
            for event in each.events:
                await opened.receive(event.topic, (str(event.case_id), event), source="test")
        makers = [getattr(run, "__self__", None) for run in opened.wiring.background]
        runs = [asyncio.create_task(each.run()) for each in makers if isinstance(each, BoardReport | OwnCounts)]
        yield opened
        for run in runs:
            run.cancel()


async def _made(page: Page) -> None:
    """Looks at the page again until what is due is in it."""
    for _ in range(200):
        await page.reload()
        if not await page.get_by_text("Newer numbers are being made").is_visible():
            return
        await page.wait_for_timeout(1000)
    raise AssertionError("the report was never made")


async def _rows(page: Page) -> dict[str, list[str]]:
    rows = await page.locator("tbody tr").all()
    found = {}
    for row in rows:
        cells = await row.locator("td").all_inner_texts()
        found[await row.locator("th").inner_text()] = cells
    return found


@pytest.mark.parametrize(("size", "scripts"), [("desktop", True), ("phone", False)])
async def test_an_analyst_reads_each_indicator_and_no_small_count(
    service: AnyPagesService, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    found: list[str] = []
    async with visit(service, "an.alyst", size, scripts=scripts, **ANALYST) as page:
        await _made(page)
        for path in PAGES:
            await page.goto(f"{service.url}/pages/outcomes{path}")
            await expect(page.get_by_role("navigation", name="Indicators")).to_be_visible()
            if scripts:
                found += await looked_at(page, f"outcomes{path.replace('/', '-')}", size)
        await expect(page.locator("tbody tr")).to_have_count(5)
        rows = await _rows(page)
        # Two families, four parents: they are held back, and so is what would give them away.
        assert rows["Southampton"][0] == "held back"
        assert rows["Hampshire"][0] == "held back"
        await page.goto(f"{service.url}/pages/outcomes")
        assert (await _rows(page))["Referred to a service"][0] == "64"
        await expect(page.get_by_role("main")).to_contain_text("fewer than 5")
        await expect(page.get_by_role("main")).to_contain_text("Known until")
        await expect(page.get_by_role("main")).to_contain_text("the same for every reader")
        await page.get_by_label("Of").select_option("Southampton")
        await follow(page.get_by_role("button", name="Show"))
        assert (await _rows(page))["Referred to a service"][0] == "held back"
        file = await page.request.get(f"{service.url}/pages/outcomes/funnel.csv?place={OTHER}")
        assert file.headers["content-type"].startswith("text/csv")
        header, first, *_ = (await file.text()).splitlines()
        assert header.endswith(",Known until")
        assert first.startswith("Referred to a service,held back")
        answer = await page.request.get(f"{service.url}/pages/outcomes?place=nowhere")
        assert answer.status == 422
    assert found == []


async def test_an_administrator_reads_every_count_of_their_own_area_alone(
    service: AnyPagesService, visit: Callable[..., Any]
) -> None:
    async with visit(service, "ad.min", **ADMINISTRATOR) as page:
        await expect(page.get_by_role("link", name="Outcomes")).to_be_visible()
        await _made(page)
        assert (await _rows(page))["Started"][0] == "40"
        await expect(page.get_by_role("main")).to_contain_text("not to be passed on")
        assert await looked_at(page, "outcomes-administrator", "desktop") == []
        await page.goto(f"{service.url}/pages/outcomes/areas")
        assert list(await _rows(page)) == ["Hampshire"]
        before = await _rows(page)
        late = story(AREA, starts=True)
        for event in late.events:
            await service.receive(event.topic, (str(event.case_id), event), source="test")
        await page.reload()
        # Whoever could look every minute would see each family come.
        assert await _rows(page) == before
        for path in (*PAGES, "/funnel.csv"):
            for place in (OTHER, "all"):
                answer = await page.request.get(f"{service.url}/pages/outcomes{path}?place={place}")
                assert answer.status == 403, path
                assert "Southampton" not in await answer.text()
    async with visit(service, "s.omebody", roles=["practitioner"], agency="schools", to="/pages/outcomes") as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("You cannot see or do this")


async def test_areas_are_plotted_between_the_limits_of_chance_but_those_held_back(
    service: AnyPagesService, visit: Callable[..., Any]
) -> None:
    # What protects the few of Southampton is held back as well, so there are two more than are plotted.
    for code, starting in ((THIRD, 24), (FOURTH, 18), (FIFTH, 20)):
        for number in range(36):
            for event in story(code, starts=number < starting, completes=number < 12).events:
                await service.receive(event.topic, (str(event.case_id), event), source="test")
    found: list[str] = []
    for size in ("desktop", "phone"):
        async with visit(service, "an.alyst", size, scripts=True, **ANALYST) as page:
            await page.goto(f"{service.url}/pages/outcomes/areas")
            await _made(page)
            plot = page.get_by_role("img", name="Of the parents who were referred, how many started, by area")
            await expect(plot).to_be_visible()
            table = page.get_by_role("table", name="Of the parents who were referred, how many started, by area")
            await expect(table).not_to_contain_text("Southampton")
            points = await plot.locator("circle").count()
            assert points == await table.locator("tbody tr").count() >= 2
            await expect(page.get_by_role("main")).to_contain_text("not a verdict on the area")
            found += await looked_at(page, "outcomes-areas-plot", size, tall=2600)
    assert found == []
    async with visit(service, "ad.min", **ADMINISTRATOR) as page:
        await page.goto(f"{service.url}/pages/outcomes/areas")
        await expect(page.get_by_role("main")).not_to_contain_text("not a verdict")
