"""A provider's manager sets the webhook in the pages: the secret is shown once, a test is sent, a change is mailed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from playwright.async_api import expect

from tests.support.notification_families import KEYS, provider
from tests.support.notification_pages import of_provider, serving_notification
from tests.support.screens import follow, looked_at
from tests.support.webhook_receiver import receiving


@pytest.mark.parametrize(("size", "scripts"), [("desktop", True), ("phone", False)])
async def test_a_manager_sets_tests_and_renews_the_webhook(
    databases: Any, visit: Callable[..., Any], tmp_path: Path, size: str, scripts: bool
) -> None:
    found: list[str] = []
    async with receiving(tmp_path) as receiver:
        settings = {"PARLEY_WEBHOOK_PRIVATE_ADDRESSES": "true", "PARLEY_WEBHOOK_CA_FILE": str(receiver.ca_file)}
        manager = of_provider(role="provider-manager")
        with patch.dict("os.environ", settings):
            async with (
                serving_notification(databases, provider("common-ground")) as pages,
                visit(pages.service, "m.anager", size, scripts=scripts, to="/pages/webhook", **manager) as page,
            ):
                address = page.get_by_label("Address", exact=True)
                await address.fill("http://example.org/")
                await page.get_by_role("button", name="Save the address").click()
                await expect(page.get_by_role("alert")).to_contain_text("must be an https address")
                await address.fill(receiver.address)
                await page.get_by_role("button", name="Save the address").click()
                secret = await page.locator("code").inner_text()
                assert secret.startswith("whsec_")
                found += await looked_at(page, "webhook-secret", size) if scripts else []
                await page.get_by_role("button", name="Send a test").click()
                await expect(page.get_by_text("The test arrived")).to_be_visible()
                await expect(page.get_by_text(secret)).to_have_count(0)
                event = receiver.opened(KEYS["common-ground"], secret, 0)
                assert (event["type"], event["data"]) == ("parley.webhook-ping.v1", {})
                receiver.answers = [500]
                await page.get_by_role("button", name="Send a test").click()
                await expect(page.get_by_text("The test did not arrive: your server answered 500")).to_be_visible()
                await expect(page.get_by_role("row")).to_have_count(3)
                found += await looked_at(page, "webhook", size) if scripts else []
                await follow(page.get_by_role("button", name="Get another secret"))
                assert await page.locator("code").inner_text() != secret
                rows = await pages.service.pool.fetch("SELECT about, provider, case_id FROM email")
                assert [tuple(row) for row in rows] == [("webhook-changed", "common-ground", None)] * 2
    assert found == []
