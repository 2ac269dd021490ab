"""Front doors' records that are not in, for the coordinators of their area alone, until they are."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from playwright.async_api import expect

from shared.contracts.dead_letters import FindingMade
from shared.contracts.screening import SubmissionRefused
from shared.messaging.core.envelope import new_id, write_headers
from tests.support.pages_service import PagesService, serving
from tests.support.referral_families import AGENCY, AREA, ASKING_AREA, START
from tests.support.referral_service import DIRECTORY, family
from tests.support.screens import looked_at

USED = "was used for another record; send it with a new one, superseding the old"


@pytest_asyncio.fixture
async def service(databases: Any) -> AsyncIterator[PagesService]:
    async with serving(databases, *DIRECTORY) as opened:
        yield opened


async def refuse(
    service: PagesService, *fields: str, submission: UUID | None = None, area: str | None = AREA, rule: str = "x"
) -> None:
    """A record of the school is refused for what is wrong with these fields."""
    event = SubmissionRefused(
        agency=AGENCY,
        area=area,
        occurred_at=START,
        submission_id=submission,
        family_ref="MARKED-REFERENCE",
        findings=tuple(FindingMade(field=field, rule=rule) for field in fields),
    )
    headers = write_headers(
        event_id=new_id(), event_type=event.ce_type(), source="screening", time=START, subject=AGENCY
    )
    record = service._record("submission-refused", AGENCY, event.model_dump_json().encode(), headers)
    await service.consumers["refused-records"].process([record])


async def open_records(service: PagesService) -> list[str]:
    return [row["wrong"][0] for row in await service.pool.fetch("SELECT wrong FROM refused_record ORDER BY refusal_id")]


@pytest.mark.parametrize(("size", "scripts"), [("phone", False), ("desktop", True)])
async def test_a_coordinator_sees_what_is_not_in_and_asks_for_it(
    service: PagesService, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    await refuse(service, "parents.0.name.family", "MARKED-FIELD", "parents.0.conversation.answers.physical-harm")
    await refuse(service, "value", area=ASKING_AREA)
    async with visit(service, "r.malik", size, scripts=scripts, areas=[AREA], to="/pages/worklist") as page:
        main = page.get_by_role("main")
        await page.get_by_role("link", name="1 record of your front doors could not be taken in").click()
        await expect(main).to_contain_text("a parent's name is missing or not complete")
        await expect(main).to_contain_text("something about a conversation with a parent")
        await expect(main).to_contain_text("Hampshire schools has been notified. Nobody of your team has asked them")
        assert "MARKED" not in await page.content()
        assert "physical" not in await page.content()
        if scripts:
            assert await looked_at(page, "refused-records", size) == []
        await page.get_by_role("button", name="I ask them for it").click()
        await expect(main).to_contain_text("You ask them for it since")
        await expect(page.get_by_role("button", name="I ask them for it")).to_have_count(0)
        async with visit(service, "o.ther", size, areas=[ASKING_AREA], to="/pages/refused-records") as other:
            await expect(other.get_by_role("main")).to_contain_text("it could not be read at all")
            await expect(other.get_by_role("main")).not_to_contain_text("parent's name")
        await page.get_by_role("button", name="Nothing more is to be done").click()
        await expect(main).to_contain_text("Every record of your front doors is in.")
    assert await open_records(service) == ["unreadable"]
    rows = await service.pool.fetch("SELECT refused_record::text AS row FROM refused_record")
    assert not any("MARKED" in each["row"] for each in rows)


async def test_one_of_another_area_is_not_taken(service: PagesService, visit: Callable[..., Any]) -> None:
    await refuse(service, "value", area=ASKING_AREA)
    refusal = await service.pool.fetchval("SELECT refusal_id FROM refused_record")
    async with visit(service, "r.malik", areas=[AREA], to="/pages/refused-records") as page:
        csrf = await page.locator("input[name=csrf]").first.get_attribute("value")
        for deed in ("take", "done"):
            answer = await page.request.post(
                f"{service.url}/pages/refused-records/{refusal}/{deed}",
                form={"csrf": csrf or ""},
                headers={"origin": service.origin},
            )
            assert answer.status == 200
    assert await service.pool.fetchval("SELECT taken_by IS NULL FROM refused_record") is True


async def test_it_is_in_once_it_came_mended_or_was_superseded(service: PagesService) -> None:
    mended, superseded, used, never = (uuid4() for _ in range(4))
    for submission in (mended, superseded, never):
        await refuse(service, "parents.0.name", submission=submission)
    # Refused again, for another reason: it is one record still.
    await refuse(service, "children", submission=never)
    await refuse(service, "submission_id", submission=used, rule=USED)
    # From before the event had an area.
    await refuse(service, "value", area=None)
    assert sorted(await open_records(service)) == ["children", "names", "names", "used-before"]
    await service.screened(
        family("F1", submission_id=mended),
        family("F2", submission_id=uuid4(), supersedes=superseded),
        # The record that had the id first, published once more: the other content is not in by that.
        family("F3", submission_id=used),
    )
    assert sorted(await open_records(service)) == ["children", "used-before"]
    await service.screened(family("F4", submission_id=uuid4(), supersedes=used))
    assert await open_records(service) == ["children"]
    # The two come by two topics: what is in does not wait because its refusal is read afterwards.
    await refuse(service, "parents.0.name", submission=mended)
    assert await open_records(service) == ["children"]
