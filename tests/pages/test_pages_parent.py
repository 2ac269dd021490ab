"""A parent comes in by a one-time link in a real browser, and a worker sends it."""

import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from services.notification.domain.email import email_text
from shared.contracts.base import Sealed
from tests.pages.conftest import visitor
from tests.support.notification_families import Family
from tests.support.notification_pages import NotificationPages, of_agency, of_provider, serving_notification
from tests.support.screens import follow, looked_at

SAFE = {"safe_methods": ["email", "phone"], "safe_times": None, "confidential_from_other_parent": True}
REVEALING = re.compile(r"parley|abuse|conflict|famil|parent|mediation|council|referr", re.IGNORECASE)
"""What nobody but the parent may learn from a mailbox or a screen, before they came in."""


@pytest_asyncio.fixture
async def pages(databases: Any) -> AsyncIterator[NotificationPages]:
    async with serving_notification(databases) as opened:
        yield opened


async def screened(pages: NotificationPages, **contacts: dict[str, Any]) -> Family:
    family = await pages.family()
    family.contacts = {0: SAFE | contacts.get("mother", {}), 1: SAFE | contacts.get("father", {})}
    family.screened(revision=1).details(revision=1)
    await pages.deliver(family)
    return family


async def mail(pages: NotificationPages, person: UUID) -> tuple[str, str]:
    """The address and the link of the mail that waits for this parent."""
    row = await pages.service.pool.fetchrow(
        "SELECT id, parent FROM email WHERE about = 'own-link' AND person_id = $1 ORDER BY queued_at DESC", person
    )
    assert row is not None
    box = Sealed.model_validate(row["parent"])
    content = (await pages.service.keyring.for_opening([box])).open(box, row["id"])
    return content["email"], content["link"]


async def send(page: Page, pages: NotificationPages, family: Family, whom: str) -> str:
    """A worker sends a link to the mother or the father; returns the numbers on their screen."""
    await page.goto(f"{pages.service.url}/pages/cases/{family.case_id}/links")
    await page.get_by_label(f"I have spoken with the {whom} alone").check()
    await page.get_by_role("button", name=f"Send a link to the {whom}").click()
    return await page.locator(".govuk-panel__title").inner_text()


async def come_in(page: Page, link: str, code: str) -> None:
    await page.goto(link)
    await page.get_by_label("Your six numbers").fill(code)
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your page")


@pytest.mark.parametrize(("size", "scripts"), [("phone", False), ("desktop", True)])
async def test_a_worker_sends_a_link_and_one_parent_comes_in_with_the_numbers(
    pages: NotificationPages, visit: Callable[..., Any], browser: Browser, size: str, scripts: bool
) -> None:
    family = await screened(pages)
    found: list[str] = []
    async with visit(pages.service, size=size, scripts=scripts, to=f"/pages/cases/{family.case_id}/links") as page:
        found += await looked_at(page, "parent-links", size) if scripts else []
        await page.get_by_role("button", name="Send a link to the mother").click()
        await expect(page.get_by_role("alert")).to_contain_text("Confirm that you have spoken with this parent alone")
        found += await looked_at(page, "parent-links-problem", size) if scripts else []
        code = await send(page, pages, family, "mother")
        assert re.fullmatch(r"\d{3} \d{3}", code)
        found += await looked_at(page, "parent-link-sent", size) if scripts else []
        await page.reload()
        await expect(page.get_by_role("alert")).to_contain_text("The numbers are shown once")
        assert code not in await page.content()
    address, link = await mail(pages, family.parents[0])
    assert address == family.secrets(0)["contact"]["email"]
    async with visitor(browser, size, scripts=scripts) as page:
        await page.goto(link)
        found += await looked_at(page, "own-enter", size) if scripts else []
        assert not REVEALING.search(
            re.sub(r'href="[^"]*"|src="[^"]*"|class="[^"]*"', "", await page.inner_text("body"))
        )
        assert not REVEALING.search(await page.title())
        await page.get_by_label("Your six numbers").fill("12")
        await page.get_by_role("button", name="Continue").click()
        await expect(page.get_by_role("alert")).to_contain_text("Enter the six numbers")
        found += await looked_at(page, "own-enter-problem", size) if scripts else []
        await come_in(page, link, code)
        found += await looked_at(page, "own-home", size) if scripts else []
        await follow(page.get_by_role("link", name="How your information is used"))
        found += await looked_at(page, "own-privacy", size) if scripts else []
        await page.get_by_role("button", name="Finish and close your page").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("You are done")
        await page.goto(f"{pages.service.url}/pages/own")
        await expect(page.get_by_role("heading", level=1)).to_have_text("This page has closed")
        found += await looked_at(page, "own-closed", size) if scripts else []
    async with visitor(browser) as page:
        await page.goto(link)
        await page.get_by_label("Your six numbers").fill(code)
        await page.get_by_role("button", name="Continue").click()
        await expect(page.get_by_role("alert")).to_contain_text("cannot be used any more")
    assert found == []
    entries = await pages.service.pool.fetch(
        "SELECT * FROM audit WHERE action = 'own-pages.use' AND $1 = ANY(cases)", family.case_id
    )
    assert {entry["who"] for entry in entries} == {f"person/{family.parents[0]}"}


