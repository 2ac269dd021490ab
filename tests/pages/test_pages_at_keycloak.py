"""The pages behind the real entrance, where people sign in at the real identity provider."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import expect

from deploy.directory.people import People
from deploy.stack.home import Stack
from shared.access.accounts import Person
from tests.support.pages_service import serving_behind
from tests.support.referral_families import ASKING_AREA
from tests.support.referral_service import DIRECTORY, family

PASSWORD = "a password of twelve and more"


@pytest.fixture
def person(identity: Stack) -> Iterator[Person]:
    with People(identity) as people:
        made = Person(f"r.{uuid4().hex[:8]}", ("coordinator",), (ASKING_AREA,), given_name="R", family_name="Malik")
        people.add(made, password=PASSWORD)
        yield made


async def test_a_coordinator_signs_in_with_a_password_works_and_signs_out(
    identity: Stack, databases: Any, visit: Callable[..., Any], person: Person
) -> None:
    async with serving_behind(identity, databases, *DIRECTORY) as service:
        await service.screened(family("F1", area=ASKING_AREA))
        async with visit(service, None) as page:
            await page.goto(service.origin)
            await page.get_by_role("button", name="Sign in").click()
            await page.locator("#username").fill(person.name)
            await page.locator("#password").fill(PASSWORD)
            await page.locator("#kc-login").click()
            await expect(page).to_have_url(f"{service.origin}/")
            await page.get_by_role("main").get_by_role("link", name="Worklist").click()
            await page.get_by_role("link", name="F1").click()
            await page.get_by_role("button", name="Take it in hand").click()
            await expect(page.get_by_text("This case is in your hands.")).to_be_visible()
            await page.get_by_role("button", name="Sign out").click()
            await expect(page.get_by_text("You are signed out.")).to_be_visible()
            # The session at the provider has ended too: it asks for the password again.
            await page.goto(f"{service.url}/pages/worklist")
            await expect(page.locator("#password")).to_be_visible()
