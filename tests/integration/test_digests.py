"""The mail of a week on a real database and a real mail server's other end: once, to whoever chose it, with numbers."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from aiosmtpd.controller import Controller

from services.notification.domain.digest import next_week
from services.notification.domain.mail_choices import Choices, Chooser, When
from services.notification.handlers import mail_choices
from services.notification.handlers.email_sender import EmailSender
from services.notification.handlers.mail_choices import MailChoiceRetention
from shared.contracts.messages import MessagesWaiting
from shared.contracts.overdue import OverdueCount, WorkOverdue, week_of
from shared.contracts.workforce import CertificateLapses
from shared.messaging.core.envelope import Envelope, new_id
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import in_transaction
from tests.support.case_stories import AGENCY, AREA, START
from tests.support.mailbox import Mailbox, listening
from tests.support.notification_families import WORKER, Family, Notification

OVERDUE = Choices(overdue=When.DIGEST)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[Controller]:
    with listening(mailbox) as started:
        yield started


@pytest_asyncio.fixture
async def service(databases: Any, server: Controller) -> AsyncIterator[Notification]:
    made = Notification(await databases("notification"), await databases("screening"), smtp_port=server.port)
    await made.register_all()
    yield made


def staff(number: int) -> str:
    return f"staff-{number:032x}"


async def choose(service: Notification, number: int, choices: Choices, **more: Any) -> None:
    """Somebody who signs in chooses."""
    name, address = f"Person {number}", f"person{number}@example.org"
    await mail_choices.choose(service.context, Chooser(staff(number), **more), choices, name, address)


def work(week: date, counts: dict[str, int], **whom: Any) -> WorkOverdue:
    return WorkOverdue(
        week=week,
        occurred_at=datetime.now(UTC),
        counts=tuple(OverdueCount(kind=kind, number=number) for kind, number in counts.items()),
        **{"area": AREA, **whom},
    )


async def receive(service: Notification, *events: WorkOverdue) -> list[Any]:
    records = [service.record(each) for each in events]
    await service.consumers["work-overdue"].process(records)
    return records


async def send(service: Notification) -> int:
    """Sends what is queued as if its time had come."""
    await service.pool.execute("UPDATE email SET due_at = now() WHERE status = 'queued'")
    return await EmailSender(service.pool, service.context.keyring, service.settings, "https://p.example").send_batch()


async def test_whoever_chose_it_gets_one_mail_a_week_whatever_comes_twice(
    service: Notification, mailbox: Mailbox
) -> None:
    week = week_of(datetime.now(UTC))
    await choose(service, 1, OVERDUE)
    await choose(service, 2, Choices(overdue=When.NONE))
    await choose(service, 3, OVERDUE, provider="common-ground")
    await choose(service, 4, OVERDUE, practitioner_id=uuid4(), agency=AGENCY)
    await choose(service, 5, OVERDUE, provider="next-door")
    records = await receive(
        service,
        work(week, {"cases-waiting": 3, "step-ups": 1, "not-known-here": 4}, who=staff(1)),
        work(week, {"messages": 2}, who=staff(1), area="E06000001"),
        work(week, {"cases-waiting": 9}, who=staff(2)),
        work(week, {"referrals-unanswered": 1}, provider="common-ground"),
        work(week, {"information-asked": 2}, agency=AGENCY),
        # Of a week that is over, and of one that has nothing to say.
        work(week - timedelta(days=7), {"first-contacts": 5}, provider="next-door"),
        work(week, {"warnings": 0}, provider="next-door"),
    )
    at_rest = await service.everything_at_rest()
    assert not [each for each in ("person1@example.org", "Person 1") if each in at_rest]
    await service.consumers["work-overdue"].process(records)
    assert await send(service) == 3
    assert sorted(recipient for recipient, _ in mailbox.got) == [f"person{number}@example.org" for number in (1, 3, 4)]
    text = next(each.get_content() for each in mailbox.messages() if "person1@" in each["To"]).replace("\r\n", "\n")
    assert "- 3 cases wait longer than your area allows.\n  https://p.example/referral/pages/worklist" in text
    assert "- 1 family was stepped up" in text
    assert "- 2 conversations" in text
    assert "https://p.example/notification/pages/mails" in text
    # After it was sent: sent again, counted again, and after a restart there is no second one.
    await service.consumers["work-overdue"].process(records)
    await receive(service, work(week, {"cases-waiting": 4}, who=staff(1)))
    assert await send(service) == 0
    assert len(mailbox.got) == 3


async def test_it_goes_out_on_monday_and_not_before(service: Notification) -> None:
    week = next_week(datetime.now(UTC))
    await choose(service, 1, OVERDUE)
    await receive(service, work(week, {"cases-waiting": 3}, who=staff(1)))
    row = await service.pool.fetchrow("SELECT due_at, on_day FROM email")
    assert row["on_day"] == week
    assert row["due_at"].astimezone(UTC).date() == week
    assert await EmailSender(service.pool, service.context.keyring, service.settings).send_batch() == 0


async def test_a_choice_of_long_ago_holds_no_more(service: Notification) -> None:
    await choose(service, 1, OVERDUE)
    await service.pool.execute("UPDATE mail_choice SET chosen_at = now() - interval '366 days'")
    await receive(service, work(week_of(datetime.now(UTC)), {"cases-waiting": 3}, who=staff(1)))
    assert await service.pool.fetchval("SELECT count(*) FROM email") == 0
    await choose(service, 2, OVERDUE)
    await receive(service, work(next_week(datetime.now(UTC)), {"cases-waiting": 3}, who=staff(2)))
    retention, now = MailChoiceRetention(service.context), datetime.now(UTC)
    assert await retention.due(now) == await retention.apply(now) == {"": 1}
    assert await retention.due(now) == {}
    assert await service.pool.fetchval("SELECT array_agg(staff_id) FROM mail_choice") == [staff(2)]
    assert await service.pool.fetchval("SELECT array_agg(staff_id) FROM digest_line") == [staff(2)]


async def test_what_is_overdue_is_collected_once_a_batch_and_in_the_order_of_its_key(service: Notification) -> None:
    week = week_of(datetime.now(UTC))
    for number in range(1, 6):
        await choose(service, number, OVERDUE)
    events = [work(week, {"warnings": 2, "messages": 1}, who=staff(number)) for number in (4, 2, 5, 1, 3)]
    seen: list[tuple[str, Any]] = []
    batch = [Received(new_id(), each, service.record(each), Envelope()) for each in events]
    async with in_transaction(service.pool, "notification") as tx:
        with tx.connection.query_logger(lambda query: seen.append((query.query, query.args))):
            await service.consumers["work-overdue"].subscription.handle(tx, batch)
    (written,) = [args for query, args in seen if "INTO digest_line" in query]
    keys = list(zip(*written[:4], strict=True))
    assert len(keys) == 10
    assert keys == sorted(keys)
    assert len([query for query, _ in seen if "mail_choice" in query]) == 1


async def test_whoever_was_erased_is_written_to_no_more_and_has_chosen_nothing(
    service: Notification, databases: Any
) -> None:
    # The keyring is that of other tests too, and what is erased stays so.
    gone = uuid4().int
    week, worker = week_of(datetime.now(UTC)), uuid4()
    # Workforce erases practitioners and ours.
    keyring = (await databases("workforce")).keyring
    await choose(service, gone, OVERDUE)
    await choose(service, 2, OVERDUE, practitioner_id=worker, agency=AGENCY)
    await choose(service, 3, OVERDUE)
    await receive(service, work(week, {"cases-waiting": 3}, who=staff(gone)))
    assert await keyring.erase(UUID(int=gone)) == 1
    await receive(service, work(week, {"cases-waiting": 4}, who=staff(gone)))
    for table in ("mail_choice", "digest_line"):
        assert await service.pool.fetchval(f"SELECT count(*) FROM {table} WHERE staff_id = $1", staff(gone)) == 0  # noqa: S608
    assert await service.pool.fetchval("SELECT count(*) FROM email WHERE status = 'queued'") == 0
    # A practitioner's erasure leaves the name under which they signed in; what they chose goes with it all the same.
    await keyring.for_sealing([worker], "practitioner")
    assert await keyring.erase(worker) == 1
    retention, now = MailChoiceRetention(service.context), datetime.now(UTC)
    assert await retention.due(now) == await retention.apply(now) == {"": 1}
    assert await service.pool.fetchval("SELECT array_agg(staff_id) FROM mail_choice") == [staff(3)]


async def test_an_account_made_again_under_the_name_inherits_no_choice(service: Notification) -> None:
    worker = uuid4()
    before, later = (Chooser(staff(number), practitioner_id=worker, agency=AGENCY) for number in (1, 2))
    await choose(service, 1, Choices(messages=When.NONE), practitioner_id=worker, agency=AGENCY)
    assert await mail_choices.of_person(service.context, before) is not None
    await mail_choices.came(service.context, before)
    assert await service.pool.fetchval("SELECT count(*) FROM mail_choice") == 1
    await mail_choices.came(service.context, later)
    assert await service.pool.fetchval("SELECT count(*) FROM mail_choice") == 0


@pytest.mark.parametrize("when", list(When))
async def test_messages_and_training_are_written_as_chosen_and_answers_always(
    service: Notification, mailbox: Mailbox, when: When
) -> None:
    family: Family = await service.family()
    family.screened(revision=1)
    worker: UUID = family._worker
    await choose(service, 4, Choices(messages=when, training=when), practitioner_id=worker, agency=AGENCY)
    await service.receive(family.events)
    lapses = CertificateLapses(
        practitioner_id=worker,
        agency=AGENCY,
        occurred_at=START,
        training_id=uuid4(),
        sealed=family._practitioner().sealed,
        valid_until=date(2043, 4, 15),
    )
    waiting = MessagesWaiting(
        case_id=family.case_id,
        occurred_at=family.now,
        thread_id=uuid4(),
        sequence=1,
        area=AREA,
        waiting=1,
        written=True,
        agency=AGENCY,
        practitioner=family._practitioner(),
    )
    await service.receive([lapses, waiting])
    rows = await service.pool.fetch("SELECT about FROM email ORDER BY about")
    answer, now = ["answer"], ["answer", "answer", "training-renewal"]
    expected = {When.AT_ONCE: now, When.DIGEST: ["answer", "digest"], When.NONE: answer}
    assert [row["about"] for row in rows] == expected[when]
    await send(service)
    if when is When.DIGEST:
        text = next(each.get_content() for each in mailbox.messages() if "person4@" in each["To"])
        assert "- 1 conversation with your area's team has something new" in text
        assert "- 1 thing is to be done about your own training" in text
    assert WORKER["email"] in {recipient for recipient, _ in mailbox.got}
