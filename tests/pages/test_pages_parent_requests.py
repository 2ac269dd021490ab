"""A parent without an account asks for help in a real browser, and a front door sees to it."""

import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.async_api import Browser, Page, expect

from services.screening.domain.parent_requests import CloseReason, Method, Outcome
from services.screening.handlers.forms import Author
from services.screening.handlers.parent_requests import NotPossibleError, ParentRequests, RequestRetention
from tests.pages.conftest import visitor
from tests.support.front_door_form import AGENCY, AREA, PRACTITIONER
from tests.support.front_door_pages import front_door
from tests.support.pages_service import AnyPagesService
from tests.support.screens import looked_at

SELF = {"kind": "agency", "id": "hants-help", "name": "Family help", "areas": [AREA], "sources": ["self", "early-help"]}
WORKER = PRACTITIONER | {"agency": "hants-help"}
GIVEN = {
    **{"afraid": ["no"], "given": ["Morwenna"], "phone": ["07700 900201"], "safe_methods": ["phone"]},
    **{"safe_times": ["Mornings"], "leave_message": ["no"], "worry": ["We argue."], "knows": ["no"]},
}


@pytest_asyncio.fixture
async def service(databases: Any, tmp_path: Path) -> AsyncIterator[AnyPagesService]:
    async with front_door(databases, tmp_path) as opened:
        await opened.register(SELF)
        yield opened


@pytest.mark.parametrize(("size", "scripts"), [("phone", False), ("desktop", True)])
async def test_a_parent_asks_and_the_front_door_sees_to_it(
    service: AnyPagesService, visit: Callable[..., Any], browser: Browser, size: str, scripts: bool
) -> None:
    found: list[str] = []

    async def look(page: Page, name: str) -> None:
        if scripts:
            await page.evaluate("scrollTo(0, 0)")
        found.extend(await looked_at(page, name, size) if scripts else [])

    async with visitor(browser, size, scripts=scripts) as page:
        heading = page.get_by_role("heading", level=1)
        await page.goto(f"{service.url}/pages/help")
        await expect(page.get_by_role("main")).to_contain_text("999")
        await look(page, "help-areas")
        await page.get_by_label("Which council").select_option(label="Hampshire")
        await page.get_by_role("button", name="Continue").click()
        await expect(heading).to_have_text("Is anybody in danger now?")
        await expect(page.get_by_role("main")).to_contain_text("0800 000 222")
        await look(page, "help-danger")
        await page.get_by_role("button", name="Ask for somebody to speak with you").click()
        await look(page, "help-ask")
        await page.get_by_label("What worries you?").fill("MARKED-WORDS about us")
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_role("alert")).to_contain_text("Select whether you are afraid of the other parent")
        await expect(page.get_by_label("What worries you?")).to_have_value("MARKED-WORDS about us")
        await look(page, "help-ask-problem")
        await page.get_by_label("I am not sure, or I would rather not say here").check()
        await page.get_by_label("Your first name").fill("Morwenna-MARKED")
        await page.get_by_label("Phone number").fill("07700 900201")
        await page.get_by_label("Phone call").check()
        await page.get_by_label("When is it safe?").fill("Mornings")
        await page.get_by_label("No, others could hear or read it").check()
        await page.get_by_role("group", name="Does the other parent know").get_by_label("No", exact=True).check()
        await page.get_by_role("button", name="Send").click()
        await expect(heading).to_have_text("Your request has been sent")
        await look(page, "help-sent")
        await page.goto(f"{service.url}/pages/help/{AREA}/privacy")
        await look(page, "help-privacy")
        for path in ("", f"/{AREA}", f"/{AREA}/ask", f"/{AREA}/sent", f"/{AREA}/privacy", "/E09999999"):
            await page.goto(f"{service.url}/pages/help{path}")
            await expect(page.get_by_role("button", name="Exit this page")).to_be_visible()
    async with visit(service, "n.worker", size, scripts=scripts, to="/pages/requests", **WORKER) as page:
        await expect(page.get_by_text("Safety: look first")).to_be_visible()
        if scripts:
            # Another one comes while somebody looks.
            await ParentRequests(service.context).ask(AREA, GIVEN, uuid4())
            await expect(page.get_by_role("rowheader")).to_have_count(2)
        await look(page, "requests")
        await page.get_by_role("rowheader").first.get_by_role("link").click()
        await expect(page.get_by_role("main")).to_contain_text("MARKED-WORDS about us")
        await page.get_by_role("button", name="Take it").click()
        await expect(page.get_by_role("main")).to_contain_text("n.worker, since")
        await page.get_by_text("You tried to reach them").click()
        await page.get_by_role("button", name="Record it").click()
        await expect(page.get_by_role("alert")).to_contain_text("Select how you tried")
        await page.get_by_label("Phone call").check()
        await expect(page.get_by_label("I left a message")).to_have_count(0)
        await page.get_by_label("No answer").check()
        await page.get_by_role("button", name="Record it").click()
        await expect(page.get_by_role("main")).to_contain_text("Phone call. No answer")
        await look(page, "request")
        await page.get_by_text("Begin a screening").first.click()
        await page.get_by_label("Your own reference for the family").fill("2041-F")
        await page.get_by_role("button", name="Begin a screening").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Your draft")
        draft = page.url
        await page.goto(f"{draft}/ask/parent-1")
        await expect(page.get_by_label("First name")).to_have_value("Morwenna-MARKED")
        await expect(page.get_by_label("When is it safe?")).to_have_value("Mornings. Leave no message.")
        await page.goto(f"{service.url}/pages/requests")
        await page.get_by_role("rowheader").first.get_by_role("link").click()
        await page.get_by_text("Close it", exact=True).first.click()
        await page.get_by_label("Screened: each parent was spoken with alone").check()
        await page.get_by_role("button", name="Close it").click()
        await expect(page.get_by_text("Closed").first).to_be_visible()
        request = await service.pool.fetchval("SELECT request_id FROM parent_request WHERE form_id IS NOT NULL")
    # Another agency, and another area's coordinator, see nothing of it; the area's own does.
    async with visit(service, "i.pryce", to="/pages/requests", **PRACTITIONER) as page:
        await expect(page.get_by_text("No parent has asked.")).to_be_visible()
        answer = await page.goto(f"{service.url}/pages/requests/{request}")
        assert answer is not None
        assert answer.status == 404
    async with visit(service, "e.lsewhere", to="/pages/requests", areas=["E06000001"]) as page:
        await expect(page.get_by_text("No parent has asked.")).to_be_visible()
    async with visit(service, "r.malik", to=f"/pages/requests/{request}", areas=[AREA]) as page:
        await expect(page.get_by_role("main")).to_contain_text("MARKED-WORDS about us")
    assert found == []
    await nothing_in_clear(service)


