"""A parent's one-time link on a real database: whom it goes to, what opens it and how often, and what ends it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from services.notification.domain.own_links import MOST_WRONG_CODES, Unsafe
from services.notification.handlers.own_links import ForWhom, NotOpenedError, NotSentError, OwnLinks, SentLink
from services.notification.handlers.own_sessions import OwnSessionRetention
from services.notification.repository import own_links
from shared.contracts.base import Sealed
from shared.contracts.families import PersonRestricted
from shared.service.form_keys import AlreadySentError
from tests.support.notification_families import Family, Notification

ADDRESS = "https://own.example/notification/pages/l"
SAFE = {"safe_methods": ["email"], "safe_times": None, "confidential_from_other_parent": True}


@pytest_asyncio.fixture
async def service(databases: Any) -> AsyncIterator[Notification]:
    opened = Notification(await databases("notification"), await databases("screening"))
    await opened.register_all()
    await opened.pool.execute("TRUNCATE web.own_session")
    yield opened


@pytest.fixture
def links(service: Notification) -> OwnLinks:
    return OwnLinks(service.context, ADDRESS)


async def screened(service: Notification, **contacts: dict[str, Any]) -> Family:
    family = await service.family()
    family.contacts = {0: SAFE | contacts.get("mother", {}), 1: SAFE | contacts.get("father", {})}
    family.screened(revision=1).details(revision=1)
    await read(service, family)
    return family


async def read(service: Notification, family: Family) -> None:
    await service.receive(family.events)
    family.events.clear()


def for_whom(family: Family, parent: int = 0) -> ForWhom:
    return ForWhom(family.case_id, family.parents[parent], "staff-1", uuid4())


async def secret_of(service: Notification, sent: SentLink) -> str:
    """The secret as the mail has it: nothing else does."""
    box = Sealed.model_validate(await service.pool.fetchval("SELECT parent FROM email WHERE id = $1", sent.link_id))
    keys = await service.context.keyring.for_opening([box])
    link: str = keys.open(box, sent.link_id)["link"]
    assert link.startswith(f"{ADDRESS}/")
    return link.removeprefix(f"{ADDRESS}/")


BROWSER, OTHER_BROWSER = b"1" * 32, b"2" * 32
ENTRY, OTHER_ENTRY = b"3" * 32, b"4" * 32


async def test_a_link_opens_once_in_one_browser_and_is_that_parent_s_alone(
    service: Notification, links: OwnLinks
) -> None:
    family = await screened(service)
    sent = await links.send(for_whom(family))
    secret = await secret_of(service, sent)
    assert len(secret) >= 43
    await links.open(secret, sent.code, ENTRY, OTHER_BROWSER)
    # The answer may have been lost: the same browser is let in again, nobody else is.
    await links.open(secret, sent.code, ENTRY, BROWSER)
    with pytest.raises(NotOpenedError):
        await links.open(secret, sent.code, OTHER_ENTRY, b"5" * 32)
    session = await links.whose(BROWSER)
    assert session is not None
    assert (session.case_id, session.person_id) == (family.case_id, family.parents[0])
    assert await links.whose(OTHER_BROWSER) is None
    # Whoever put a secret into this browser before knows the entry, and is too late once the page was used.
    with pytest.raises(NotOpenedError):
        await links.open(secret, sent.code, ENTRY, OTHER_BROWSER)
    assert await links.whose(ENTRY) is None
    await links.finish(BROWSER)
    assert await links.whose(BROWSER) is None
    with pytest.raises(NotOpenedError):
        await links.open(secret, sent.code, ENTRY, BROWSER)


async def test_of_two_browsers_at_once_one_is_let_in(service: Notification, links: OwnLinks) -> None:
    sent = await links.send(for_whom(await screened(service)))
    secret = await secret_of(service, sent)
    browsers = ((ENTRY, BROWSER), (OTHER_ENTRY, OTHER_BROWSER))
    both = [links.open(secret, sent.code, *browser) for browser in browsers]
    found = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(each).__name__ for each in found) == ["NoneType", "NotOpenedError"]


async def test_wrong_numbers_open_nothing_and_end_the_link(service: Notification, links: OwnLinks) -> None:
    sent = await links.send(for_whom(await screened(service)))
    secret, wrong = await secret_of(service, sent), f"{(int(sent.code) + 1) % 1_000_000:06d}"
    for _ in range(MOST_WRONG_CODES):
        with pytest.raises(NotOpenedError):
            await links.open(secret, wrong, ENTRY, BROWSER)
    with pytest.raises(NotOpenedError):
        await links.open(secret, sent.code, ENTRY, BROWSER)
    with pytest.raises(NotOpenedError):
        await links.open("made-up", sent.code, ENTRY, BROWSER)


async def test_a_link_ends_with_its_time_a_new_one_or_a_worker(service: Notification, links: OwnLinks) -> None:
    family = await screened(service)
    late = await links.send(for_whom(family))
    secret = await secret_of(service, late)
    await service.pool.execute("UPDATE parent_link SET made_at = made_at - interval '8 days', expires_at = now()")
    with pytest.raises(NotOpenedError):
        await links.open(secret, late.code, ENTRY, BROWSER)

    first = await links.send(for_whom(family))
    secret = await secret_of(service, first)
    await links.open(secret, first.code, ENTRY, BROWSER)
    second = await links.send(for_whom(family))
    assert await links.whose(BROWSER) is None
    secret = await secret_of(service, second)
    assert await links.take_back(family.case_id, second.link_id, uuid4())
    with pytest.raises(NotOpenedError):
        await links.open(secret, second.code, ENTRY, BROWSER)
    # A mail that has not gone yet goes no more.
    assert await service.pool.fetchval("SELECT count(*) FROM email WHERE about = 'own-link'") == 0
    assert not await links.take_back(uuid4(), second.link_id, uuid4())


async def test_a_session_ends_by_itself(service: Notification, links: OwnLinks) -> None:
    sent = await links.send(for_whom(await screened(service)))
    await links.open(await secret_of(service, sent), sent.code, ENTRY, BROWSER)
    now = datetime.now(UTC)
    assert await OwnSessionRetention(service.context).apply(now) == {}
    async with service.pool.acquire() as connection:
        idle, over = now + own_links.IDLE, now + own_links.LONGEST
        assert await own_links.session_of(connection, BROWSER, idle - timedelta(minutes=1))
        assert await own_links.session_of(connection, BROWSER, idle + timedelta(minutes=30)) is None
        await service.pool.execute("UPDATE web.own_session SET seen_at = $1", over)
        assert await own_links.session_of(connection, BROWSER, over + timedelta(seconds=5)) is None
    retention = OwnSessionRetention(service.context)
    assert await retention.due(over + timedelta(seconds=5)) == {"": 1}
    assert await retention.apply(over + timedelta(seconds=5)) == {"": 1}
    assert await retention.due(over + timedelta(seconds=5)) == {}


async def test_the_database_and_what_leaves_it_have_neither_link_nor_numbers(
    service: Notification, links: OwnLinks
) -> None:
    sent = await links.send(for_whom(await screened(service)))
    secret = await secret_of(service, sent)
    for table in await service.pool.fetch("SELECT schemaname, tablename FROM pg_tables WHERE schemaname = 'public'"):
        rows = await service.pool.fetch(f'SELECT t::text FROM "{table["tablename"]}" AS t')  # noqa: S608 - names
        assert not any(secret in row["t"] or sent.code in row["t"].split(",") for row in rows), table["tablename"]


@pytest.mark.parametrize(
    ("contacts", "why"),
    [
        ({"mother": {"email": None}}, Unsafe.NO_ADDRESS),
        ({"mother": {"safe_methods": ["phone"]}}, Unsafe.NOT_A_SAFE_WAY),
        ({"mother": {"safe_methods": []}}, Unsafe.NOT_A_SAFE_WAY),
        ({"mother": {"email": "us@example.org"}, "father": {"email": "US+home@example.org"}}, Unsafe.SHARED),
        ({"mother": {"email": "a@example.org, b@example.org"}}, Unsafe.SEVERAL_ADDRESSES),
    ],
)
async def test_a_link_goes_only_where_it_is_safe(
    service: Notification, links: OwnLinks, contacts: dict[str, Any], why: Unsafe
) -> None:
    family = await screened(service, **contacts)
    with pytest.raises(NotSentError) as refused:
        await links.send(for_whom(family))
    assert refused.value.why is why
    assert await service.pool.fetchval("SELECT count(*) FROM email WHERE about = 'own-link'") == 0


async def test_an_address_that_the_other_parent_had_once_is_shared(service: Notification, links: OwnLinks) -> None:
    family = await screened(service, mother={"email": "home@example.org"}, father={"email": "home@example.org"})
    family.contacts[1] = SAFE | {"email": "new@example.org"}
    family.screened(revision=2).details(revision=2)
    await read(service, family)
    with pytest.raises(NotSentError) as refused:
        await links.send(for_whom(family))
    assert refused.value.why is Unsafe.SHARED


async def test_nothing_goes_to_somebody_whom_the_newest_screening_does_not_name(
    service: Notification, links: OwnLinks
) -> None:
    family = await screened(service)
    stranger = family.parents.pop()
    family.screened(revision=2).details(revision=2)
    await read(service, family)
    with pytest.raises(NotSentError) as refused:
        await links.send(ForWhom(family.case_id, stranger, "staff-1", uuid4()))
    assert refused.value.why is Unsafe.NOT_OF_THE_FAMILY
    await links.send(for_whom(family))


async def test_nothing_goes_after_a_sign_of_abuse_or_to_who_is_restricted(
    service: Notification, links: OwnLinks
) -> None:
    family = await screened(service)
    restricted = PersonRestricted(
        case_id=family.case_id, occurred_at=family.now, person_id=family.parents[0], restricted=True
    )
    await service.consumers["restrictions"].process([service.record(restricted)])
    with pytest.raises(NotSentError) as refused:
        await links.send(for_whom(family))
    assert refused.value.why is Unsafe.RESTRICTED
    await links.send(for_whom(family, 1))
    family.screened("domestic-abuse-pathway", revision=2)
    await read(service, family)
    for parent in (0, 1):
        with pytest.raises(NotSentError):
            await links.send(for_whom(family, parent))


async def test_the_database_refuses_an_unsafe_link_whatever_code_asks(service: Notification, links: OwnLinks) -> None:
    family = await screened(service)
    sent = await links.send(for_whom(family))
    copy = """
        INSERT INTO parent_link (link_id, case_id, person_id, digest, code_digest, made_at, expires_at, who)
        SELECT gen_random_uuid(), case_id, $1, '\\x01', code_digest, made_at, expires_at, who FROM parent_link
    """
    with pytest.raises(asyncpg.CheckViolationError):
        await service.pool.execute(copy, uuid4())
    await service.pool.execute("UPDATE parent_link SET opened_at = now() WHERE link_id = $1", sent.link_id)
    for again in ("opened_at = NULL", f"person_id = '{uuid4()}'"):
        with pytest.raises(asyncpg.CheckViolationError):
            await service.pool.execute(f"UPDATE parent_link SET {again}")  # noqa: S608 - a test's own


async def test_a_form_that_is_sent_twice_makes_one_link(service: Notification, links: OwnLinks) -> None:
    asked = for_whom(await screened(service))
    await links.send(asked)
    with pytest.raises(AlreadySentError):
        await links.send(asked)
    assert await service.pool.fetchval("SELECT count(*) FROM parent_link") == 1
