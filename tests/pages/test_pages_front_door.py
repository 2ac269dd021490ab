"""A practitioner at the front door in a real browser, on a phone and a desk, with scripts and without."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from services.screening.handlers import forms
from services.screening.handlers.forms import Author, DraftRetention
from tests.support.front_door_form import (
    AGENCY,
    AREA,
    HOME,
    PRACTITIONER,
    Answers,
    Hand,
    begins,
    checks_and_sends,
    fields_of,
    screens,
    talk,
    whole,
)
from tests.support.front_door_pages import front_door
from tests.support.pages_service import AnyPagesService
from tests.support.screens import looked_at


@pytest_asyncio.fixture
async def service(databases: Any, tmp_path: Path) -> AsyncIterator[AnyPagesService]:
    async with front_door(databases, tmp_path) as opened:
        yield opened


async def written(service: AnyPagesService, page: Page, **changes: Answers) -> str:
    """The address of a draft that is whole, begun by whoever looks at the page and written past it."""
    await begins(Hand(page), "2041-F")
    form_id = UUID(page.url.split("/")[-3])
    who = await service.pool.fetchval("SELECT author FROM form WHERE form_id = $1", form_id)
    for name, answers in whole(**changes).items():
        more = {"family_ref": "2041-F", "area": AREA} if name == "family" else {}
        values = {
            each: [given] if isinstance(given, str) else given
            for each, given in fields_of({**answers, **more}, kept=True).items()
        }
        await forms.save(service.context, Author(AGENCY, who, "i.pryce"), form_id, {name: values})
    return f"{service.url}{HOME}/{form_id}"


async def heading(page: Page, text: str) -> None:
    await expect(page.get_by_role("heading", level=1)).to_have_text(text, timeout=20_000)


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
        await hand.follows("Parents in conflict")
        await look("eligibility")
        await page.goto(f"{service.url}{HOME}")
        await begins(hand, "2041-F")
        for name, answers in screens(whole()).items():
            await hand.answers(answers)
            await look(name)
            await hand.presses("Save and continue")
        await heading(page, "Check: Morwenna")
        await look("check-parent")
        await page.goto(page.url.rpartition("/")[0] + "/family")
        await heading(page, "Check and send")
        await look("check-family")
        await page.go_back()
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


async def test_no_page_of_one_parent_holds_what_the_other_answered_and_nobody_else_reads_a_draft(
    service: AnyPagesService, visit: Callable[..., Any]
) -> None:
    one, other = "MARK-OF-ONE", "MARK-OF-THE-OTHER"
    changes: dict[str, Answers] = {
        **{"parent_1": {"family": one}, "parent_2": {"family": other}},
        **{"parent_1_contact": {"safe_times": one}, "parent_2_contact": {"safe_times": other}},
        **{"parent_1_ready": {"wrap_around": "other", "wrap_name": one, "wrap_role": "Nurse", "wrap_email": "a@b.org"}},
        "parent_1_talk": talk(**{"afraid-of-other-parent": "yes"}),
    }
    async with visit(service, "i.pryce", to=HOME, **PRACTITIONER) as page:
        draft = await written(service, page, **changes)
        names = [
            *(f"ask/{name}" for name in whole()),
            *(f"look/{part}" for part in ("family", "parent-1", "parent-2", "child-1")),
        ]
        paths = ["", "/send", "/danger/parent-1-talk", "/danger/parent-2-talk", *(f"/{name}" for name in names)]
        texts = {path: await (await page.request.get(f"{draft}{path}")).text() for path in paths}
        held = {path: {mark for mark in (one, other) if mark in text} for path, text in texts.items()}
        assert {path for path, marks in held.items() if len(marks) > 1} == set()
        for number, mark in ((1, one), (2, other)):
            mine = {path for path, marks in held.items() if mark in marks}
            assert mine == {path for path in mine if f"parent-{number}" in path}
            assert {f"/ask/parent-{number}-contact", f"/look/parent-{number}"} <= mine
        # Which of them has told of a sign of abuse is on no page of the other's, nor on one of both.
        assert [path for path, text in texts.items() if "Is anybody in danger now?" in text] == [
            "/danger/parent-1-talk"
        ]
        await page.goto(f"{draft}/ask/parent-1-talk")
        await Hand(page).presses("Save and continue")
        await heading(page, "Is anybody in danger now?")
        await expect(page.get_by_role("main")).to_contain_text("0800 000 222")
        await expect(page.get_by_role("main")).to_contain_text("Safe Line")
        assert await looked_at(page, "front-door-danger", "desktop") == []
        await Hand(page).presses("Go on with the form")
        await heading(page, "Is Morwenna ready?")
        await page.goto(draft)
        assert await looked_at(page, "front-door-draft", "desktop") == []
    async with visit(service, "x.other", to=draft.removeprefix(service.url), **PRACTITIONER) as page:
        await heading(page, "Page not found")
        await page.goto(f"{service.url}{HOME}/new")
        await Hand(page).answers({"family_ref": "2041-F"})
        await Hand(page).presses("Start")
        # That a colleague writes of the family is told to nobody.
        await heading(page, "The family")
    assert one not in str(await service.pool.fetch("SELECT * FROM form_page"))


async def test_what_is_sent_twice_counts_once_and_what_was_typed_is_not_lost(
    service: AnyPagesService, visit: Callable[..., Any]
) -> None:
    async with visit(service, "i.pryce", to=HOME, **PRACTITIONER) as page:
        draft = await written(service, page)
        await page.goto(f"{draft}/ask/child-1")
        await page.get_by_label("What does the child see, hear, feel and want?").fill("Wants both at the school play.")
        await service.pool.execute("TRUNCATE web.page_session")
        await page.get_by_role("button", name="Save and continue").click()
        await heading(page, "You have been signed out")
        await expect(page.locator(".parley-note")).to_have_text("Wants both at the school play.")
        await page.get_by_role("link", name="Sign in and go back to the page").click()
        await heading(page, "Child 1")
        # Nothing of an unfinished page is lost, nor does it stop anybody from stopping.
        await page.get_by_label("What does the child see, hear, feel and want?").fill("To see both.")
        await page.locator("#born-year").fill("1816")
        await Hand(page).presses("Save and continue")
        await expect(page.get_by_role("alert")).to_contain_text("enter a real date")
        await expect(page.get_by_label("What does the child see")).to_have_value("To see both.")
        await page.locator("#born-year").fill("2016")
        await Hand(page).presses("Save and come back later")
        await expect(page.get_by_role("main")).not_to_contain_text("To do")
        await page.goto(f"{draft}/send")
        await page.get_by_role("button", name="Send", exact=True).dblclick(delay=10)
        await heading(page, "With the team")
        csrf = await page.locator("input[name=csrf]").last.get_attribute("value")
        again = await page.request.post(
            f"{draft}/send", form={"csrf": csrf or ""}, headers={"Origin": service.origin}, max_redirects=0
        )
        assert again.status == 303
        await page.go_back()
        await heading(page, "With the team")
        await asyncio.sleep(0.1)
    assert await service.pool.fetchval("SELECT count(*) FROM submission") == 1
    assert await service.pool.fetchval("SELECT count(*) FROM dead_letter") == 0


async def test_a_correction_supersedes_and_both_sides_see_which_answers_it_changed_but_not_how(
    service: AnyPagesService, visit: Callable[..., Any]
) -> None:
    async with visit(service, "i.pryce", to=HOME, **PRACTITIONER) as page:
        hand = Hand(page)
        first = await written(service, page, parent_2_talk={"physical-harm": "unsure"})
        await page.goto(f"{first}/send")
        await hand.presses("Send")
        await heading(page, "More is needed")
        await expect(page.get_by_role("main")).to_contain_text("An unknown is never read as a no.")
        await hand.presses("Correct it")
        await heading(page, "Your correction")
        second = page.url
        for name, answers in (
            ("parent-2-talk", {"physical-harm": "no"}),
            ("family", {"level_of_need": "child-in-need"}),
        ):
            await page.goto(f"{second}/ask/{name}")
            await hand.answers(answers)
            await hand.presses("Save and continue")
        await page.goto(f"{second}/send")
        await hand.presses("Send")
        await heading(page, "With the team")
        await expect(page.get_by_role("heading", level=3)).to_have_text(["The family", "Parent 2"])
        assert await looked_at(page, "front-door-corrected", "desktop") == []
        await page.goto(first)
        await expect(page.get_by_role("main")).to_contain_text("You corrected this screening.")
        await page.goto(f"{first}/look/parent-1")
        assert await looked_at(page, "front-door-sent-part", "desktop") == []
    rows = await service.pool.fetch("SELECT case_id, supersedes, reasons FROM submission ORDER BY arrival")
    assert [row["reasons"] for row in rows] == [["indicator-unanswered"], []]
    assert str(rows[1]["supersedes"]) == first.rpartition("/")[2]
    async with visit(service, "r.malik", to=f"/pages/cases/{rows[0]['case_id']}/changes", areas=[AREA]) as page:
        await heading(page, "What was corrected")
        await expect(page.get_by_role("main")).to_contain_text("Level of need")
        await expect(page.get_by_role("main")).to_contain_text("The safety conversation")
        await expect(page.get_by_role("main")).not_to_contain_text("Child in need")
        assert await looked_at(page, "front-door-changes", "desktop") == []


async def test_a_draft_ends_with_its_key_and_what_was_sent_goes_with_its_people(
    service: AnyPagesService, visit: Callable[..., Any]
) -> None:
    async with visit(service, "i.pryce", to=HOME, **PRACTITIONER) as page:
        draft = await written(service, page)
        row = await service.pool.fetchrow("SELECT form_id, expires_at FROM form")
        retention = DraftRetention(service.context)
        assert await retention.due(row["expires_at"] - timedelta(seconds=1)) == {}
        assert await retention.apply(row["expires_at"]) == {"": 1}
        assert await service.keyring.erased([row["form_id"]]) == {row["form_id"]}
        assert await service.pool.fetchval("SELECT count(*) FROM form_page") == 0
        await page.goto(draft)
        await heading(page, "Page not found")


@pytest.mark.parametrize(
    ("scripts", "size"), [(True, "desktop"), (False, "phone")], ids=["scripts-desktop", "no-scripts-phone"]
)
async def test_a_draft_of_the_earlier_layout_opens_on_another_day_which_can_be_changed(
    service: AnyPagesService, visit: Callable[..., Any], scripts: bool, size: str
) -> None:
    before, instead = (datetime.now(UTC).date() - timedelta(days=days) for days in (40, 10))
    kept = (before.day, before.month, before.year)

    async def shows(page: Page, name: str, day: date) -> None:
        await expect(page.locator(f"[name={name}-when][value=other]")).to_be_checked()
        for part in ("day", "month", "year"):
            field = page.locator(f"[name={name}-{part}]")
            await expect(field).to_be_visible()
            await expect(field).to_have_value(str(getattr(day, part)))

    async with visit(service, "i.pryce", size, scripts=scripts, to=HOME, **PRACTITIONER) as page:
        # A draft from before days were chosen: they were three fields, and whether a talk was held another question.
        address = await written(
            service, page, parent_1_talk={"held_on": kept}, parent_1_ready={"privacy_notice_on": kept}
        )
        for screen, name in (("parent-1-talk", "held_on"), ("parent-1-ready", "privacy_notice_on")):
            await page.goto(f"{address}/ask/{screen}")
            await shows(page, name, before)
            if scripts:
                assert await looked_at(page, f"front-door-{screen}-another-day", size) == []
            for part in ("day", "month", "year"):
                await page.locator(f"[name={name}-{part}]").fill(str(getattr(instead, part)))
            await Hand(page).presses("Save and continue")
            await page.goto(f"{address}/ask/{screen}")
            await shows(page, name, instead)
        # Yesterday needs no day, whatever stands in the closed part.
        await page.get_by_label("Yesterday").check()
        await Hand(page).presses("Save and continue")
        await page.goto(f"{address}/ask/parent-1-ready")
        await expect(page.get_by_label("Yesterday")).to_be_checked()