async def nothing_in_clear(service: AnyPagesService, mark: str = "MARKED") -> None:
    """No row of any table has what was written, and nothing is published but that there is a request."""
    for row in await service.pool.fetch(
        "SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname IN ('public', 'web')"
    ):
        rows = await service.pool.fetch(f"SELECT t::text FROM {row['name']} AS t")  # noqa: S608 - names of tables
        assert not any(mark in each["t"] for each in rows), row["name"]
    published = await service.pool.fetch("SELECT topic, value, headers FROM outbox")
    assert {row["topic"] for row in published} <= {"help-requested"}
    for row in published:
        assert set(json.loads(row["value"])) == {"request_id", "occurred_at", "area", "agency", "danger"}
        assert mark not in f"{row['value']!r} {row['headers']!r}"


DEEDS = ("take", "tried", "screen", "hand-on", "close")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(st.sampled_from(DEEDS), max_size=5), afraid=st.sampled_from(["yes", "no", "not-sure"]))
async def test_nothing_of_a_request_leaves_the_service_whatever_is_done_about_it(
    service: AnyPagesService, deeds: list[str], afraid: str
) -> None:
    requests, author = ParentRequests(service.context), Author("hants-help", "staff-1", "n.worker")
    marked = {name: [f"{each}-MARKED" for each in GIVEN[name]] for name in ("given", "worry", "safe_times")}
    await requests.ask(AREA, GIVEN | marked | {"afraid": [afraid]}, uuid4())
    request: UUID = await service.pool.fetchval(
        "SELECT request_id FROM parent_request ORDER BY request_id DESC LIMIT 1"
    )
    for deed in deeds:
        try:
            match deed:
                case "take":
                    await requests.take(request, "staff-1", uuid4())
                case "tried":
                    await requests.tried(request, "staff-1", Method.PHONE, Outcome.NO_ANSWER, uuid4())
                case "screen":
                    await requests.begin_screening(request, author, "2041-F", {"name": ["N"]})
                case "hand-on":
                    await requests.hand_to(request, AGENCY, uuid4())
                case "close":
                    await requests.close(request, "staff-1", CloseReason.OTHER_HELP, uuid4())
        except NotPossibleError:
            assert "close" in deeds
    await nothing_in_clear(service)
    published = await service.pool.fetch("SELECT value FROM outbox WHERE key = $1 ORDER BY id", str(request).encode())
    events = [json.loads(each["value"]) for each in published]
    # Whoever has it now is written to; what cannot be done after the end is announced to nobody.
    open_deeds = deeds[: deeds.index("close")] if "close" in deeds else deeds
    assert [each["agency"] for each in events] == ["hants-help", *[AGENCY] * open_deeds.count("hand-on")]
    assert {each["danger"] for each in events} == {afraid != "no"}


