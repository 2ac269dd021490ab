"""Whoever administers an area invites, changes and keeps out its people, on the real Keycloak, and nobody else's."""

import asyncio
import re
import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller

from deploy.demo.browser import Browser
from deploy.demo.run import DIRECTORY
from deploy.directory.file import read_directory
from deploy.directory.people import People as Command
from deploy.stack.home import Stack
from services.administration.handlers.accounts import AccountRefusedError, Administrator, NoSuchAccountError, People
from services.administration.repository import directory
from services.administration.settings import AdministrationSettings
from shared.access.accounts import Person
from shared.messaging.timers.clock import Clock
from shared.service.definition import Context
from tests.support.sign_in import Proof, SignIn

HAMPSHIRE, ESSEX = "E10000014", "E10000034"
PASSWORD = "a password of twelve and more"
ENTRIES = [line.entry for line in read_directory(DIRECTORY)]


class Mails:
    """What was sent."""

    def __init__(self) -> None:
        self.came = threading.Event()
        self.text = ""

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it so
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        self.text = envelope.content.decode().replace("=\r\n", "").replace("=3D", "=")
        self.came.set()
        return "250 taken"


@pytest.fixture
def mails(identity: Stack) -> Iterator[Mails]:
    found = Mails()
    server = Controller(found, hostname="127.0.0.1", port=identity.ports["smtp"])
    server.start()
    yield found
    server.stop()


async def people_of(identity: Stack, databases: Any) -> People:
    database = await databases("administration")
    async with database.pool.acquire() as connection:
        await directory.save(connection, [(entry, number) for number, entry in enumerate(ENTRIES)])
    environment = identity.service_environment("administration")
    settings = AdministrationSettings(
        internal_ca_file=identity.home.root_certificate,
        identity_admin_url=environment["PARLEY_IDENTITY_ADMIN_URL"],
        identity_admin_secret=environment["PARLEY_IDENTITY_ADMIN_SECRET"],
    )
    context = Context("administration", settings, database.pool, database.keyring, Clock("events"))
    return People(context, settings)


def signs_in(identity: Stack, name: str, password: str) -> bool:
    client = SignIn(identity, "parley-pages", identity.identity_secret("parley-pages"))
    browser = Browser(identity)
    return browser.submit(browser.open(client.address(Proof.new())), username=name, password=password).is_redirect


async def test_somebody_is_invited_sets_a_password_is_changed_and_kept_out(
    identity: Stack, databases: Any, mails: Mails
) -> None:
    people = await people_of(identity, databases)
    who, entries = Administrator("a.dmin", f"staff-{1:032x}", [HAMPSHIRE]), await people.entries()
    name = f"r.{uuid4().hex[:8]}"
    person = Person(name, ("practitioner",), (), "hants-mash", None, "Rukhsana", "Malik", f"{name}@example.org")
    account = await people.invite(who, person, entries)
    assert await asyncio.to_thread(mails.came.wait, 30), "the link was mailed"
    assert [each.waits for each in await people.listed(who, entries) if each.id == account] == [True]
    link = re.search(r"https://\S+action-token\S+", mails.text)
    assert link is not None, mails.text

    def sets_password() -> bool:
        browser = Browser(identity)
        page = browser.open(link[0].replace("&amp;", "&"))
        if 'name="password-new"' not in page.text:  # Keycloak asks once whether to go on.
            further = re.search(r'href="([^"]*action-token[^"]*)"', page.text)
            assert further is not None, page.text
            page = browser.open(further[1].replace("&amp;", "&"))
        browser.submit(page, **{"password-new": PASSWORD, "password-confirm": PASSWORD})
        return signs_in(identity, name, PASSWORD)

    assert await asyncio.to_thread(sets_password)
    await people.change(who, account, Person("", ("coordinator",), (HAMPSHIRE,)), entries)
    found, beyond = await people.one(who, account, entries)
    assert (found.person.roles, found.person.areas, found.person.agency) == (("coordinator",), (HAMPSHIRE,), None)
    assert (beyond, found.waits, found.person.given_name) == (None, False, "Rukhsana")
    await people.enable(who, account, entries, enabled=False)
    assert not await asyncio.to_thread(signs_in, identity, name, PASSWORD)

    # Nobody gives what is not theirs to give, reaches beyond their areas, or changes themselves.
    for wanted in (("operator",), ("analyst",), ("area-administrator",)):
        with pytest.raises(AccountRefusedError, match="whoever runs Parley"):
            await people.change(
                who, account, Person("", wanted, () if wanted == ("operator",) else (HAMPSHIRE,)), entries
            )
    with pytest.raises(AccountRefusedError, match="work in"):
        await people.change(who, account, Person("", ("coordinator",), (HAMPSHIRE, ESSEX)), entries)
    with pytest.raises(AccountRefusedError, match="your own account"):
        await people.enable(Administrator(name, who.id, [HAMPSHIRE]), account, entries, enabled=True)
    with pytest.raises(NoSuchAccountError):
        await people.one(Administrator("e.dmin", who.id, [ESSEX]), account, entries)
    await people.enable(who, account, entries, enabled=True)


async def test_an_agency_without_a_signed_agreement_gets_nobody_and_no_more_areas_are_reached(
    identity: Stack, databases: Any
) -> None:
    people = await people_of(identity, databases)
    who = Administrator("a.dmin", f"staff-{1:032x}", [HAMPSHIRE])
    (agency,) = [entry for entry in ENTRIES if entry.key() == "agency/hants-mash"]
    unsigned = agency.model_copy(update={"agreement_signed_on": None})
    async with people._context.pool.acquire() as connection:
        await directory.save(connection, [(unsigned, 10_000)])
    entries = await people.entries()
    with pytest.raises(AccountRefusedError, match="no signed sharing agreement"):
        await people.invite(who, Person("n.obody", ("practitioner",), (), "hants-mash", email="n@example.org"), entries)
    # Somebody of two areas is seen in each, and changed by whoever administers both.
    name = f"b.{uuid4().hex[:8]}"
    with Command(identity) as command:
        command.add(Person(name, ("coordinator",), (HAMPSHIRE, ESSEX)), password=PASSWORD)
    (both,) = [each for each in await people.listed(who, entries) if each.person.name == name]
    with pytest.raises(AccountRefusedError, match="too"):
        await people.enable(who, both.id, entries, enabled=False)
    await people.enable(Administrator("c.dmin", who.id, [HAMPSHIRE, ESSEX]), both.id, entries, enabled=False)
