"""Families that may be one, in a real browser: what agrees and never what it is; joined, kept apart, separated."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.support.families_service import ANNA, AREA, BEN, OTHER_AREA, SECRETS, Families, case_of
from tests.support.pages_service import AnyPagesService, serving_pages
from tests.support.screens import follow, looked_at

# Of these tests alone: in one stack, whoever is erased is erased for every test.
OWN = "as-pages-show-it"
_SIGNPOSTS = {"universal_offer": {"name": "Courses"}, "specialist_support": {"name": "Helpline"}}
AREAS = [
    {"kind": "area", "id": code, "name": name, **_SIGNPOSTS}
    for code, name in ((AREA, "Hampshire"), (OTHER_AREA, "Worcestershire"))
]
TO: dict[str, Any] = {"to": "/pages/likenesses", "areas": [AREA]}


@pytest_asyncio.fixture
async def sealing(databases: Any, monkeypatch: pytest.MonkeyPatch) -> Families:
    """What screening would seal."""
    database = await databases("families")
    monkeypatch.setenv(
        "PARLEY_LINKAGE_KEY_FILE", database.stack.service_environment("families")["PARLEY_LINKAGE_KEY_FILE"]
    )
    return Families(database, await databases("screening"))


@pytest_asyncio.fixture
async def service(databases: Any, sealing: Families) -> AsyncIterator[AnyPagesService]:
    async with serving_pages(databases, "families", *AREAS) as opened:
        yield opened


async def screened(
    service: AnyPagesService, sealing: Families, agency: str, *parents: dict[str, Any], **more: Any
) -> None:
    events = await sealing.sealed(agency, *parents, family_ref=OWN, **more)
    keyed = ((str(event.case_id), event) for event in events)
    await service.receive("parent-identity-sealed", *keyed, source="screening")


async def check(page: Page, name: str, size: str, scripts: bool) -> None:
    """What axe says needs scripts."""
    if scripts:
        assert await looked_at(page, name, size) == []


@pytest.mark.parametrize(("size", "scripts"), [("phone", False), ("desktop", True)])
async def test_a_person_compares_two_families_and_joins_them_for_a_reason(
    service: AnyPagesService, sealing: Families, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    await screened(service, sealing, "hants-schools", ANNA, BEN)
    await screened(service, sealing, "hants-mash", ANNA)
    async with visit(service, "r.malik", size, scripts=scripts, **TO) as page:
        await expect(page.get_by_role("rowheader")).to_have_count(1)
        await check(page, "likenesses", size, scripts)
        await page.get_by_role("link", name="hants-mash and hants-schools").click()
        await expect(page.get_by_role("row").filter(has_text="given name")).to_contain_text("The same")
        content = (await page.content()).casefold()
        assert [secret for secret in (*SECRETS, OWN) if secret in content] == []
        await check(page, "likeness", size, scripts)
        await page.get_by_role("link", name="They are one family").click()
        await page.get_by_role("button", name="Join the two").click()
        await expect(page.get_by_role("alert")).to_contain_text("Select why")
        await check(page, "likeness-decide", size, scripts)
        await page.get_by_label("They are the same people").check()
        await page.get_by_role("button", name="Join the two").click()
        await expect(page.get_by_text("One family", exact=True)).to_be_visible()
        timeline = page.locator(".parley-timeline")
        await expect(timeline).to_contain_text("Joined by a person")
        await expect(timeline).to_contain_text("r.malik")
        # A second tab's form, sent late.
        await page.goto(f"{page.url}/reject")
        await page.get_by_label("They are relatives").check()
        await page.get_by_role("button", name="Keep them apart").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("This cannot be done now")

        await page.goto(f"{service.url}/pages/families/{case_of('hants-mash', OWN)}")
        await expect(page.get_by_role("rowheader")).to_have_text(["hants-mash", "hants-schools"])
        await check(page, "joined-family", size, scripts)
        await page.get_by_role("link", name="Separate this case from the family").click()
        await page.get_by_label("They were joined by mistake").check()
        await page.get_by_role("button", name="Separate it").click()
        await expect(page.get_by_role("rowheader")).to_have_text(["hants-mash"])
        await expect(page.locator(".parley-timeline")).to_contain_text("Separated")


async def test_families_of_two_areas_are_noted_and_never_joined(
    service: AnyPagesService, sealing: Families, visit: Callable[..., Any]
) -> None:
    await screened(service, sealing, "hants-schools", ANNA, BEN)
    await screened(service, sealing, "north-schools", ANNA, BEN, area=OTHER_AREA)
    async with visit(service, **TO) as page:
        await page.get_by_role("rowheader").get_by_role("link").click()
        await expect(page.get_by_role("link", name="They are one family")).to_have_count(0)
        at = page.url
        await page.goto(f"{at}/confirm")
        await page.get_by_label("They are the same people").check()
        await page.get_by_role("button", name="Join the two").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("This cannot be done now")
        await page.goto(at)
        await page.get_by_role("link", name="The coordinators of both areas have spoken").click()
        await page.get_by_label("The coordinators of both areas have spoken").check()
        await page.get_by_role("button", name="Note it").click()
        await expect(page.get_by_text("Noted, in two areas")).to_be_visible()
    async with visit(service, "e.where", to="/pages/likenesses", areas=["E06000001"]) as page:
        await expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
        assert (await page.goto(at)).status == 404
        assert (await page.goto(f"{service.url}/pages/families/{case_of('hants-schools', OWN)}")).status == 404
    async with visit(service, "p.teacher", **{**TO, "roles": ["practitioner"], "agency": "hants-schools"}) as page:
        answer = await page.goto(at)
        assert answer.status == 403


async def test_a_form_that_is_sent_twice_decides_once(
    service: AnyPagesService, sealing: Families, visit: Callable[..., Any]
) -> None:
    await screened(service, sealing, "hants-schools", ANNA, BEN)
    await screened(service, sealing, "hants-mash", ANNA)
    async with visit(service, scripts=False, **TO) as page:
        await page.get_by_role("rowheader").get_by_role("link").click()
        await page.get_by_role("link", name="They are two families").click()
        await page.get_by_label("One parent has a new partner").check()
        form = page.locator("form[action$='/reject']")
        fields = dict(
            await form.evaluate("form => Array.from(new FormData(form)).map(([name, value]) => [name, value])")
        )
        address = await form.get_attribute("action")
        await page.get_by_role("button", name="Keep them apart").click()
        await expect(page.get_by_text("Two families", exact=True)).to_be_visible()
        answer = await page.request.post(
            f"{service.origin}{address}", form=fields, headers={"Origin": service.origin}, max_redirects=0
        )
        assert answer.status == 303
    assert await service.pool.fetchval("SELECT count(*) FROM link_history WHERE what = 'rejected'") == 1


@pytest.mark.parametrize(("size", "scripts"), [("phone", False), ("desktop", True)])
async def test_another_family_is_found_by_a_parents_name_and_birth_and_joined(
    service: AnyPagesService, sealing: Families, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    await screened(service, sealing, "hants-schools", BEN)
    await screened(service, sealing, "hants-mash", {**ANNA, "postcode": None, "phone": None, "email": None})
    of = f"{service.url}/pages/families/{case_of('hants-schools', OWN)}"

    async def look_for(page: Page, given: str, family: str, year: str = "1988") -> None:
        await page.get_by_label("Given name").fill(given)
        await page.get_by_label("Family name").fill(family)
        for part, text in (("Day", "12"), ("Month", "4"), ("Year", year)):
            await page.get_by_label(part, exact=True).fill(text)
        await follow(page.get_by_role("button", name="Find"))

    async with visit(service, "r.malik", size, scripts=scripts, **TO) as page:
        await page.goto(of)
        await page.get_by_role("link", name="Find another family").click()
        await page.get_by_role("button", name="Find").click()
        await expect(page.get_by_role("alert")).to_contain_text("Enter the parent's date of birth")
        await check(page, "find-family-problem", size, scripts)
        for given, family, year in (
            ("Anna", "Haddow", "1989"),
            ("Nobody", "Haddow", "1988"),
            ("Ben", "Okafor", "1988"),
        ):
            await look_for(page, given, family, year)
            await expect(page.get_by_role("main")).to_contain_text("No other family of your areas")
        await look_for(page, "anna", "HADOW")
        await expect(page.get_by_label("hants-mash")).to_be_visible()
        assert "1988" not in page.url
        await check(page, "find-family", size, scripts)
        await page.get_by_label("hants-mash").check()
        await page.get_by_label("They are the same people").check()
        await page.get_by_role("button", name="Join the two").click()
        await expect(page.get_by_role("rowheader")).to_have_count(2)
    # Who coordinates another area finds nobody of this one, and no case of it to begin with.
    async with visit(service, "of.elsewhere", size, scripts=scripts, **{**TO, "areas": [OTHER_AREA]}) as page:
        await page.goto(f"{of}/find")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
