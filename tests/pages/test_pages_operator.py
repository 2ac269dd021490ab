"""The operator's pages: how every service is, what could not be read, and nothing of what was in it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from tests.support.overseen_services import SECRET, overseeing
from tests.support.screens import looked_at

OPERATOR: dict[str, Any] = {"roles": ["operator"], "areas": []}


@pytest.mark.parametrize(("size", "scripts"), [("desktop", True), ("phone", False)])
async def test_a_dead_letter_from_the_overview_to_its_second_retry(
    databases: Any, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    found: list[str] = []

    async def look(page: Page, name: str) -> None:
        assert SECRET not in await page.content()
        # Axe needs scripts; the page without them is looked at as it is driven.
        if scripts:
            found.extend(await looked_at(page, name, size))

    async with overseeing(databases) as (service, overseen):
        await overseen.receives()
        async with visit(service, "o.perator", size, scripts=scripts, to="/pages/machinery", **OPERATOR) as page:
            main = page.get_by_role("main")
            await expect(main).to_contain_text("1 of 2 services is not ready")
            # Whoever is silent stands first.
            await expect(page.get_by_role("row").nth(1)).to_contain_text("families")
            await expect(page.get_by_role("row").nth(1)).to_contain_text("No answer")
            await expect(page.get_by_role("row").nth(2)).to_contain_text("Look at it")
            await look(page, "operator-machinery")
            await page.get_by_role("link", name="1 of workforce").click()
            await expect(main).to_contain_text("parents.0.name: must be given")
            await look(page, "operator-dead-letters")
            await page.get_by_role("table").get_by_role("link").click()
            letter = page.url
            await page.get_by_role("button", name="Try it again").click()
            await expect(main).to_contain_text("still cannot be read")
            await page.get_by_role("button", name="Give it up").click()
            await expect(page.get_by_role("alert").first).to_contain_text("Select why it is given up")
            await look(page, "operator-dead-letter")
            overseen.mended = True
            await page.get_by_role("button", name="Try it again").click()
            await expect(main).to_contain_text("It was read, and has taken effect")
            assert overseen.read == 1
            # Each attempt is there with whoever made it.
            await expect(main).to_contain_text("Tried again by o.perator")
            await page.goto(f"{service.url}/pages/audit")
            await expect(main).to_contain_text("families did not answer")
            await look(page, "operator-audit")
            await page.goto(f"{service.url}/pages/dead-letters/workforce/{uuid4()}")
            await expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
            await page.goto(letter.replace("workforce", "families"))
            await expect(main).to_contain_text("families does not answer")
    assert found == []


async def test_what_somebody_else_has_seen_to_meanwhile_is_not_done_twice(
    databases: Any, visit: Callable[..., Any]
) -> None:
    async with overseeing(databases) as (service, overseen):
        await overseen.receives()
        async with visit(service, "o.perator", to="/pages/dead-letters", **OPERATOR) as page:
            await page.get_by_role("table").get_by_role("link").click()
            async with visit(service, "o.ther", to="/pages/dead-letters", **OPERATOR) as other:
                await other.get_by_role("table").get_by_role("link").click()
                await other.get_by_label("It was a test").check()
                await other.get_by_role("button", name="Give it up").click()
                await expect(other.get_by_role("main")).to_contain_text("It is given up.")
            overseen.mended = True
            await page.get_by_role("button", name="Try it again").click()
            await expect(page.get_by_role("main")).to_contain_text("somebody else has seen to it")
            assert overseen.read == 0


async def test_nobody_but_the_operator_looks_at_the_machinery(databases: Any, visit: Callable[..., Any]) -> None:
    async with overseeing(databases) as (service, overseen):
        await overseen.receives()
        (letter,) = await overseen.pool.fetch("SELECT id FROM dead_letter")
        for more in ({"roles": ["coordinator"]}, {"roles": ["area-administrator"]}):
            async with visit(service, "e.lse", scripts=False, to="/pages/machinery", **more) as page:
                for path in ("machinery", "audit", "dead-letters", f"dead-letters/workforce/{letter['id']}"):
                    answer = await page.goto(f"{service.url}/pages/{path}")
                    assert answer.status == 403, path
                    await expect(page.get_by_role("link", name="How Parley runs")).to_have_count(0)
