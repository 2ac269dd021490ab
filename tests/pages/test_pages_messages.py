"""Messages about a case in a real browser: each thread is read by its own two sides, and by nobody else."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.support.pages_service import PagesService, serving
from tests.support.referral_families import AGENCY, P1, parent, some_id
from tests.support.referral_service import DIRECTORY, family
from tests.support.screens import looked_at

CASE = some_id("case-F1")
NORTH: dict[str, Any] = {"roles": ["provider-worker"], "provider": "north", "areas": [], "to": "/pages/referrals"}
SOUTH = {**NORTH, "provider": "south"}
SCHOOL: dict[str, Any] = {
    **{"roles": ["practitioner"], "agency": AGENCY, "areas": []},
    "to": f"/pages/families/{CASE}/messages",
}


@pytest_asyncio.fixture
async def service(databases: Any) -> AsyncIterator[PagesService]:
    async with serving(databases, *DIRECTORY) as opened:
        await opened.screened(family("F1"))
        yield opened


async def send(page: Page, text: str, about: str = "The family") -> None:
    await page.get_by_label(about, exact=True).check()
    await page.get_by_label("Message", exact=True).fill(text)
    await page.get_by_role("button", name="Send the message").click()
    await expect(page.get_by_text(text)).to_be_visible()


@pytest.mark.parametrize(("size", "scripts"), [("phone", False), ("desktop", True)])
async def test_each_thread_is_read_by_its_own_two_sides_until_the_work_stops(
    service: PagesService, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    referral = await service.pool.fetchval("SELECT referral_id FROM referral WHERE case_id = $1", CASE)
    of_case = f"{service.url}/pages/cases/{CASE}"
    with_school, with_north = f"{of_case}/messages", f"{of_case}/referrals/{referral}/messages"
    at_school, at_north = f"{service.url}/pages/families/{CASE}/messages", f"{service.url}/pages/referrals/{referral}"
    async with visit(service, "r.malik", size, scripts=scripts) as mine:
        await mine.goto(of_case)
        await mine.get_by_role("link", name="With the provider, North").click()
        await mine.get_by_role("button", name="Send the message").click()
        await expect(mine.get_by_role("alert")).to_contain_text("Enter a message")
        await send(mine, "MARKED-FOR-NORTH a room on the ground floor")
        await mine.goto(with_school)
        await send(mine, "MARKED-FOR-SCHOOL when is the mother at work", "Mother")
        if scripts:
            assert await looked_at(mine, "messages-coordinator", size) == []
        async with visit(service, "n.worker", size, scripts=scripts, **NORTH) as worker:
            await expect(worker.get_by_role("row", name="1 new message")).to_be_visible()
            await worker.goto(at_north)
            await worker.get_by_role("link", name="With the area").click()
            await expect(worker.get_by_text("MARKED-FOR-NORTH")).to_be_visible()
            await expect(worker.get_by_role("main")).to_contain_text("The area's team")
            assert "r.malik" not in await worker.content()
            await worker.get_by_role("button", name="Mark 1 message as read").click()
            await expect(worker.get_by_role("button", name="Mark")).to_have_count(0)
            await send(worker, "MARKED-FROM-NORTH we have one")
            if scripts:
                assert await looked_at(worker, "messages-provider", size) == []
        async with visit(service, "t.eacher", size, scripts=scripts, **SCHOOL) as teacher:
            await expect(teacher.get_by_text("MARKED-FOR-SCHOOL")).to_be_visible()
            await expect(teacher.get_by_role("heading", name="about mother alone")).to_be_visible()
            # A reply says that what was on the page has been read.
            await send(teacher, "MARKED-FROM-SCHOOL on weekdays", "Mother")
            await expect(teacher.get_by_role("button", name="Mark")).to_have_count(0)
            if scripts:
                assert await looked_at(teacher, "messages-front-door", size) == []
        await mine.goto(f"{service.url}/pages/worklist")
        await mine.get_by_role("link", name="2 conversations have messages").click()
        await expect(mine.get_by_role("rowheader")).to_have_count(2)
        if scripts:
            assert await looked_at(mine, "messages-unread", size) == []
        await mine.goto(of_case)
        await expect(mine.locator("#messages + ul")).to_contain_text("1 new")
        await expect(mine.get_by_role("heading", name="Message from the provider")).to_be_visible()
        await mine.goto(with_north)
        await mine.get_by_role("button", name="Mark 1 message as read").click()
        await expect(mine.get_by_role("button", name="Mark")).to_have_count(0)
    # Nobody finds the other thread's words, whatever page they ask for.
    mine_alone = {"north": ("FOR-NORTH", "FROM-NORTH"), "school": ("FOR-SCHOOL", "FROM-SCHOOL"), "south": ()}
    paths = (
        of_case,
        with_school,
        with_north,
        at_school,
        at_north,
        f"{at_north}/messages",
        f"{service.url}/pages/messages",
    )
    for name, more in {"north": NORTH, "school": SCHOOL, "south": SOUTH}.items():
        async with visit(service, f"{name}.two", size, scripts=scripts, **more) as page:
            for path in paths:
                text = await (await page.request.get(path)).text()
                seen = {each for each in ("FOR-NORTH", "FROM-NORTH", "FOR-SCHOOL", "FROM-SCHOOL") if each in text}
                assert seen <= set(mine_alone[name]), (name, path)
    assert not [row for row in await service.pool.fetch("SELECT * FROM message") if "MARKED" in str(tuple(row))]
    assert "MARKED" not in str(await service.published())
    # A sign of abuse closes the provider's thread, read and write, in the words of any other stop.
    assert (await service.post("halt", {"source": "told-by-a-parent"}, CASE))[0] == 200
    async with visit(service, "n.worker", size, scripts=scripts, **NORTH) as worker:
        await expect(worker.get_by_role("main")).not_to_contain_text("new message")
        await worker.goto(f"{at_north}/messages")
        await expect(worker.get_by_role("main")).to_contain_text("No messages are exchanged about this family now")
        assert "MARKED" not in await worker.content()
    async with visit(service, "r.malik", size, scripts=scripts) as mine:
        await mine.goto(with_north)
        await expect(mine.get_by_text("MARKED-FROM-NORTH")).to_be_visible()
        await expect(mine.get_by_role("button", name="Send the message")).to_have_count(0)
        await mine.goto(with_school)
        await send(mine, "MARKED-AFTERWARDS please ring me")
    thread = await service.pool.fetchval("SELECT thread_id FROM message_thread WHERE provider = 'north'")
    add = """
        INSERT INTO message (message_id, thread_id, number, by_area, who, at, sealed, about)
        VALUES (gen_random_uuid(), $1, 9, true, 'x', now(), '{"box": "", "subject": ""}', $2)
    """
    for about in (None, P1):
        with pytest.raises(asyncpg.CheckViolationError, match="not written to about this now"):
            await service.pool.execute(add, thread, about)


async def test_a_new_message_shows_on_a_page_that_is_open_and_what_is_typed_stays(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    referral = await service.pool.fetchval("SELECT referral_id FROM referral WHERE case_id = $1", CASE)
    async with visit(service, "r.malik") as mine, visit(service, "n.worker", **NORTH) as worker:
        await mine.goto(f"{service.url}/pages/cases/{CASE}/referrals/{referral}/messages")
        await worker.goto(f"{service.url}/pages/referrals/{referral}/messages")
        await worker.get_by_label("Message", exact=True).fill("Not sent yet")
        await send(mine, "Are the stairs a problem?")
        await expect(worker.get_by_text("Are the stairs a problem?")).to_be_visible()
        await expect(worker.get_by_label("Message", exact=True)).to_have_value("Not sent yet")


async def test_what_a_side_is_not_shown_any_more_does_not_stay_unread(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    referral = await service.pool.fetchval("SELECT referral_id FROM referral WHERE case_id = $1", CASE)
    async with visit(service, "r.malik") as mine:
        for thread in ("messages", f"referrals/{referral}/messages"):
            await mine.goto(f"{service.url}/pages/cases/{CASE}/{thread}")
            await send(mine, "The stairs are no problem")
            await send(mine, "He comes by bus", "Father")
    # A newer screening names one parent alone.
    await service.screened(family("F1", number=2, day=1, parents=(parent("P1"),), supersedes=some_id("submission-1")))
    at_north = {**NORTH, "to": f"/pages/referrals/{referral}/messages"}
    for name, more in {"t.eacher": SCHOOL, "n.worker": at_north}.items():
        async with visit(service, name, **more) as page:
            await expect(page.get_by_text("The stairs are no problem")).to_be_visible()
            await expect(page.get_by_text("He comes by bus")).to_have_count(0)
            await page.get_by_role("button", name="as read").click()
            await expect(page.get_by_role("button", name="as read")).to_have_count(0)
    assert await service.pool.fetchval("SELECT sum(party_unread) FROM message_thread") == 0


async def test_a_family_that_referred_itself_has_no_thread(databases: Any, visit: Callable[..., Any]) -> None:
    async with serving(databases, *DIRECTORY) as service:
        await service.screened(family("F1", source="self"))
        async with visit(service, "t.eacher", **SCHOOL) as page:
            await expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
        async with visit(service, "r.malik", to=f"/pages/cases/{CASE}/messages") as page:
            await expect(page.get_by_role("main")).to_contain_text("This family referred itself")
