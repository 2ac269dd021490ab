"""The pages behind the real entrance, where people sign in at the real identity provider."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import expect

from deploy.directory.people import People
from deploy.stack import identity as provider
from deploy.stack.home import Stack
from shared.access.accounts import Person
from shared.contracts.administration import SignInEnded
from shared.messaging.publishing.transaction import in_transaction
from shared.service import ended_sign_ins
from tests.support.authenticator import Authenticator
from tests.support.pages_service import serving_another_behind, serving_behind
from tests.support.referral_families import ASKING_AREA
from tests.support.referral_service import DIRECTORY, family
from tests.support.screens import looked_at

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


async def test_whoever_an_administrator_signs_out_is_out_of_every_service_at_once(
    identity: Stack, databases: Any, visit: Callable[..., Any], person: Person
) -> None:
    async with (
        serving_behind(identity, databases, *DIRECTORY) as referral,
        serving_another_behind(identity, databases, "administration") as administration,
        visit(referral, None) as page,
    ):
        await page.goto(f"{referral.url}/pages/worklist")
        await page.locator("#username").fill(person.name)
        await page.locator("#password").fill(PASSWORD)
        await page.locator("#kc-login").click()
        await expect(page.get_by_role("heading", name="Worklist")).to_be_visible()
        with People(identity) as people:
            await asyncio.to_thread(people.enable, person.name, enabled=False)
        # Keycloak has told administration by now, which has published it; here it is handed on.
        rows = await administration.pool.fetch("SELECT value FROM outbox WHERE topic = 'notices'")
        events = [SignInEnded.model_validate_json(row["value"]) for row in rows]
        assert len(events) == 1
        async with in_transaction(referral.pool, "referral") as tx:
            await ended_sign_ins.end(tx.connection, events)
        await page.goto(f"{referral.url}/pages/worklist")
        await expect(page.locator("#password")).to_be_visible()
        # And what they were shown is not there for whoever goes back.
        await page.go_back()
        await expect(page.get_by_role("heading", name="Worklist")).not_to_be_visible()


async def test_an_authenticator_is_set_up_at_the_first_sign_in(
    identity: Stack, databases: Any, visit: Callable[..., Any], person: Person
) -> None:
    await asyncio.to_thread(provider.bring_up_to_date, replace(identity, second_factor=None))
    try:
        async with serving_behind(identity, databases, *DIRECTORY) as referral, visit(referral, None) as page:
            await page.goto(f"{referral.url}/pages/worklist")
            await page.locator("#username").fill(person.name)
            await page.locator("#password").fill(PASSWORD)
            await page.locator("#kc-login").click()
            # The picture for the telephone is shown under the pages' own policy.
            picture = page.locator("#kc-totp-secret-qr-code")
            await expect(picture).to_be_visible()
            assert await picture.evaluate("image => image.naturalWidth") > 0
            app = Authenticator.of(await page.content())
            await page.locator("#totp").fill(app.code())
            await page.locator("#saveTOTPBtn").click()
            await expect(page.get_by_role("heading", name="Worklist")).to_be_visible()
            # They change their password themselves: the sign-in is of a moment ago, so nothing is asked again.
            await page.goto(f"{referral.url}/pages/your-sign-in")
            barriers = await looked_at(page, "your-sign-in", "desktop")
            await page.get_by_role("link", name="Set up a passkey").click()
            await expect(page.locator("#registerWebAuthn")).to_be_visible()
            await page.goto(f"{referral.url}/pages/your-sign-in")
            await page.get_by_role("link", name="Change your password").click()
            await page.locator("#password-new").fill(f"{PASSWORD}, a new one")
            await page.locator("#password-confirm").fill(f"{PASSWORD}, a new one")
            await page.locator("[type=submit]").first.click()
            await expect(page.get_by_role("heading", name="Your sign-in")).to_be_visible()
            assert barriers == []
            await page.get_by_role("button", name="Sign out").click()
            await page.goto(f"{referral.url}/pages/worklist")
            await page.locator("#username").fill(person.name)
            await page.locator("#password").fill(f"{PASSWORD}, a new one")
            await page.locator("#kc-login").click()
            await page.locator("#otp").fill(app.code(1))
            await page.locator("#kc-login").click()
            await expect(page.get_by_role("heading", name="Worklist")).to_be_visible()
    finally:
        await asyncio.to_thread(provider.bring_up_to_date, identity)
