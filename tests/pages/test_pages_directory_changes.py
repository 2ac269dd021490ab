"""Changing what is registered: by a form and by the file, seen before it is done, in one's own areas alone."""

from collections.abc import Callable
from typing import Any

import orjson
from playwright.async_api import Page, expect

from tests.support.administered import ADMINISTRATOR, HAMPSHIRE, SURREY
from tests.support.pages_service import AnyPagesService
from tests.support.screens import follow, looked_at

AREA = f"/pages/directory/area/{HAMPSHIRE}"


async def published(service: Any) -> list[dict[str, Any]]:
    rows = await service.pool.fetch("SELECT topic, key, value FROM outbox WHERE topic = 'directory' ORDER BY id")
    return [orjson.loads(row["value"]) for row in rows]


async def test_an_administrator_changes_an_area_and_of_two_the_second_sees_what_the_first_did(
    administration: AnyPagesService, visit: Callable[..., Any]
) -> None:
    found: list[str] = []
    service = administration
    async with (
        visit(service, "a.dmin", to=AREA, **ADMINISTRATOR) as page,
        visit(service, "b.dmin", to=f"{AREA}/change", **ADMINISTRATOR) as other,
    ):
        main = page.get_by_role("main")
        await follow(page.get_by_role("button", name="Change it"))
        found += await looked_at(page, "directory-change", "desktop")
        days = page.get_by_label("Days that a case may wait for a person before it is urgent")
        await days.fill("400")
        await page.get_by_role("button", name="See what changes").click()
        await expect(page.get_by_role("alert")).to_contain_text("less than or equal to 365")
        await days.fill("7")
        await page.get_by_role("button", name="See what changes").click()
        await expect(page.get_by_role("row", name="Days that a case may wait")).to_contain_text("7")
        await expect(main).to_contain_text("What has been decided")
        found += await looked_at(page, "directory-preview", "desktop")
        assert await published(service) == []
        await page.get_by_role("button", name="Change it").click()
        await expect(page.get_by_text("It is changed")).to_be_visible()
        await expect(main).to_contain_text("Changed in the pages")
        await expect(main).to_contain_text("a.dmin")
        (event,) = await published(service)
        assert (event["id"], event["worklist_days"]) == (HAMPSHIRE, 7)

        # The other had the form open before: what the first did is shown, and stays.
        await other.get_by_label("Days that a case may wait for a person before it is urgent").fill("9")
        await other.get_by_label("A child below this age is young").fill("9")
        await other.get_by_role("button", name="See what changes").click()
        await expect(other.get_by_role("heading", name="What somebody else changed")).to_be_visible()
        found += await looked_at(other, "directory-meanwhile", "desktop")
        assert len(await published(service)) == 1
        await other.get_by_role("button", name="Change it").click()
        await expect(other.get_by_role("alert")).to_contain_text("a moment ago")
        await service.register(event)  # the topic brings the first
        await follow(other.get_by_role("button", name="See what changes"))
        await follow(other.get_by_role("button", name="Change it"))
        if await other.get_by_role("heading", name="What somebody else changed").count():
            await other.get_by_role("button", name="Change it").click()
        await expect(other.get_by_text("It is changed")).to_be_visible()
        last = (await published(service))[-1]
        assert (last["worklist_days"], last["young_child_age"]) == (9, 9)

        # Nothing of another area, and nothing that others administer too.
        for path in (f"area/{SURREY}", "agency/surrey-police", "region/nowhere"):
            answer = await page.goto(f"{service.url}/pages/directory/{path}/change")
            assert answer is not None
            assert answer.status == 404
    assert found == []


async def test_the_file_is_taken_on_a_phone_without_scripts(
    administration: AnyPagesService, visit: Callable[..., Any], tmp_path: Any
) -> None:
    found: list[str] = []
    file = tmp_path / "directory.yaml"

    async def sends(page: Page, text: str) -> None:
        file.write_text(text, encoding="utf-8")
        await page.get_by_label("Directory file (YAML)").set_input_files(file)
        await follow(page.get_by_role("button", name="See what changes"))

    service = administration
    async with (
        visit(service, "a.dmin", "phone", scripts=False, to="/pages/import", **ADMINISTRATOR) as page,
        visit(service, "a.dmin", "phone", to="/pages/import", **ADMINISTRATOR) as looking,
    ):
        found += await looked_at(looking, "directory-import", "phone")
        wrong = f"areas:\n  - id: {HAMPSHIRE}\n    worklist_days: never\n  - id: {SURREY}\n    case: 1\n"
        await sends(looking, wrong)
        found += await looked_at(looking, "directory-import-errors", "phone")
        await sends(page, wrong)
        await expect(page.get_by_role("alert")).to_contain_text("Line 3: areas[0] E10000014 worklist_days")
        await expect(page.get_by_role("alert")).to_contain_text("Line 5")
        await sends(page, f"areas:\n  - id: {SURREY}\n    worklist_days: 3\n")
        await expect(page.get_by_role("alert")).to_contain_text("Line 2: area/E10000030: It is of Surrey too")
        await sends(
            page, "agencies:\n  - id: hants-early-help\n    agreement_signed_on: 2026-03-17\n    areas: [E10000030]\n"
        )
        await expect(page.get_by_role("alert")).to_contain_text("Surrey")
        assert await published(service) == []
        offer = f"{{id: new-talks, provider: relate, service: mediation, areas: [{HAMPSHIRE}], name: Ærlig talk}}"
        right = f"agencies:\n  - {{id: hants-early-help, agreement_signed_on: 2026-03-17}}\noffers:\n  - {offer}\n"
        await sends(looking, right)
        found += await looked_at(looking, "directory-import-preview", "phone")
        await sends(page, right)
        main = page.get_by_role("main")
        await expect(main).to_contain_text("2026-03-17")
        await expect(main).to_contain_text("Ærlig talk")
        await page.get_by_role("button", name="Change it").click()
        await expect(main).to_contain_text("It is changed")
        await expect(main).to_contain_text("Ærlig talk")
        assert {each["id"] for each in await published(service)} == {"hants-early-help", "new-talks"}
    assert found == []