async def test_asking_for_a_link_does_nothing_and_reveals_nothing(pages: NotificationPages, visit: Any) -> None:
    family = await screened(pages)
    async with visit(pages.service, to="/pages/families", **of_agency()) as page:
        code = (await send(page, pages, family, "father")).replace(" ", "")
    _, link = await mail(pages, family.parents[1])
    before = await rows(pages)
    made_up = f"{pages.service.url}/pages/l/{'x' * 43}"
    async with httpx.AsyncClient(verify=False) as scanner:  # noqa: S501 - a test's own certificate
        answers = [await scanner.get(address) for address in (link, link, made_up)]
        assert {each.status_code for each in answers} == {200}
        texts = {re.sub(r'nonce[^ ]*|value="\w+"|action="[^"]+"|at=\d+', "", each.text) for each in answers}
        assert len(texts) == 1
        # A form that no page of ours sent, or another browser's, opens nothing.
        token = re.findall(r'name="csrf" value="(\w+)"', answers[0].text)[0]
        for headers in ({}, {"origin": "https://elsewhere.example"}, {"origin": pages.service.origin}):
            scanner.cookies.clear()
            sent = await scanner.post(link, data={"code": code, "csrf": token}, headers=headers)
            assert sent.status_code == 403
    assert await rows(pages) == before


async def rows(pages: NotificationPages) -> list[Any]:
    tables = ("parent_link", "email", "web.own_session", "audit", "inbox")
    return [await pages.service.pool.fetch(f"SELECT t::text FROM {table} AS t ORDER BY 1") for table in tables]  # noqa: S608


def test_the_mail_has_nothing_of_whom_or_why() -> None:
    text = email_text("own-link", UUID(int=0), date(2026, 12, 7), "https://own.example/notification/pages/l/abc")
    assert "https://own.example/notification/pages/l/abc" in text.body
    assert not REVEALING.search(text.subject + text.body)
    assert str(UUID(int=0)) not in text.body


async def test_a_family_that_refers_itself_has_links_from_a_coordinator_alone(
    pages: NotificationPages, visit: Callable[..., Any]
) -> None:
    family = await screened(pages)
    await pages.service.pool.execute("UPDATE tracked_family SET from_self = true")
    async with visit(pages.service, to="/pages/families", **of_agency()) as page:
        answer = await page.goto(f"{pages.service.url}/pages/cases/{family.case_id}/links")
        assert answer is not None
        assert answer.status == 404
    async with visit(pages.service, to=f"/pages/cases/{family.case_id}/links") as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("A parent's own page")


async def answered(pages: NotificationPages) -> list[dict[str, Any]]:
    rows = await pages.service.pool.fetch("SELECT value FROM outbox WHERE topic = 'parent-answered' ORDER BY id")
    return [json.loads(row["value"]) for row in rows]


