"""Nothing that one parent's pages or mails show changes with what the other parent did, whatever and whenever."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from ipaddress import IPv6Address
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.notification.domain.email import email_text
from services.notification.handlers.own_answers import OwnAnswers
from services.notification.handlers.own_links import ForWhom, NotSentError, OwnLinks
from services.notification.repository.own_links import AskedQuestions, OwnSession
from shared.contracts.base import Sealed
from shared.contracts.families import PersonRestricted
from tests.support.notification_families import Family
from tests.support.notification_pages import NotificationPages, serving_notification

SAFE = {"safe_methods": ["email"], "safe_times": None, "confidential_from_other_parent": False}
DEEDS = (
    *("a-sign", "halted", "withdrawn", "held", "resumed", "ended", "agreed", "details", "taken-back"),
    *("restricted", "linked", "consents", "objects", "stops", "complains"),
)
PATHS = (
    "",
    "/questions",
    "/answered",
    "/privacy",
    "/consent/referral",
    "/consent/evaluation",
    "/stop",
    "/complaint",
    "?saved=stop",
)
_DIFFERS = re.compile(r'nonce="[^"]*"|name="(?:csrf|key)" value="[^"]*"')


@pytest_asyncio.fixture
async def pages(databases: Any) -> AsyncIterator[NotificationPages]:
    async with serving_notification(databases) as opened:
        yield opened


async def screened(pages: NotificationPages) -> Family:
    family = await pages.family()
    family.contacts = {0: SAFE, 1: SAFE}
    family.screened(revision=1).details(revision=1)
    await pages.deliver(family)
    return family


async def does(pages: NotificationPages, links: OwnLinks, family: Family, deed: str) -> None:
    """What the other parent did, or what followed from it."""
    other = family.parents[1]
    answers = OwnAnswers(pages.service.context, "2026-11")
    session = OwnSession(await any_link(pages, family), family.case_id, other)
    match deed:
        case "a-sign":
            family.screened("domestic-abuse-pathway", revision=2)
        case "halted":
            family.halted()
        case "withdrawn":
            family.withdrawn()
        case "held":
            family.held()
        case "resumed":
            family.resumed()
        case "ended":
            family.closed()
        case "agreed":
            family.agreed()
        case "details":
            family.contacts[1] = SAFE | {"email": f"{uuid4().hex}@example.org"}
            family.screened(revision=3).details(revision=3)
        case "taken-back":
            family.taken_back(family.submission, None, 4)
        case "restricted":
            event = PersonRestricted(case_id=family.case_id, occurred_at=family.now, person_id=other, restricted=True)
            await pages.service.receive("person-restricted", (event.subject(), event), source="test")
        case "linked":
            with suppress(NotSentError):
                await links.send(ForWhom(family.case_id, other, "staff-1", uuid4()))
        case "consents":
            await answers.consent(session, "evaluation", True, uuid4())
        case "objects":
            await answers.consent(session, "evaluation", False, uuid4())
        case "stops":
            await answers.consent(session, "referral", False, uuid4())
        case "complains":
            await answers.complain(session, "about somebody", uuid4(), about_team=True)
    await pages.deliver(family)


async def any_link(pages: NotificationPages, family: Family) -> UUID:
    found: UUID = await pages.service.pool.fetchval(
        "SELECT link_id FROM parent_link WHERE case_id = $1 LIMIT 1", family.case_id
    )
    return found


async def seen(
    pages: NotificationPages, links: OwnLinks, before: Sequence[str] = (), after: Sequence[str] = ()
) -> list[str]:
    """The mail and every page of one parent, where the other did these before the link was opened, and after."""
    family = await screened(pages)
    asked = AskedQuestions("phq-9", "closure", "common-ground")
    sent = await links.send(ForWhom(family.case_id, family.parents[0], "staff-1", uuid4(), asked))
    for deed in before:
        await does(pages, links, family, deed)
    row = await pages.service.pool.fetchrow("SELECT * FROM email WHERE id = $1", sent.link_id)
    assert row is not None, "the mail is there whatever the other parent did"
    box = Sealed.model_validate(row["parent"])
    link = (await pages.service.keyring.for_opening([box])).open(box, sent.link_id)["link"]
    text = email_text("own-link", family.case_id, date(2026, 12, 7), "LINK")
    found = [text.subject, text.body, row["status"]]
    # As the entrance says it: each example is somebody else's address.
    address = {"x-forwarded-for": str(IPv6Address(uuid4().int))}
    async with httpx.AsyncClient(verify=False, follow_redirects=True, headers=address) as browser:  # noqa: S501 - a test's own
        entry = (await browser.get(link)).text
        token = re.findall(r'name="csrf" value="(\w+)"', entry)[0]
        origin = {"origin": pages.service.origin}
        found += [entry, (await browser.post(link, data={"code": sent.code, "csrf": token}, headers=origin)).text]
        for deed in after:
            await does(pages, links, family, deed)
        found += [(await browser.get(f"{pages.service.url}/pages/own{path}")).text for path in PATHS]
        page = found[-4]
        key = re.findall(r'name="key" value="([^"]+)"', page)[0]
        # Whoever came in has another secret than before.
        token = re.findall(r'name="csrf" value="(\w+)"', page)[0]
        form = {"csrf": token, "key": key, "agrees": "yes"}
        answered = await browser.post(f"{pages.service.url}/pages/own/consent/evaluation", data=form, headers=origin)
        found += [answered.text]
    secret = link.rpartition("/")[2]
    return [_DIFFERS.sub("", each).replace(secret, "SECRET") for each in found]


deeds = st.lists(st.sampled_from(DEEDS), max_size=4)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=deeds, after=deeds)
async def test_one_parents_pages_are_the_same_whatever_the_other_did(
    pages: NotificationPages, before: list[str], after: list[str]
) -> None:
    links = OwnLinks(pages.service.context, f"{pages.service.url}/pages/l")
    alone = await seen(pages, links)
    assert "You said yes here on" in alone[-1], datetime.now(UTC)
    assert await seen(pages, links, before, after) == alone
