"""Coordinators among themselves: cases given to a colleague, cover for leave, who waits for which offer."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.support.pages_service import PagesService, serving
from tests.support.referral_families import AREA, ASKING_AREA
from tests.support.referral_service import DIRECTORY, area, family, offered
from tests.support.screens import looked_at

NAMES = ("HF-1", "HF-2", "HF-3")
_BOTH = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
TODAY = datetime.now(UTC).date()


@pytest_asyncio.fixture
async def service(databases: Any) -> AsyncIterator[PagesService]:
    async with serving(databases, *DIRECTORY) as opened:
        await opened.screened(*(family(name, area=ASKING_AREA, number=at, day=at) for at, name in enumerate(NAMES, 1)))
        yield opened


async def holders(service: PagesService) -> dict[str, Any]:
    rows = await service.pool.fetch("SELECT family_ref, holder FROM referral_case")
    names = await service.app.state.staff.names_of([row["holder"] for row in rows if row["holder"]])
    return {row["family_ref"]: names.get(row["holder"], "").partition(" ")[0] for row in rows}


async def gives(page: Page, *names: str, to: str, why: str = "To share the work out") -> None:
    for name in names:
        await page.get_by_label(f"Select {name}", exact=True).check()
    await page.get_by_role("button", name="Give the selected cases").click()
    await page.get_by_label(to).check()
    await page.get_by_label(why).check()


async def day(page: Page, legend: str, value: date) -> None:
    group = page.get_by_role("group", name=legend)
    for label, part in (("Day", value.day), ("Month", value.month), ("Year", value.year)):
        await group.get_by_label(label).fill(str(part))


@_BOTH
@pytest.mark.parametrize("size", ["phone", "desktop"])
async def test_selected_cases_are_given_to_a_colleague_and_each_has_a_line_of_what_became_of_it(
    service: PagesService, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    async with visit(service, "x.other"), visit(service, size=size, scripts=scripts) as page:
        await gives(page, *NAMES, to="x.other")
        # Meanwhile somebody else takes one in hand, and one is gone to where nobody reaches it.
        await service.post("claim", {}, family("HF-2").case_id)
        await service.pool.execute("UPDATE referral_case SET area = 'E1' WHERE family_ref = 'HF-3'")
        await page.get_by_role("button", name="Give the cases").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("What became of each case")
        report = page.get_by_role("row")
        await expect(page.get_by_role("main")).to_contain_text("1 of 3 cases is now in the hands of x.other")
        await expect(report.filter(has_text="HF-1")).to_contain_text("Done")
        await expect(report.filter(has_text="HF-2")).to_contain_text("Meanwhile a.coordinator has it in hand.")
        await expect(report.filter(has_text="There is no case with this id.")).to_have_count(1)
        await expect(report.filter(has_text="HF-3")).to_have_count(0)
        if scripts:
            assert await looked_at(page, "cases-given", size) == []
    assert (await holders(service))["HF-1"] == "x.other"
    [row] = await service.pool.fetch("SELECT given_by, reason FROM assignment WHERE given_by IS NOT NULL")
    names = await service.app.state.staff.names_of([row["given_by"]])
    assert names[row["given_by"]].startswith("r.malik")
    assert row["reason"] == "workload"


async def test_a_case_goes_to_nobody_who_is_no_coordinator_of_its_area(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    async with visit(service, "e.lsewhere", areas=[AREA]), visit(service) as page:
        await gives(page, "HF-1", to="e.lsewhere")
        assert await looked_at(page, "give-cases", "desktop") == []
        await page.get_by_role("button", name="Give the cases").click()
        await expect(page.get_by_role("main")).to_contain_text("e.lsewhere is not known as a coordinator of this case")
        assert (await holders(service))["HF-1"] == ""
        # What is missing is said, and nothing of the selection is lost.
        await page.goto(f"{service.url}/pages/worklist")
        await page.get_by_label("Select HF-2", exact=True).check()
        await page.get_by_role("button", name="Give the selected cases").click()
        await page.get_by_role("button", name="Give the cases").click()
        await expect(page.get_by_role("alert")).to_contain_text("Select who takes the cases")
        await expect(page.get_by_role("rowheader")).to_contain_text("HF-2")


async def test_what_is_in_ones_hands_is_given_back_as_a_single_case_is(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    async with visit(service) as page:
        await service.post("claim", {}, family("HF-2").case_id)
        await page.goto(f"{service.url}/pages/cases/{family('HF-1').case_id}")
        await page.get_by_role("button", name="Take it in hand").click()
        await page.goto(f"{service.url}/pages/worklist")
        await gives(page, "HF-1", "HF-2", to="Nobody: give back")
        await page.get_by_role("button", name="Give the cases").click()
        await expect(page.get_by_role("main")).to_contain_text("1 of 2 cases was given back")
        await expect(page.get_by_role("row").filter(has_text="HF-2")).to_contain_text("not in your hands")
    assert (await holders(service))["HF-1"] == ""


async def test_what_is_selected_stays_selected_while_the_page_follows(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    async with visit(service) as page:
        await page.get_by_label("Select HF-3", exact=True).check()
        await service.post("refuse", {"reason": "other-support"}, family("HF-1").case_id)
        await expect(page.get_by_role("rowheader")).to_have_count(2)
        assert await page.get_by_label("Select HF-3", exact=True).is_checked()
        assert not await page.get_by_label("Select HF-2", exact=True).is_checked()


@_BOTH
async def test_whoever_covers_sees_the_cases_among_their_own_until_it_ends(
    service: PagesService, visit: Callable[..., Any], scripts: bool
) -> None:
    async with visit(service, "x.other") as theirs, visit(service, scripts=scripts) as mine:
        await mine.goto(f"{service.url}/pages/cases/{family('HF-1').case_id}")
        await mine.get_by_role("button", name="Take it in hand").click()
        await mine.goto(f"{service.url}/pages/cover")
        await mine.get_by_role("button", name="Name who covers").click()
        await expect(mine.get_by_role("alert")).to_contain_text("Select who covers")
        await mine.get_by_label("x.other").check()
        await day(mine, "First day", TODAY)
        await day(mine, "Last day", TODAY - timedelta(days=1))
        await mine.get_by_role("button", name="Name who covers").click()
        await expect(mine.get_by_role("alert")).to_contain_text("The last day must be the first day or after it")
        await day(mine, "Last day", TODAY + timedelta(days=7))
        await mine.get_by_role("button", name="Name who covers").click()
        await expect(mine.get_by_role("rowheader").first).to_have_text("You")
        if scripts:
            assert await looked_at(mine, "cover", "desktop") == []

        await theirs.goto(f"{service.url}/pages/worklist?whose=mine")
        await expect(theirs.get_by_role("rowheader")).to_contain_text("HF-1")
        await expect(theirs.get_by_role("main")).to_contain_text("You cover for r.malik.")
        assert await looked_at(theirs, "worklist-covering", "desktop") == []
        # It ends by itself: who has the case in hand never changed.
        await service.pool.execute("UPDATE cover SET begins = begins - 9, ends = ends - 9")
        await theirs.goto(f"{service.url}/pages/worklist?whose=mine")
        await expect(theirs.get_by_role("rowheader")).to_have_count(0)
        await expect(theirs.get_by_role("main")).not_to_contain_text("You cover for")
        await service.pool.execute("UPDATE cover SET begins = begins + 9, ends = ends + 9")
        await theirs.goto(f"{service.url}/pages/cover")
        await theirs.get_by_role("button", name="End it now").first.click()
        await theirs.goto(f"{service.url}/pages/worklist?whose=mine")
        await expect(theirs.get_by_role("rowheader")).to_have_count(0)
    assert (await holders(service))["HF-1"] == "r.malik"


async def test_an_administrator_names_cover_for_whoever_fell_ill_and_a_coordinator_for_themselves_alone(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    async with visit(service), visit(service, "x.other"):
        pass
    to = "/pages/cover"
    async with visit(service, "a.dmin", roles=["area-administrator"], areas=[ASKING_AREA], to=to) as page:
        await page.get_by_role("group", name="Who is away?").get_by_label("r.malik").check()
        await page.get_by_role("group", name="Who covers?").get_by_label("x.other").check()
        await day(page, "First day", TODAY)
        await day(page, "Last day", TODAY)
        await page.get_by_role("button", name="Name who covers").click()
        await expect(page.get_by_role("rowheader")).to_have_text("r.malik")
        await expect(page.get_by_role("row").last).to_contain_text("Surrey")
        assert await looked_at(page, "cover-administrator", "desktop") == []
    async with visit(service, "t.hird", to=to) as page:
        await expect(page.get_by_role("group", name="Who is away?")).to_have_count(0)
        await expect(page.get_by_role("button", name="End it now")).to_have_count(0)


@pytest.mark.parametrize("size", ["phone", "desktop"])
async def test_who_waits_for_which_offer_and_is_taken_off_its_list(
    service: PagesService, visit: Callable[..., Any], size: str
) -> None:
    full = offered("north-mediation", "north", capacity=1, priority=1)
    await service.register(area(AREA) | {"when_full": "waiting-list"}, full)
    await service.screened(*(family(name, number=at) for at, name in enumerate(("alder", "birch", "cedar"), 20)))
    async with visit(service, size=size, to="/pages/waiting-lists") as page:
        await expect(page.get_by_role("main")).to_contain_text("0 of 1 places free")
        rows = page.get_by_role("rowheader")
        await expect(rows).to_have_count(2)
        await expect(rows.first).to_contain_text("birch")
        assert await looked_at(page, "waiting-lists", size) == []
        await page.get_by_role("link", name="Take off the list birch").click()
        await page.get_by_role("button").last.click()
        await page.goto(f"{service.url}/pages/waiting-lists")
        await expect(rows).to_have_count(1)
        await expect(rows.first).to_contain_text("cedar")
    async with visit(service, "e.lsewhere", areas=[ASKING_AREA], to="/pages/waiting-lists") as page:
        await expect(page.get_by_role("rowheader")).to_have_count(0)
        await expect(page.get_by_role("main")).to_contain_text("Nobody of your areas waits.")