@pytest.mark.parametrize(("size", "scripts"), [("phone", False), ("desktop", True)])
async def test_a_parent_answers_for_each_purpose_stops_and_complains(
    pages: NotificationPages, visit: Callable[..., Any], browser: Browser, size: str, scripts: bool
) -> None:
    family = await screened(pages)
    found: list[str] = []

    async def look(page: Page, name: str) -> None:
        found.extend(await looked_at(page, name, size) if scripts else [])

    async with visit(pages.service, to="/pages/families", **of_agency()) as page:
        code = await send(page, pages, family, "father")
    _, link = await mail(pages, family.parents[1])
    async with visitor(browser, size, scripts=scripts) as page:
        saved = page.get_by_role("alert")
        await come_in(page, link, code)
        await page.get_by_role("link", name="Being asked how it was").click()
        await look(page, "own-consent")
        await page.get_by_role("button", name="Save").click()
        await expect(saved).to_contain_text("Select yes or no")
        await look(page, "own-consent-problem")
        await page.get_by_label("No, do not ask me").check()
        await page.get_by_role("button", name="Save").click()
        await expect(saved).to_contain_text("You said no")
        await expect(page.get_by_text("You said no here on")).to_be_visible()
        await look(page, "own-home-saved")
        # Whoever goes back finds the form again, and may answer again.
        await page.get_by_role("link", name="Being asked how it was").click()
        await page.get_by_label("No, do not ask me").check()
        await page.get_by_role("button", name="Save").click()
        await expect(saved).to_contain_text("You said no")
        await page.go_back()
        await page.get_by_label("No, do not ask me").check()
        await page.get_by_role("button", name="Save").click()
        await expect(saved).to_contain_text("You said no")
        await page.get_by_role("link", name="Being put in touch with a service").click()
        await page.get_by_label("No, I do not want it, or not any more").check()
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Stop")
        await look(page, "own-stop")
        await page.get_by_role("button", name="Stop everything").click()
        await expect(saved).to_contain_text("Everything is being stopped")
        await page.get_by_role("link", name="Say that something went wrong").click()
        await page.get_by_role("button", name="Send").click()
        await expect(saved).to_contain_text("Write what went wrong")
        await look(page, "own-complaint-problem")
        await page.get_by_label("What went wrong").fill("My worker was MARKED-WORDS late")
        await page.get_by_label("No", exact=True).check()
        await page.get_by_role("button", name="Send").click()
        await expect(saved).to_contain_text("It is read, and answered")
        await page.get_by_role("link", name="Say that something went wrong").click()
        await page.get_by_label("What went wrong").fill("Their coordinator was ABOUT-THE-TEAM rude")
        await page.get_by_label("Yes, or I am not sure").check()
        await page.get_by_role("button", name="Send").click()
        await expect(saved).to_contain_text("It is read, and answered")
    father = str(family.parents[1])
    given = [(each["person_id"], each["purpose"], each["gives"]) for each in await answered(pages)]
    assert given[-1] == (father, "referral", False)
    assert set(given) == {(father, "evaluation", False), (father, "referral", False)}
    for table in ("complaint", "email", "outbox", "parent_answer"):
        kept = await pages.service.pool.fetch(f"SELECT t::text FROM {table} AS t")  # noqa: S608 - these alone
        assert not re.search("MARKED-WORDS|ABOUT-THE-TEAM", str(kept)), table
    await pages.service.pool.execute("UPDATE area SET lead_email = 'lead@hants.example.org'")
    about_team = await pages.service.pool.fetchval("SELECT complaint_id FROM complaint WHERE about_team")
    for who, reads in (
        ({"roles": ["coordinator"]}, False),
        ({"roles": ["coordinator", "area-administrator"]}, False),
        ({"roles": ["coordinator"], "email": "Lead@hants.example.org"}, True),
        ({"roles": ["area-administrator"]}, True),
    ):
        async with visit(pages.service, to="/pages/complaints", **who) as page:
            await expect(page.get_by_role("rowheader")).to_have_count(2 if reads else 1)
            answer = await page.goto(f"{pages.service.url}/pages/complaints/{about_team}")
            assert answer is not None
            assert answer.status == (200 if reads else 404)
    async with visit(pages.service, size=size, scripts=scripts, to="/pages/complaints") as page:
        await look(page, "complaints")
        await page.get_by_role("rowheader").get_by_role("link").click()
        await expect(page.get_by_text("MARKED-WORDS")).to_be_visible()
        await look(page, "complaint")
        await page.get_by_role("button", name="Mark as seen to").click()
        await expect(page.get_by_text("by r.malik")).to_be_visible()
    async with visit(pages.service, "e.lsewhere", to="/pages/complaints", areas=["E06000001"]) as page:
        await expect(page.get_by_text("No parent has complained.")).to_be_visible()
        complaint = await pages.service.pool.fetchval("SELECT complaint_id FROM complaint")
        answer = await page.goto(f"{pages.service.url}/pages/complaints/{complaint}")
        assert answer is not None
        assert answer.status == 404
    async with visit(pages.service, to="/pages/families", **of_agency()) as page:
        answer = await page.goto(f"{pages.service.url}/pages/complaints")
        assert answer is not None
        assert answer.status == 403
    assert found == []


