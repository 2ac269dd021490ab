"""A provider reads in the pages: one parent's details at a time, for a reason, as long as it has the family."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from shared.contracts.families import PersonRestricted
from tests.support.notification_families import Family, provider
from tests.support.notification_pages import NotificationPages, of_provider, serving_notification
from tests.support.screens import follow, looked_at

READS_PAGES = provider("common-ground", with_key=False, reads="pages")
WITH_KEY = provider("next-door")


@pytest_asyncio.fixture
async def pages(databases: Any) -> AsyncIterator[NotificationPages]:
    async with serving_notification(databases, READS_PAGES, WITH_KEY) as opened:
        yield opened


async def referred(pages: NotificationPages, to: str = "common-ground") -> Family:
    family = await pages.family()
    family.screened(revision=1).details(revision=1).pass_days(1).agreed(to)
    await pages.deliver(family)
    return family


def at(pages: NotificationPages, family: Family, parent: int | None = None) -> str:
    path = f"{pages.service.url}/pages/referrals/{family.referral['referral_id']}"
    return path if parent is None else f"{path}/people/{family.parents[parent]}"


def marks(family: Family, parent: int) -> tuple[str, ...]:
    secrets = family.secrets(parent)
    return (*secrets["name"].values(), secrets["contact"]["phone"], secrets["contact"]["email"])


async def opens(page: Page, pages: NotificationPages, family: Family, parent: int) -> None:
    await page.goto(at(pages, family, parent))
    await page.get_by_label("To contact them for the first time").check()
    await follow(page.get_by_role("button", name="Open it"))


@pytest.mark.parametrize(("size", "scripts"), [("phone", False), ("desktop", True)])
async def test_a_worker_opens_one_parent_for_a_reason_and_sees_nothing_of_the_other(
    pages: NotificationPages, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    family = await referred(pages)
    found: list[str] = []
    sent = await pages.service.pool.fetch("SELECT headers::text FROM outbox WHERE topic LIKE 'provider.%'")
    assert "referral-offered" in str(sent)
    assert "parent-details-shared" not in str(sent)
    assert await pages.service.pool.fetchval("SELECT waits_for FROM referral") is None
    async with visit(pages.service, "w.orker", size, scripts=scripts, to="/pages/referrals", **of_provider()) as page:
        found += await looked_at(page, "referrals-sent", size) if scripts else []
        await follow(page.get_by_role("rowheader").get_by_role("link"))
        found += await looked_at(page, "referral-sent", size) if scripts else []
        await page.get_by_role("link", name="Open how to contact the mother").click()
        await page.get_by_role("button", name="Open it").click()
        await expect(page.get_by_role("alert")).to_contain_text("Select why you open these details")
        found += await looked_at(page, "details-with-an-error", size) if scripts else []
        seen = [await page.content()]
        await page.get_by_label("To contact them for the first time").check()
        await page.get_by_role("button", name="Open it").click()
        await expect(page.get_by_text(marks(family, 0)[2])).to_be_visible()
        found += await looked_at(page, "details", size) if scripts else []
        opened = await page.content()
        assert all(mark in opened for mark in marks(family, 0))
        await page.reload()
        seen += [opened, await page.content()]
        assert not any(mark in each for each in seen for mark in marks(family, 1))
        # Shown once: a reload sends the form again, and it is closed.
        assert not any(mark in seen[-1] for mark in marks(family, 0))
    assert found == []
    [row] = await pages.service.pool.fetch("SELECT * FROM details_opening")
    assert (row["person_id"], row["reason"]) == (family.parents[0], "first-contact")
    entry = await pages.service.pool.fetchrow(
        "SELECT * FROM audit WHERE reason = 'first-contact' ORDER BY sequence DESC"
    )
    assert entry is not None
    assert family.parents[0] in entry["persons"]
    async with visit(pages.service, to=f"/pages/cases/{family.case_id}/shared") as page:
        await expect(page.get_by_text("It is there: the details of 2 parents.")).to_be_visible()
        await expect(page.get_by_text("w.orker of common-ground. To contact them for the first time.")).to_be_visible()
        assert await looked_at(page, "shared-with-a-provider", "desktop") == []
        html = await page.content()
        assert not any(mark in html for mark in (*marks(family, 0), *marks(family, 1)))


STOPS = ("a-sign", "halted", "withdrawn", "held", "ended", "restricted", "taken-back")


async def test_details_are_closed_at_once_whatever_stops_the_case(
    pages: NotificationPages, visit: Callable[..., Any]
) -> None:
    async with visit(pages.service, "w.orker", to="/pages/referrals", **of_provider()) as page:
        for stop in STOPS:
            family = await referred(pages)
            secret = (*marks(family, 0), *marks(family, 1))
            # The form is in front of them when the case stops.
            await page.goto(at(pages, family, 0))
            await page.get_by_label("To contact them for the first time").check()
            await stopped(pages, family, stop)
            await page.get_by_role("button", name="Open it").click()
            await expect(page.get_by_role("heading", level=1)).not_to_contain_text("How to contact")
            html = [await page.content()]
            for path in (at(pages, family), at(pages, family, 1)):
                await page.goto(path)
                html.append(await page.content())
            assert not any(mark in each for each in html for mark in secret), stop
            text = " ".join(html).lower().replace("signed in", "")
            for word in ("abuse", "specialist", "withdr", "restrict", "on hold", "sign of"):
                assert word not in text, (stop, word)
    family = await referred(pages)
    async with visit(pages.service, "w.orker", to="/pages/referrals", **of_provider("next-door")) as page:
        await expect(page.get_by_text("Your organisation was sent no referral yet.")).to_be_visible()
        for path in (at(pages, family), at(pages, family, 1)):
            answer = await page.goto(path)
            assert answer is not None
            assert answer.status == 404


async def stopped(pages: NotificationPages, family: Family, why: str) -> None:
    match why:
        case "a-sign":
            family.screened("domestic-abuse-pathway", revision=2)
        case "halted":
            family.halted()
        case "withdrawn":
            family.withdrawn()
        case "held":
            family.held()
        case "ended":
            family.closed()
        case "taken-back":
            family.taken_back(family.submission, None, 2)
        case "restricted":
            event = PersonRestricted(
                case_id=family.case_id, occurred_at=family.now, person_id=family.parents[1], restricted=True
            )
            await pages.service.receive("person-restricted", (event.subject(), event), source="test")
    await pages.deliver(family)


async def test_the_database_refuses_an_opening_of_what_is_not_the_providers(pages: NotificationPages) -> None:
    family = await referred(pages)
    add = "INSERT INTO details_opening VALUES ($1, $2, $3, $4, now(), 'somebody', 'first-contact')"
    referral_id = family.referral["referral_id"]
    for case, person in ((family.case_id, uuid4()), (uuid4(), family.parents[0])):
        with pytest.raises(asyncpg.CheckViolationError):
            await pages.service.pool.execute(add, uuid4(), case, referral_id, person)
    await pages.service.pool.execute(add, uuid4(), family.case_id, referral_id, family.parents[0])
    with pytest.raises(asyncpg.RaiseError):
        await pages.service.pool.execute("DELETE FROM details_opening")
