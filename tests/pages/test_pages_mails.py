"""How Parley writes to whoever is signed in, chosen in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import expect

from shared.contracts.practitioners import practitioner_id
from tests.support.notification_pages import AGENCY, ME, of_agency, of_provider, serving_notification
from tests.support.screens import looked_at

TO: dict[str, Any] = {"to": "/pages/mails"}


@pytest.mark.parametrize(("size", "scripts"), [("phone", False), ("desktop", True)])
async def test_a_practitioner_chooses_and_safety_is_not_theirs_to_switch_off(
    databases: Any, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    async with serving_notification(databases) as pages:
        who = of_agency() | {"email": "a.okoye@school.example", "name": "Ada Okoye"}
        async with visit(pages.service, ME, size, scripts=scripts, **TO, **who) as page:
            main = page.get_by_role("main")
            await expect(main).to_contain_text("a.okoye@school.example")
            await expect(main).to_contain_text("You have chosen nothing yet.")
            await expect(main).to_contain_text("What may concern somebody's safety, or spares you a journey")
            await expect(main).to_contain_text("that there is an answer about a case of yours")
            await expect(page.get_by_role("radio")).to_have_count(8)
            if scripts:
                assert await looked_at(page, "mails", size) == []
            messages = page.get_by_role("group", name="Messages from your area's team")
            await messages.get_by_label("Not at all: I look for myself").check()
            training = page.get_by_role("group", name="Your own training")
            await training.get_by_label("In the list of the week, on Monday at eight").check()
            await page.get_by_role("button", name="Save").click()
            await expect(page.get_by_text("It is saved, and holds for a year.")).to_be_visible()
            await expect(messages.get_by_label("Not at all: I look for myself")).to_be_checked()
        row = await pages.service.pool.fetchrow("SELECT * FROM mail_choice")
        assert (row["messages"], row["training"], row["overdue"]) == ("none", "digest", "digest")
        assert (row["practitioner_id"], row["agency"]) == (practitioner_id(AGENCY, ME), AGENCY)
        assert row["staff_id"].startswith("staff-")
        assert "okoye" not in str(dict(row)).lower()


async def test_a_provider_chooses_the_list_alone_and_whoever_has_no_address_nothing(
    databases: Any, visit: Callable[..., Any]
) -> None:
    async with serving_notification(databases) as pages:
        who = of_provider() | {"email": "worker@common-ground.example"}
        async with visit(pages.service, "n.worker", **TO, **who) as page:
            await expect(page.get_by_role("radio")).to_have_count(2)
            await expect(page.get_by_role("main")).not_to_contain_text("answer about a case of yours")
            await page.get_by_role("button", name="Save").click()
            await expect(page.get_by_text("It is saved, and holds for a year.")).to_be_visible()
        row = await pages.service.pool.fetchrow("SELECT provider, agency, overdue FROM mail_choice")
        assert tuple(row) == ("common-ground", None, "digest")
        async with visit(pages.service, "o.ther", **TO, **of_provider()) as page:
            await expect(page.get_by_text("Your account has no e-mail address.")).to_be_visible()
            await expect(page.get_by_role("radio")).to_have_count(0)
