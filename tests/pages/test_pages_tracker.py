"""The front door's tracker in a real browser: where each family is and what to do next, as its agency was told."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from shared.contracts.practitioners import practitioner_id
from shared.contracts.referral import AgreedParent, CaseHalted
from shared.contracts.workforce import PractitionerHandedOver
from tests.support.notification_families import Family
from tests.support.notification_pages import (
    AGENCY,
    COLLEAGUE,
    ME,
    NotificationPages,
    of_agency,
    ref,
    serving_notification,
)
from tests.support.screens import follow, looked_at


@pytest_asyncio.fixture
async def pages(databases: Any) -> AsyncIterator[NotificationPages]:
    async with serving_notification(databases) as opened:
        yield opened


async def some_families(pages: NotificationPages) -> dict[str, Family]:
    missing, agreed, halted, returned, others = [await pages.family() for _ in range(4)] + [
        await pages.family(COLLEAGUE)
    ]
    missing.screened("more-information", reasons=("privacy-notice-missing", "no-wrap-around"))
    agreed.screened(revision=1).details(revision=1).pass_days(1).agreed().accepted().pass_days(20).session(
        1, ("yes", "yes")
    )
    halted.screened("domestic-abuse-pathway", reasons=("abuse-indicator-disclosed",))
    returned.screened(revision=1).pass_days(2).returned()
    others.screened()
    for days, family in enumerate((missing, agreed, halted, returned, others)):
        for at, event in enumerate(family.events):
            family.events[at] = event.model_copy(update={"occurred_at": event.occurred_at + timedelta(days=days)})
    await pages.deliver(missing, agreed, halted, returned, others)
    return {"missing": missing, "agreed": agreed, "halted": halted, "returned": returned, "others": others}


@pytest.mark.parametrize(("size", "scripts"), [("phone", False), ("desktop", True)])
async def test_a_practitioner_finds_what_to_do_next_and_what_has_happened(
    pages: NotificationPages, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    known = await some_families(pages)
    found: list[str] = []
    async with visit(
        pages.service, ME, size, scripts=scripts, to="/pages/families", **of_agency("practitioner")
    ) as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("Families you referred")
        found += await looked_at(page, "tracker", size) if scripts else []
        assert await page.get_by_role("link", name=ref(known["others"])).count() == 0
        await page.get_by_label("Who does something next").select_option("you")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_role("rowheader")).to_have_count(3)
        await page.get_by_role("link", name=ref(known["missing"])).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(f"Family {ref(known['missing'])}")
        await expect(page.get_by_text("Share the privacy notice for families").first).to_be_visible()
        correct = page.get_by_role("button", name="Correct what you sent")
        await expect(correct).to_have_attribute("href", f"/screening/pages/front-door/{known['missing'].submission}")
        found += await looked_at(page, "tracked-family", size) if scripts else []
        await page.goto(f"{pages.service.url}/pages/families/{known['agreed'].case_id}")
        titles = page.locator(".parley-timeline h3")
        await expect(titles).to_have_text(
            [
                "A session was recorded",
                "The provider has accepted",
                "Agreed, and offered to the provider",
                "Screened: the area's team looks at the referral",
            ]
        )
        await page.get_by_role("link", name="Families you referred").first.click()
        await page.get_by_role("link", name="My team's").click()
        await expect(page.get_by_role("link", name=ref(known["others"]))).to_be_visible()
    assert found == []


async def test_what_is_shared_is_what_was_handed_over_and_a_parent_held_in_mind(
    pages: NotificationPages, visit: Callable[..., Any]
) -> None:
    handed, held = await pages.family(COLLEAGUE), await pages.family(COLLEAGUE)
    handed.screened()
    held.screened(revision=1).details(revision=1).pass_days(1).agreed()
    in_mind = held._practitioner().model_copy(update={"practitioner_id": practitioner_id(AGENCY, ME)})
    parents = [
        AgreedParent(person_id=who, ref=f"P{at}", role=role, first_language="en", wrap_around=wrap)
        for at, (who, role, wrap) in enumerate(zip(held.parents, ("mother", "father"), (in_mind, None), strict=True))
    ]
    held.events[-1] = held.events[-1].model_copy(update={"parents": tuple(parents)})
    await pages.deliver(handed, held)
    box = (await pages.family(ME))._practitioner()
    over = PractitionerHandedOver(
        agency=AGENCY, practitioner_id=practitioner_id(AGENCY, COLLEAGUE), to=box, occurred_at=handed.now
    )
    await pages.service.receive(over.topic, (over.subject(), over), source="test")
    async with visit(pages.service, ME, to="/pages/families?view=shared", **of_agency()) as page:
        await expect(page.get_by_role("link", name=ref(handed))).to_be_visible()
        await expect(page.get_by_text(f"The mother of family {ref(held)}.")).to_be_visible()
        assert "father" not in await page.content()
        assert await looked_at(page, "tracker-shared", "desktop") == []
        # Whoever has handed theirs over has none of them left.
    async with visit(pages.service, COLLEAGUE, to="/pages/families", **of_agency()) as page:
        await expect(page.get_by_text("You have referred no family yet.")).to_be_visible()


async def test_another_agency_and_another_area_see_nothing(pages: NotificationPages, visit: Callable[..., Any]) -> None:
    known = await some_families(pages)
    for claims in (of_agency(agency="other-agency"), {**of_agency(), "areas": ["E06000009"]}):
        async with visit(pages.service, ME, to="/pages/families?view=team", **claims) as page:
            await expect(page.get_by_text("Your agency has referred no family yet.")).to_be_visible()
            answer = await page.goto(f"{pages.service.url}/pages/families/{known['agreed'].case_id}")
            assert answer is not None
            assert answer.status == 404
            assert ref(known["agreed"]) not in await page.content()


@pytest.mark.parametrize("halted_by", ["a-sign", "a-withdrawal", "nothing"])
async def test_a_parent_who_refers_the_family_reads_nothing_of_the_other(
    pages: NotificationPages, visit: Callable[..., Any], halted_by: str
) -> None:
    family = await pages.family(ME)
    decided = {
        "a-sign": {"decision": "domestic-abuse-pathway", "reasons": ("abuse-indicator-disclosed",)},
        "a-withdrawal": {"decision": "not-ready", "reasons": ("parent-does-not-agree",)},
        "nothing": {"decision": "refer", "reasons": ()},
    }[halted_by]
    family.screened(source="self", revision=1, **decided)
    if halted_by == "nothing":
        family._happens(CaseHalted, raised_by="coordinator", referral_id=None, stopped_provider=None)
    await pages.deliver(family)
    async with visit(pages.service, ME, to="/pages/families", **of_agency()) as page:
        await expect(page.get_by_role("rowheader")).to_have_count(1)
        seen = [" ".join((await page.locator("main").inner_text()).split())]
        await follow(page.get_by_role("link", name=ref(family)))
        seen.append(" ".join((await page.locator("main").inner_text()).split()))
        html = await page.content()
    assert "Your answers are with the area's team" in seen[1]
    for word in ("abuse", "specialist", "agree", "ready", "halt", "stopped", "withdr", "refer ", "correct what"):
        assert word not in seen[1].lower(), word
        assert f'"{word}' not in html
    # A colleague who did not send it does not see it; a manager of the team does.
    for role, count in (("practitioner", 0), ("team-manager", 1)):
        async with visit(pages.service, COLLEAGUE, to="/pages/families?view=team", **of_agency(role)) as page:
            assert await page.get_by_role("rowheader").count() == count
