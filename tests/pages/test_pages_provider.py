"""A provider's work with a family in a real browser: from the list to the end, with scripts and without."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from services.referral.web.provider.forms import FORMS
from shared.contracts.screening import ScreenedChild
from shared.privacy.sealed_records import with_new_key
from tests.support.ingress import taking_in
from tests.support.pages_service import PagesService, serving
from tests.support.referral_families import C1, some_id
from tests.support.referral_service import DIRECTORY, family
from tests.support.screens import follow, looked_at

CASE = some_id("case-F1")
NORTH: dict[str, Any] = {"roles": ["provider-worker"], "provider": "north", "areas": [], "to": "/pages/referrals"}
SOUTH = {**NORTH, "provider": "south"}


@pytest_asyncio.fixture
async def service(databases: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PagesService]:
    keys = tmp_path / "referral-record-keys.jwks"
    keys.write_text(json.dumps(with_new_key(None)))
    monkeypatch.setenv("PARLEY_RECORD_KEYS_FILE", str(keys))
    child = ScreenedChild(person_id=C1, ref="C1", age=9, takes_part=True, views_source="direct")
    async with serving(databases, *DIRECTORY) as opened:
        await opened.screened(family("F1", children=(child,), family_ref="MARKED-REF"))
        async with taking_in(opened.pool, {"provider.{provider}.updates": opened.consumers["updates"]}):
            yield opened


async def referral(service: PagesService) -> Any:
    return await service.pool.fetchval("SELECT referral_id FROM referral ORDER BY number DESC LIMIT 1")


async def check(page: Page, name: str, size: str, scripts: bool) -> None:
    """What axe says needs scripts."""
    if scripts:
        assert await looked_at(page, name, size) == []


def group(page: Page, legend: str) -> Locator:
    return page.get_by_role("group", name=legend)


@pytest.mark.parametrize(("size", "scripts"), [("phone", False), ("desktop", True)])
async def test_the_work_with_a_family_goes_from_the_list_to_the_end(
    service: PagesService, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    async with visit(service, "p.worker", size, scripts=scripts, **NORTH) as page:

        async def save(button: str) -> None:
            await page.get_by_role("button", name=button).click()
            await expect(page.get_by_role("heading", level=1)).to_contain_text("Referral ")

        async def form(link: str) -> None:
            await follow(page.get_by_role("link", name=link, exact=True))

        await expect(page.get_by_role("heading", level=1)).to_have_text("Referrals")
        await check(page, "provider-list", size, scripts)
        await follow(page.get_by_role("rowheader").get_by_role("link"))
        await check(page, "provider-new", size, scripts)
        await save("Accept the referral")
        await expect(page.locator(".govuk-tag")).to_have_text("Accepted")
        for parent in ("Mother", "Father"):
            await form("Record a contact attempt")
            if parent == "Mother":
                await check(page, "provider-contact", size, scripts)
                await page.get_by_role("button", name="Save the attempt").click()
                await expect(page.get_by_role("alert")).to_contain_text("Select whom you tried to reach")
                await check(page, "provider-contact-problem", size, scripts)
            await page.get_by_label(parent).check()
            await page.get_by_label("Phone").check()
            await page.get_by_label("I reached them").check()
            await save("Save the attempt")
        await form("Assess the mother")
        for parent, found in (("Mother", "Suitable for this service"), ("Father", "Not seen yet")):
            await group(page, parent).get_by_label(found, exact=True).check()
        await check(page, "provider-assessment", size, scripts)
        await save("Save the assessment")
        await form("Assess the father")
        await group(page, "Father").get_by_label("Suitable for this service", exact=True).check()
        await save("Save the assessment")
        await expect(page.locator(".govuk-tag")).to_have_text("Assessed")
        await form("Plan or move a session")
        await page.get_by_label("The whole family").check()
        for part, value in (("Day", "31"), ("Month", "2"), ("Year", "2025")):
            await page.get_by_label(part, exact=True).fill(value)
        await page.get_by_label("What time does it begin?").fill("14:30")
        await page.get_by_role("button", name="Save the session").click()
        await expect(page.get_by_role("alert")).to_contain_text("Enter a real day")
        await page.get_by_label("Day", exact=True).fill("1")
        await page.get_by_label("Month", exact=True).fill("4")
        await check(page, "provider-session", size, scripts)
        await save("Save the session")

        # What the issue is about: three people's attendance in few clicks, counted from the list.
        await page.goto(f"{service.url}/pages/referrals?show=working")
        clicks = 0

        async def click(target: Locator) -> None:
            nonlocal clicks
            clicks += 1
            await target.click()

        await click(page.get_by_role("table").get_by_role("link").last)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Session 1: who came?")
        await check(page, "provider-attendance", size, scripts)
        await click(group(page, "Mother").get_by_label("Came", exact=True))
        await click(group(page, "Father").get_by_label("Came late"))
        await click(group(page, "Child").get_by_label("Did not come"))
        clicks += 1
        await save("Save who came")
        assert clicks <= 6
        await expect(page.get_by_text("Held; came: Mother, Father.")).to_be_visible()
        assert await service.state(CASE) == "in-sessions"
        await check(page, "provider-referral", size, scripts)

        await form("Close the referral")
        await page.get_by_label("The work is completed").check()
        for person, change in (("Mother", "Better"), ("Father", "The same"), ("Child", "Better")):
            await group(page, person).get_by_label(change, exact=True).check()
        await page.get_by_label("Child, 9 years old: in their own words (optional)").fill("It is quiet at home now.")
        await check(page, "provider-close", size, scripts)
        await save("Close the referral")
        await expect(page.locator(".govuk-tag")).to_have_text("Closed")
    events = await service.published()
    assert [event["change"] for event in events[-1][1]["views"]] == ["better", "same", "better"]
    assert "quiet" not in str(events)
    assert "provider.north.refusals" not in await service.topics()


async def test_a_form_that_is_sent_twice_counts_once_and_who_is_slower_reads_it(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    async with visit(service, "p.one", **NORTH) as one, visit(service, "p.two", **NORTH) as two:
        address = f"{service.url}/pages/referrals/{await referral(service)}"
        await one.goto(address)
        await two.goto(f"{address}/decline")
        await two.get_by_label("We have no free place").check()
        await one.get_by_role("button", name="Accept the referral").dblclick(delay=10)
        await expect(one.locator(".govuk-tag")).to_have_text("Accepted")
        await two.get_by_role("button", name="Decline the referral").click()
        await expect(two.get_by_role("heading", level=1)).to_have_text("Somebody was quicker, or it cannot be done now")
        await expect(two.get_by_role("main")).to_contain_text("The referral is now accepted")
        assert await looked_at(two, "provider-slower", "desktop") == []
        await one.goto(f"{address}/contact")
        for label in ("Mother", "Phone", "There was no answer"):
            await one.get_by_label(label).check()
        fields = dict(
            await one.locator("#form").evaluate(
                "form => Array.from(new FormData(form)).map(([name, value]) => [name, value])"
            )
        )
        sent = [
            one.request.post(f"{address}/contact", form=fields, headers={"Origin": service.origin}, max_redirects=0)
            for _ in range(3)
        ]
        assert [each.status for each in await asyncio.gather(*sent)] == [303, 303, 303]
        await one.goto(address)
        await expect(one.get_by_text("Tried 1 time, not reached yet.")).to_be_visible()


async def test_a_risk_answer_stops_the_case_and_nobody_reads_why(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    async with visit(service, "p.worker", **NORTH) as page:
        address = f"{service.url}/pages/referrals/{await referral(service)}"
        await page.goto(address)
        await page.get_by_role("button", name="Accept the referral").click()
        await page.get_by_role("link", name="Record a measure").click()
        await page.get_by_label("PHQ-9").check()
        await page.get_by_role("button", name="Continue").click()
        await page.get_by_label("Mother").check()
        await page.get_by_label("At the start").check()
        for number in range(1, 10):
            answer = "Several days" if number == 9 else "Not at all"
            await page.get_by_role("group", name=re.compile(rf"^{number}\. ")).get_by_label(answer).check()
        assert await looked_at(page, "provider-measure", "desktop") == []
        await page.get_by_role("button", name="Save the measure").click()
        await expect(page.locator(".govuk-tag")).to_have_text("Stopped")
        assert await looked_at(page, "provider-stopped", "desktop") == []
        assert await service.state(CASE) == "halted"


async def test_a_score_is_shown_with_its_band_and_how_it_has_changed(
    service: PagesService, visit: Callable[..., Any]
) -> None:
    """On a phone: answers in words, none of them left out where no rule allows it, and a score out of range."""
    async with visit(service, "p.worker", "phone", **NORTH) as page:
        address = f"{service.url}/pages/referrals/{await referral(service)}"
        await page.goto(address)
        await page.get_by_role("button", name="Accept the referral").click()
        for occasion, answer in (("At the start", "More than half the days"), ("At the end", "Not at all")):
            await page.goto(f"{address}/measure?about=gad-7")
            await expect(page.get_by_label("Child", exact=False)).to_have_count(0)
            await page.get_by_label("Mother").check()
            await page.get_by_label(occasion).check()
            for number in range(1, 7):
                await page.get_by_role("group", name=re.compile(rf"^{number}\. ")).get_by_label(answer).check()
            await page.get_by_role("button", name="Save the measure").click()
            await expect(page.get_by_role("alert")).to_contain_text("Select the answer to question 7")
            await page.get_by_role("group", name=re.compile(r"^7\. ")).get_by_label(answer).check()
            await page.get_by_role("button", name="Save the measure").click()
        await expect(page.get_by_role("main")).to_contain_text("GAD-7, at the start: 14 (moderate anxiety)")
        await expect(page.get_by_role("main")).to_contain_text(
            "Better by more than the questionnaire's own error (14 points), and no longer in the range of people"
        )
        assert await looked_at(page, "provider-measured", "phone") == []
        await page.goto(f"{address}/measure?about=csi-16")
        await page.get_by_label("Mother").check()
        await page.get_by_label("At the start").check()
        await page.get_by_label("What is the score?").fill("82")
        await page.get_by_role("button", name="Save the measure").click()
        await expect(page.get_by_role("alert")).to_contain_text("Enter a number from 0 to 81")
        assert await looked_at(page, "provider-measure-score", "phone") == []


async def test_another_provider_s_referral_is_not_there(service: PagesService, visit: Callable[..., Any]) -> None:
    async with visit(service, "s.worker", **SOUTH) as page:
        await expect(page.get_by_role("main")).to_contain_text("You have no family with you now.")
        for path in ("", "/decline", "/contact", "/close"):
            await page.goto(f"{service.url}/pages/referrals/{await referral(service)}{path}")
            await expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
    async with visit(service, "r.malik", to=f"/pages/referrals/{await referral(service)}") as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("You cannot see or do this")


@pytest.mark.parametrize("stop", ["halt", "withdraw", "hold"])
async def test_no_page_of_a_provider_has_what_is_kept_from_it(
    service: PagesService, visit: Callable[..., Any], stop: str
) -> None:
    """Everything that is known of the case is marked, and looked for in every page before and after it stops."""
    await service.http.post(f"/cases/{CASE}/notes", json={"text": "MARKED-NOTE"})
    shown = f"/pages/referrals/{await referral(service)}"
    paths = ["/pages/referrals", "/pages/referrals?show=working", "/pages/referrals?show=all", shown]
    paths += [f"{shown}/{form.name}" for form in FORMS]
    row = await service.pool.fetchrow("SELECT agency, family_ref, family FROM referral_case WHERE case_id = $1", CASE)
    family_of = row["family"]
    marked = {"MARKED-NOTE", "MARKED-REF", row["agency"], family_of["level_of_need"], str(CASE)}
    marked |= {parent["ethnicity"] for parent in family_of["parents"]} | {"separated", "told-by", "abuse sign"}
    codes = {"halted", "withdraw", "hold", "told by a parent", "specialist", "coordinator", "sign of abuse"}
    async with visit(service, "p.worker", **NORTH) as page:

        async def pages() -> dict[str, str]:
            found = {}
            for path in paths:
                answer = await page.request.get(f"{service.url}{path}")
                main = (await answer.text()).partition("<main")[2].partition("</main>")[0]
                assert answer.status == 200, path
                assert main, path
                found[path] = main
            return found

        for path, text in (await pages()).items():
            assert not {each for each in marked if each.lower() in text.lower()}, path
        body = {"source": "told-by-a-parent"} if stop == "halt" else None
        assert (await service.post(stop, body, CASE))[0] == 200
        for path, text in (await pages()).items():
            assert not {each for each in marked | codes if each.lower() in text.lower()}, path
            assert not {each for each in ("Mother", "Father", "9 years") if each in text}, path
        assert "Stop all work on this case" in (await pages())[shown]
