"""The pages of what is registered: whoever administers areas sees theirs, and as a file that says the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from deploy.directory.file import read_directory
from tests.support.administered import ADMINISTRATOR, entries
from tests.support.pages_service import AnyPagesService
from tests.support.screens import looked_at


@pytest.mark.parametrize(("size", "scripts"), [("desktop", True), ("phone", False)])
async def test_whoever_administers_an_area_sees_what_is_registered_there_and_nowhere_else(
    administration: AnyPagesService, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    found: list[str] = []

    async def look(page: Page, name: str) -> None:
        if scripts:
            found.extend(await looked_at(page, name, size))

    service = administration
    async with visit(service, "a.dmin", size, scripts=scripts, to="/pages/directory", **ADMINISTRATOR) as page:
        main = page.get_by_role("main")
        await expect(main).to_contain_text("Hampshire Schools")
        await expect(main).not_to_contain_text("Surrey")
        await expect(page.get_by_text("not recorded as signed")).to_have_count(1)
        await look(page, "directory")
        await page.get_by_role("link", name="Hampshire", exact=True).click()
        await expect(main).to_contain_text("A child below this age is young")
        await look(page, "directory-area")
        await page.goto(f"{service.url}/pages/directory/agency/hants-schools")
        await expect(main).to_contain_text("public-task")
        await look(page, "directory-agency")
        answer = await page.goto(f"{service.url}/pages/directory/agency/surrey-police")
        assert answer is not None
        assert answer.status == 404
    assert found == []


async def test_the_file_registers_the_same_entries_elsewhere(
    administration: AnyPagesService, visit: Callable[..., Any], tmp_path: Path
) -> None:
    given, service = entries(), administration
    everywhere = [each["id"] for each in given if each["kind"] == "area"]
    more = ADMINISTRATOR | {"areas": everywhere}
    async with visit(service, "a.dmin", scripts=False, to="/pages/directory", **more) as page:
        answer = await page.request.get(f"{service.url}/pages/directory/file")
        assert answer.headers["content-disposition"] == 'attachment; filename="directory.yaml"'
        (path := tmp_path / "directory.yaml").write_bytes(await answer.body())
    again = {line.entry.key(): line.entry.model_dump(mode="json") for line in read_directory(path)}
    # A provider without an offer, and a programme that no offer names, are no area's.
    known = {f"{each['kind']}/{each['id']}": each for each in given}
    assert again == {key: known[key] for key in again}
    assert {key for key in known if key.startswith(("area/", "agency/", "offer/"))} <= again.keys()
    for more in ({"roles": ["operator"], "areas": []}, {"roles": ["coordinator"]}):
        async with visit(service, "e.lse", scripts=False, to="/pages/machinery", **more) as page:
            assert (await page.request.get(f"{service.url}/pages/directory/file")).status == 403