async def test_who_may_send_a_link_and_what_a_refusal_shows_of_what_another_front_door_knows(
    pages: NotificationPages, visit: Callable[..., Any]
) -> None:
    joined, halted = await screened(pages), await screened(pages)
    async with visit(pages.service, to="/pages/families", **of_agency()) as page:
        for family in (joined, halted):
            await send(page, pages, family, "mother")
    joined.joined()
    halted.halted()
    halted.events[-1] = halted.events[-1].model_copy(update={"raised_by": "linked-family", "known_elsewhere": True})
    await pages.deliver(joined, halted)
    async with visit(pages.service, to="/pages/families", **of_agency()) as page:
        shown = []
        for family in (joined, halted):
            await page.goto(f"{pages.service.url}/pages/cases/{family.case_id}/links")
            await expect(page.get_by_text("The area's team sends links of this family.")).to_be_visible()
            shown.append((await page.inner_text("main")).replace(str(family.case_id), "ID"))
        assert shown[0] == shown[1]
        # It can still be taken back by whoever sent it.
        await page.get_by_role("button", name="link back").click()
        await expect(page.get_by_text("was taken back")).to_be_visible()
    path = f"/pages/cases/{joined.case_id}/links"
    for claims in (of_agency(agency="another-school"), {"areas": ["E06000001"]}):
        async with visit(pages.service, "e.lsewhere", to="/pages/complaints", **claims) as page:
            answer = await page.goto(f"{pages.service.url}{path}")
            assert answer is not None
            assert answer.status == 404


async def test_a_parent_answers_a_questionnaire_that_their_provider_asked_for(
    pages: NotificationPages, visit: Callable[..., Any], browser: Browser
) -> None:
    """The worker on a desktop, the parent on a phone without scripts. Whom to call is there whatever they answered."""
    family = await screened(pages)
    family.pass_days(1).agreed()
    await pages.deliver(family)
    found: list[str] = []
    referral = await pages.service.pool.fetchval("SELECT referral_id FROM referral")
    address = f"{pages.service.url}/pages/referrals/{referral}"
    async with visit(pages.service, "w.orker", "desktop", to="/pages/referrals", **of_provider()) as page:
        await page.goto(address)
        await page.get_by_role("link", name="Ask the father to answer a questionnaire").click()
        await page.get_by_role("button", name="Send the link").click()
        await expect(page.get_by_role("alert")).to_contain_text("Select the questionnaire")
        await page.get_by_label("PHQ-9").check()
        await page.get_by_label("At the end").check()
        await page.get_by_label("I have spoken with the father alone").check()
        found += await looked_at(page, "ask-a-parent", "desktop")
        await page.get_by_role("button", name="Send the link").click()
        code = await page.locator(".govuk-panel__title").inner_text()
        found += await looked_at(page, "ask-a-parent-sent", "desktop")
    _, link = await mail(pages, family.parents[1])
    async with visitor(browser, "phone") as page:
        await come_in(page, link, code)
        await page.get_by_role("link", name="Questions about how you have been").click()
        for number in range(1, 9):
            group = page.get_by_role("group", name=re.compile(rf"^{number}\. "))
            await group.get_by_label("Not at all" if number > 1 else "I would rather not say").check()
        await expect(page.get_by_role("group", name=re.compile(r"^9\. ")).get_by_label("rather not")).to_have_count(0)
        await page.get_by_role("button", name="Send my answers").click()
        await expect(page.get_by_role("alert")).to_contain_text("Select an answer to question 9")
        found += await looked_at(page, "own-questions", "phone")
        await page.get_by_role("group", name=re.compile(r"^9\. ")).get_by_label("Several days").check()
        await page.get_by_role("group", name="How are things between you").get_by_label("Better").check()
        await page.get_by_label("What has changed, in your own words").fill("MARKED-WORDS we talk again")
        await page.get_by_role("button", name="Send my answers").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
        await expect(page.get_by_role("main")).to_contain_text("116 123")
        found += await looked_at(page, "own-answered", "phone")
        await page.get_by_role("link", name="Your page").click()
        await expect(page.get_by_role("link", name="Questions about how you have been")).to_have_count(0)
        await page.goto(f"{pages.service.url}/pages/own/questions")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Nothing to answer")
    (event,) = await answered(pages)
    assert (event["person_id"], event["provider"], event["score"]) == (str(family.parents[1]), "common-ground", 1.1)
    box = Sealed.model_validate(event["items"])
    items = (await pages.service.keyring.for_opening([box])).open(box)
    assert items == {"2": 0, "3": 0, "4": 0, "5": 0, "6": 0, "7": 0, "8": 0, "9": 1}
    assert (event["change"], event["words"]["field"]) == ("better", "view-words")
    assert "MARKED-WORDS" not in str(await pages.service.pool.fetch("SELECT t::text FROM outbox AS t"))
    # Another provider's worker has no such page, and one whose work was stopped neither.
    async with visit(pages.service, "o.ther", to="/pages/referrals", **of_provider("next-door")) as page:
        await page.goto(f"{address}/people/{family.parents[1]}/questions")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
    family.halted()
    await pages.deliver(family)
    async with visit(pages.service, "w.orker", to="/pages/referrals", **of_provider()) as page:
        await page.goto(f"{address}/people/{family.parents[1]}/questions")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
    assert found == []
