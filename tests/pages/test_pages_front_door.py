"""A practitioner at the front door in a real browser, on a phone and a desk, with scripts and without."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.support.front_door_form import (
    AGENCY,
    DIRECTORY,
    HOME,
    PRACTITIONER,
    Hand,
    begins,
    checks_and_sends,
    whole,
)
from tests.support.pages_service import AnyPagesService, serving_pages
from tests.support.screens import looked_at


@pytest_asyncio.fixture
async def service(databases: Any) -> AsyncIterator[AnyPagesService]:
    async with serving_pages(databases, "screening", *DIRECTORY) as opened:
        relay = asyncio.create_task(relayed(opened))
        yield opened
        relay.cancel()
        with suppress(asyncio.CancelledError):
            await relay


async def relayed(service: AnyPagesService) -> None:
    """What Kafka does: each record that a form made comes back to the service that reads them."""
    topic = f"front-door.{AGENCY}.screenings"
    while True:
        rows = await service.pool.fetch("DELETE FROM outbox WHERE topic = $1 RETURNING key, value, headers", topic)
        records = [service.record(topic, row["key"].decode(), row["value"], []) for row in rows]
        if records:
            await service.consumers["front-doors"].process(records)
        await asyncio.sleep(0.02)


def at(page: Page) -> str:
    return page.url.rpartition("/")[2]


async def heading(page: Page, text: str) -> None:
    await expect(page.get_by_role("heading", level=1)).to_have_text(text)


@pytest.mark.parametrize(
    ("scripts", "size"), [(True, "desktop"), (False, "phone")], ids=["scripts-desktop", "no-scripts-phone"]
)
async def test_a_whole_referral_is_written_sent_and_decided(
    service: AnyPagesService, visit: Callable[..., Any], scripts: bool, size: str
) -> None:
    async with visit(service, "i.pryce", size, scripts=scripts, to=HOME, **PRACTITIONER) as page:
        hand, barriers = Hand(page), []

        async def look(name: str) -> None:
            if not scripts:
                return
            # What stays in view, the way out, must not lie on what was scrolled to.
            await page.evaluate("scrollTo(0, 0)")
            barriers.extend(await looked_at(page, f"front-door-{name}", size))

        await heading(page, "Who are you worried about?")
        await look("start")
        await hand.presses("Continue")
        await expect(page.get_by_role("alert")).to_contain_text("Select who you are worried about")
        await page.goto(f"{service.url}{HOME}/worry?about=conflict")
        await look("eligibility")
        await page.goto(f"{service.url}{HOME}")
        await begins(hand, "2041-F")
        for name, answers in whole().items():
            await hand.answers(answers)
            await look(name)
            await hand.presses("Save and continue")
        await heading(page, "Check: The family")
        await look("check-family")
        await hand.presses("This is right, check the next part")
        await look("check-parent")
        await page.goto(page.url.rpartition("/")[0] + "/family")
        await checks_and_sends(hand)
        await heading(page, "With the team")
        await look("sent")
        await expect(page.get_by_role("main")).to_contain_text("You have nothing to do now")
        await page.goto(f"{service.url}{HOME}")
        await expect(page.get_by_role("table")).to_contain_text("With the team")
        await look("list")
        assert barriers == []
    (row,) = await service.pool.fetch("SELECT decision, reasons, family_ref FROM submission")
    assert (row["decision"], row["reasons"], row["family_ref"]) == ("refer", [], "2041-F")