async def test_a_request_counts_once_comes_from_our_page_and_ends_with_its_key(service: AnyPagesService) -> None:
    address = f"{service.url}/pages/help/{AREA}/ask"
    async with httpx.AsyncClient(verify=False, headers={"x-forwarded-for": "192.0.2.7"}) as http:  # noqa: S501 - a test's own
        page = (await http.get(address)).text
        form = {name: value for name, (value, *_) in GIVEN.items()}
        form |= dict(re.findall(r'name="(csrf|key)" value="([^"]+)"', page))
        origin = {"origin": service.origin}
        assert (await http.post(address, data=form)).status_code == 403
        assert (await http.post(address, data=form | {"csrf": "0" * 64}, headers=origin)).status_code == 403
        for _ in range(2):
            assert (await http.post(address, data=form, headers=origin)).status_code == 303
        assert await service.pool.fetchval("SELECT count(*) FROM parent_request") == 1
        sent = [
            (await http.post(address, data=form | {"key": str(uuid4())}, headers=origin)).status_code for _ in range(12)
        ]
        assert sent[-1] == 429
        assert (await http.post(address, data=form | {"worry": "x" * 70_000}, headers=origin)).status_code == 403
        # Whoever comes from elsewhere is not kept out by it.
        other = origin | {"x-forwarded-for": "192.0.2.8"}
        assert (await http.post(address, data=form | {"key": str(uuid4())}, headers=other)).status_code == 303
    rows = await service.pool.fetch("SELECT * FROM parent_request ORDER BY request_id")
    assert {(row["agency"], row["danger"]) for row in rows} == {("hants-help", False)}
    deleted, kept = rows[0]["request_id"], rows[1]["request_id"]
    await ParentRequests(service.context).close(deleted, "staff-1", CloseReason.DELETE, uuid4())
    assert await service.keyring.erased([deleted, kept]) == {deleted}
    retention, ends = RequestRetention(service.context), rows[1]["expires_at"]
    assert await retention.due(ends - timedelta(days=1)) == {}
    number = len(rows) - 1
    assert await retention.apply(ends + timedelta(minutes=1)) == {AREA: number}
    assert await service.keyring.erased([kept]) == {kept}
    assert await service.pool.fetchval("SELECT count(*) FROM parent_request") == 0


async def test_a_request_goes_to_no_front_door_that_has_left(service: AnyPagesService) -> None:
    requests = ParentRequests(service.context)
    await requests.ask(AREA, GIVEN, uuid4())
    await service.register(SELF | {"left": True})
    await requests.ask(AREA, GIVEN, uuid4())
    rows = await service.pool.fetch("SELECT agency FROM parent_request ORDER BY request_id")
    assert [row["agency"] for row in rows] == ["hants-help", None]
