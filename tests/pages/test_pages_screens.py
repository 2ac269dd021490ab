"""Every page, on a phone and on a desk: accessible, no wider than the screen, and as a picture where one is asked for.

`make screenshots` writes the pictures that the documents show (PARLEY_SCREENSHOTS names the folder).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import expect

from shared.contracts.screening import PractitionerRef
from tests.support.accessible import barriers
from tests.support.pages_service import PagesService, serving
from tests.support.referral_families import AGENCY, ASKING_AREA, P1, START, parent, some_id
from tests.support.referral_service import DIRECTORY, area, family, offered
from tests.support.screens import follow, looked_at

OFFERS = (
    area(ASKING_AREA, automatic=False),
    offered("city-couple-support", "south", service="couple-support"),
    offered("riverside-mediation", "north", capacity=0, waiting_list=5),
    offered("one-parent-course", "south", service="parenting-programme", parents_needed="one"),
)


async def _families(service: PagesService) -> None:
    names = ("HF-2041", "HF-2057", "HF-2063", "HF-2070", "HF-2088", "HF-2093")
    # Of these days, so that nobody looks at a wait of years; with a referrer whose name can be read.
    days = (datetime.now(UTC) - START).days - len(names) - 1
    subject = some_id("referrer")
    keys = await service.keyring.for_sealing([subject], "practitioner")
    box = keys.seal(subject, "practitioner", {"name": "Amara Okoye", "email": "a.okoye@school.example.org"})
    known = {
        "practitioner": PractitionerRef(practitioner_id=subject, role="teacher", sealed=box),
        "parents": tuple(
            parent(ref).model_copy(update={"privacy_notice_on": (START + timedelta(days=days)).date()})
            for ref in ("P1", "P2")
        ),
    }
    await service.screened(
        *(family(name, area=ASKING_AREA, number=at, day=days + at, **known) for at, name in enumerate(names, 1))
    )
    for name, command, body in (
        ("HF-2041", "halt", {"source": "told-by-a-child"}),
        ("HF-2057", "return", {"missing": ["safe-way-of-contact"]}),
        ("HF-2063", "claim", {}),
        ("HF-2070", "to-panel", {}),
    ):
        case = family(name).case_id
        assert (await service.post(command, body, case))[0] == 200


@pytest.mark.parametrize("size", ["desktop", "phone"])
async def test_every_page(databases: Any, visit: Callable[..., Any], size: str) -> None:
    found: list[str] = []
    async with serving(databases, *DIRECTORY, *OFFERS) as service:
        await _families(service)
        async with visit(service, None, size) as page:
            await page.goto(f"{service.origin}/")
            found += await looked_at(page, "start", size)
        async with visit(service, size=size) as page:
            await page.goto(f"{service.origin}/")
            found += await looked_at(page, "start-signed-in", size)
            await page.goto(f"{service.url}/pages/worklist")
            found += await looked_at(page, "worklist", size)
            await page.get_by_role("link", name="HF-2088").click()
            await page.get_by_role("button", name="Take it in hand").click()
            await page.get_by_label("Add a note").fill("Spoke with the school: both parents still want to come.")
            await page.get_by_role("button", name="Save the note").click()
            await expect(page.locator(".parley-note")).to_have_count(1)
            found += await looked_at(page, "case", size)
            await follow(page.get_by_role("link", name="Return for information"))
            found += await looked_at(page, "return", size)
            await follow(page.get_by_role("button", name="Return to the referrer"))
            found += await looked_at(page, "return-with-an-error", size)
            for name in ("refuse", "to-panel", "hold", "withdraw", "halt"):
                await page.goto(f"{service.url}/pages/cases/{family('HF-2088').case_id}/{name}")
                found += await barriers(page)
            await page.goto(f"{service.url}/pages/cases/{family('HF-2041').case_id}")
            found += await looked_at(page, "case-stopped", size)
            await page.goto(f"{service.url}/pages/nothing")
            found += await looked_at(page, "not-found", size)
        async with visit(service, "a.nalyst", size, roles=["analyst"]) as page:
            found += await looked_at(page, "no-right", size)
    assert found == []


async def test_no_page_has_anything_that_identifies_a_parent_or_shows_what_one_answered(
    databases: Any, visit: Callable[..., Any]
) -> None:
    """The pages stand on codes of the whole family: nothing sealed of a person, nor whose sign it is, is in reach."""
    async with serving(databases, *DIRECTORY) as service:
        await _families(service)
        async with visit(service) as page:
            for name in ("HF-2041", "HF-2088"):
                await page.goto(f"{service.url}/pages/cases/{family(name).case_id}")
                text = await page.content()
                for mark in (str(P1), "indicator", "afraid", AGENCY + "-practitioner", "white-british", "unemployed"):
                    assert mark not in text, mark
