"""E-mails through a real SMTP server: what they say, and what becomes of those that cannot be delivered."""

import asyncio
import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller

from deploy.stack.home import Stack
from services.notification.handlers.email_sender import EmailSender, ServerAwayError
from shared.contracts.area_parts import AreaLead
from shared.contracts.case_record import CaseOpenedInEmergency
from shared.contracts.directory import AgencyRegistered
from shared.contracts.screening import HelpRequested
from shared.contracts.workforce import (
    CertificateIssued,
    CertificateLapses,
    TrainingCalledOff,
    TrainingComesUp,
    TrainingDelivery,
    TrainingFollowUpOpened,
    TrainingMoved,
    TrainingPlaceConfirmed,
)
from tests.support.case_stories import AREA, START
from tests.support.erased_keys import erase_key
from tests.support.mailbox import Mailbox, listening
from tests.support.notification_families import WORKER, Notification, area, provider


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[Controller]:
    with listening(mailbox) as started:
        yield started


@pytest.fixture
async def service(databases: Any, server: Controller) -> Notification:
    settings = {"smtp_port": server.port, "email_first_wait_s": 0.01, "email_attempts": 3, "smtp_timeout_s": 2}
    return Notification(await databases("notification"), await databases("screening"), **settings)


def sender_of(service: Notification, **changes: Any) -> EmailSender:
    settings = service.settings.model_copy(update=changes)
    return EmailSender(service.pool, service.context.keyring, settings)


async def queued(service: Notification, count: int, decision: str = "refer") -> None:
    families = await service.families(count)
    await service.receive(event for family in families for event in family.screened(decision).events)


async def rows(service: Notification) -> list[Any]:
    return list(await service.pool.fetch("SELECT * FROM email ORDER BY queued_at, id"))


async def test_the_referrer_and_the_provider_are_notified_that_there_is_something_to_read(
    service: Notification, mailbox: Mailbox
) -> None:
    await service.register(provider("common-ground"))
    family = (await service.family()).screened().details().agreed()
    await service.receive(family.events)
    assert await sender_of(service).send_batch() == 2

    assert {recipient for recipient, _ in mailbox.got} == {WORKER["email"], "referrals@common-ground.example"}
    to_practitioner = next(each for each in mailbox.messages() if WORKER["name"] in each["To"])
    assert to_practitioner["Subject"] == "There is an answer about a case"
    assert str(family.case_id) in to_practitioner.get_content()
    assert [row["status"] for row in await rows(service)] == ["sent", "sent"]
    assert [row["practitioner"] for row in await rows(service)] == [None, None]


async def test_a_mail_is_the_same_for_every_decision_but_for_its_ids(service: Notification, mailbox: Mailbox) -> None:
    decisions = ("domestic-abuse-pathway", "more-information", "not-suitable", "not-ready", "universal-offer", "refer")
    for decision in decisions:
        await queued(service, 1, decision)
    await sender_of(service).send_batch()

    cases = [str(row["case_id"]) for row in await rows(service)]
    ids = [str(row["id"]) for row in await rows(service)]
    seen = set()
    for _, content in mailbox.got:
        text = re.sub(r"(?m)^Date: .*$", "Date:", content.decode())
        for known in (*cases, *ids):
            text = text.replace(known, "id")
        seen.add(text)
    assert len(mailbox.got) == len(decisions)
    assert len(seen) == 1


async def test_a_return_and_a_refusal_reach_the_referrers_mailbox_in_the_same_words(
    service: Notification, mailbox: Mailbox
) -> None:
    family = (await service.family()).screened().returned().refused().to_panel()
    await service.receive(family.events)
    assert await sender_of(service).send_batch() == 3
    assert {recipient for recipient, _ in mailbox.got} == {WORKER["email"]}
    assert len({(each["Subject"], each.get_content()) for each in mailbox.messages()}) == 1


async def test_a_practitioner_is_written_to_about_their_own_training_and_nobody_else_is(
    service: Notification, mailbox: Mailbox
) -> None:
    workers = [uuid4(), uuid4()]
    keys = await service.screening.keyring.for_sealing(workers, "practitioner")
    sealed = [
        keys.seal(workers[0], "training-record", {"practitioner": "T-017", "name": None, "email": "sam@example.org"}),
        keys.seal(workers[1], "practitioner", WORKER),
    ]
    common = [
        {"practitioner_id": who, "agency": "schools", "occurred_at": START, "training_id": uuid4(), "sealed": box}
        for who, box in zip(workers, sealed, strict=True)
    ]
    opened = TrainingFollowUpOpened(**common[0], closes_on=date(2042, 4, 15))
    lapses = CertificateLapses(**common[1], valid_until=date(2043, 4, 15))
    swapped = TrainingFollowUpOpened(**{**common[0], "practitioner_id": workers[1]}, closes_on=date(2042, 4, 15))
    await service.receive([opened, lapses, swapped])
    at_rest = await service.everything_at_rest()
    assert not [each for each in ("sam@example.org", WORKER["email"]) if each in at_rest]
    assert await sender_of(service).send_batch() == 2
    assert [recipient for recipient, _ in sorted(mailbox.got)] == [WORKER["email"], "sam@example.org"]
    follow_up = next(each for each in mailbox.messages() if each["To"] == "sam@example.org")
    assert "before Tuesday 15 April" in follow_up.get_content()
    assert str(opened.training_id) in follow_up.get_content()
    renewal = next(each for each in mailbox.messages() if WORKER["name"] in each["To"])
    assert "counts until Wednesday 15 April" in renewal.get_content()
    (dead,) = await service.pool.fetch("SELECT findings FROM dead_letter")
    assert dead["findings"][0]["field"] == "sealed.subject"


async def test_whoever_signs_up_for_a_training_reads_when_and_how_it_is_and_where_to_give_it_up(
    service: Notification, mailbox: Mailbox
) -> None:
    who, training = uuid4(), uuid4()
    keys = await service.screening.keyring.for_sealing([who], "practitioner")
    common = {
        "practitioner_id": who,
        "agency": "schools",
        "occurred_at": START,
        "training_id": training,
        "sealed": keys.seal(who, "practitioner", WORKER),
        "day": date(2042, 4, 15),
    }
    home = "/workforce/pages/my-training"
    own = f"{home}/{training}"
    await service.receive(
        [
            TrainingPlaceConfirmed(**common, page=f"{own}/give-up", delivery=TrainingDelivery.IN_PERSON),
            TrainingComesUp(**common, page=f"{own}/give-up", delivery=TrainingDelivery.ONLINE),
            TrainingCalledOff(**common, page=home, venue="Room {4}, Town Hall"),
            TrainingMoved(**common, page=f"{own}/give-up", delivery=TrainingDelivery.IN_PERSON, venue="Room 5"),
            CertificateIssued(**common, page=f"{own}/certificate"),
        ]
    )
    assert WORKER["email"] not in await service.everything_at_rest()
    sender = EmailSender(service.pool, service.context.keyring, service.settings, "https://parley.example")
    assert await sender.send_batch() == 5
    assert {recipient for recipient, _ in mailbox.got} == {WORKER["email"]}
    texts = {each["Subject"]: each.get_content() for each in mailbox.messages()}
    day = "Tuesday 15 April"
    for subject, words, page in (
        ("You have a place in a training", f"It begins on {day} and is held in person", f"{own}/give-up"),
        ("A training of yours begins soon", f"It begins on {day} and is held online", f"{own}/give-up"),
        ("A training does not take place", f"was to begin on {day} (Room {{4}}, Town Hall)", home),
        ("A training of yours was moved", f"It begins on {day} and is held in person: Room 5.", f"{own}/give-up"),
        ("Your certificate is ready", f"You completed a training on {day}", f"{own}/certificate"),
    ):
        text = texts.pop(subject)
        assert words in text
        assert f"https://parley.example{page}" in text.splitlines()
        assert str(training) in text
    assert texts == {}


async def test_the_same_event_again_queues_nothing_more(service: Notification) -> None:
    event = service.record((await service.family()).screened().events[0])
    await service.consumers["screenings"].process([event, event])
    await service.consumers["screenings"].process([event])
    assert len(await rows(service)) == 1


async def test_a_mail_that_is_not_out_yet_calls_no_provider_to_a_stopped_case(
    service: Notification, mailbox: Mailbox
) -> None:
    await service.register(provider("common-ground"), provider("next-door"))
    family, other = await service.families(2)
    await service.receive([*family.screened().details().agreed().events, *other.screened().details().agreed().events])
    await service.receive(family.screened("domestic-abuse-pathway").events[-1:])
    await sender_of(service).send_batch()
    (to_provider,) = [each for each in mailbox.messages() if "referrals@" in each["To"]]
    assert str(other.case_id) in to_provider.get_content()


async def test_a_refused_address_is_failed_with_the_servers_code(service: Notification, mailbox: Mailbox) -> None:
    mailbox.answers[WORKER["email"]] = ["550 No such user"]
    await queued(service, 1)
    await sender_of(service).send_batch()
    (row,) = await rows(service)
    assert (row["status"], row["last_error"], row["attempts"]) == ("failed", "smtp-550", 1)


async def test_a_temporary_refusal_is_tried_again_and_later_given_up(service: Notification, mailbox: Mailbox) -> None:
    mailbox.answers[WORKER["email"]] = ["451 Later", "250 OK"]
    await queued(service, 1)
    sender = sender_of(service)
    await sender.send_batch()
    (row,) = await rows(service)
    assert (row["status"], row["last_error"]) == ("queued", "smtp-451")
    await asyncio.sleep(0.05)
    await sender.send_batch()
    assert [(row["status"], row["attempts"]) for row in await rows(service)] == [("sent", 2)]

    mailbox.answers[WORKER["email"]] = ["451 Later"]
    await queued(service, 1)
    for _ in range(3):
        await sender.send_batch()
        await asyncio.sleep(0.1)
    assert {(row["status"], row["last_error"], row["attempts"]) for row in await rows(service)} == {
        ("sent", None, 2),
        ("failed", "smtp-451", 3),
    }


async def test_a_refusal_between_others_costs_only_itself(service: Notification, mailbox: Mailbox) -> None:
    await service.register(provider("common-ground"))
    mailbox.answers["referrals@common-ground.example"] = ["550 No"]
    for family in await service.families(3):
        await service.receive(family.screened().details().agreed().events)
    await sender_of(service).send_batch()
    assert sorted(row["status"] for row in await rows(service)) == ["failed"] * 3 + ["sent"] * 3
    assert mailbox.connections == 1


async def test_a_server_that_is_away_costs_no_mail(service: Notification, server: Controller, mailbox: Mailbox) -> None:
    await queued(service, 3)
    away = sender_of(service, smtp_port=1)
    with pytest.raises(ServerAwayError):
        await away.send_batch()
    assert sorted((row["status"], row["attempts"]) for row in await rows(service)) == [("queued", 0)] * 2 + [
        ("queued", 1)
    ]
    assert "no-connection" in {row["last_error"] for row in await rows(service)}
    assert await sender_of(service).send_batch() == 3
    assert len(mailbox.got) == 3


async def test_an_erased_recipient_is_not_written_to(stack: Stack, service: Notification, mailbox: Mailbox) -> None:
    family = (await service.family()).screened()
    await service.receive(family.events)
    await erase_key(stack, family.events[0].practitioner.practitioner_id)
    await sender_of(service).send_batch()
    (row,) = await rows(service)
    assert (row["status"], row["last_error"], mailbox.got) == ("failed", "recipient-erased", [])


async def test_an_address_that_is_none_is_failed_and_writes_no_header(service: Notification, mailbox: Mailbox) -> None:
    for address in ("x@y.example\r\nBcc: other@example.org", "no address", ""):
        await service.pool.execute("TRUNCATE provider, email CASCADE")
        await service.pool.execute("INSERT INTO provider VALUES ('common-ground', $1, NULL, 1)", address)
        await service.pool.execute(
            "INSERT INTO email (id, about, case_id, provider) "
            "VALUES (gen_random_uuid(), 'referral', gen_random_uuid(), 'common-ground')"
        )
        await sender_of(service).send_batch()
        assert [(row["status"], row["last_error"]) for row in await rows(service)] == [("failed", "address-not-usable")]
    assert mailbox.got == []


async def test_two_senders_share_the_work_and_keep_their_connections(service: Notification, mailbox: Mailbox) -> None:
    await queued(service, 90)
    senders = [sender_of(service), sender_of(service)]
    running = [asyncio.create_task(sender.run()) for sender in senders]
    await mailbox.has(90)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    identities = [each["Message-ID"] for each in mailbox.messages()]
    assert len(identities) == len(set(identities)) == 90
    assert {row["status"] for row in await rows(service)} == {"sent"}
    assert mailbox.connections <= 4


async def test_a_clean_stop_notes_the_mail_in_flight(service: Notification, mailbox: Mailbox) -> None:
    mailbox.delay_s = 0.2
    await queued(service, 10)
    task = asyncio.create_task(sender_of(service).run())
    await mailbox.has(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    states = [row["status"] for row in await rows(service)]
    assert states.count("sent") == len(mailbox.got) < 10


async def test_a_mail_sent_again_after_a_crash_has_the_same_identity(service: Notification, mailbox: Mailbox) -> None:
    await queued(service, 1)
    (before,) = await rows(service)
    await sender_of(service).send_batch()
    sealed = before["practitioner"]
    await service.pool.execute("UPDATE email SET status = 'queued', practitioner = $1, due_at = now()", sealed)
    await sender_of(service).send_batch()
    first, second = mailbox.messages()
    assert first["Message-ID"] == second["Message-ID"] == f"<{before['id']}@parley.example>"


async def test_an_areas_lead_is_notified_at_once_where_a_case_was_opened_in_an_emergency(
    service: Notification, mailbox: Mailbox
) -> None:
    lead = AreaLead(name="L. Ead", email="lead@area.example")
    await service.register(area().model_copy(update={"lead": lead}))
    opened = CaseOpenedInEmergency(
        case_id=uuid4(),
        occurred_at=START,
        access_id=uuid4(),
        area=AREA,
        reason="child-at-risk-now",
        ends_at=START,
        review_due_at=START,
    )
    nobodys = opened.model_copy(update={"area": "E06000001", "case_id": uuid4()})
    await service.receive([opened, nobodys])
    await service.receive([opened])
    await sender_of(service).send_batch()
    # One for each use; an area without a lead has nobody to write to, and its use waits for its review.
    assert {recipient for recipient, _ in mailbox.got} == {lead.email}
    text = mailbox.messages()[0].get_content()
    assert str(opened.case_id) in text
    assert "child-at-risk" not in text


async def test_whoever_sees_to_a_parents_request_is_notified_once_and_at_once_where_there_is_danger(
    service: Notification, mailbox: Mailbox
) -> None:
    """The front door's team is, else who answers for the area; the mail says nothing of anybody."""
    team = {"areas": [AREA], "sources": ["self"], "email": "team@help.example"}
    await service.register(
        area().model_copy(update={"lead": AreaLead(name="L. Ead", email="lead@area.example")}),
        AgencyRegistered(id="family-help", name="Family help", **team),
        AgencyRegistered(id="no-address", name="Another", **(team | {"email": None})),
        AgencyRegistered(id="has-left", name="A third", **(team | {"left": True, "email": "left@help.example"})),
    )

    def asked(agency: str | None, *, danger: bool = False, of: str = AREA) -> HelpRequested:
        return HelpRequested(request_id=uuid4(), occurred_at=START, area=of, agency=agency, danger=danger)

    records = [
        service.record(each)
        for each in (
            *(asked("family-help"), asked("family-help", danger=True), asked("no-address"), asked(None, danger=True)),
            # Whoever has left the directory learns nothing more of anybody.
            asked("has-left", danger=True),
            # Nobody has an address there: it waits in the list.
            asked(None, of="E06000001"),
        )
    ]
    for _ in range(2):
        await service.consumers["help-requests"].process(records)
    sender = EmailSender(service.pool, service.context.keyring, service.settings, "https://parley.example")
    await sender.send_batch()

    subjects = [each["Subject"] for each in mailbox.messages()]
    got = sorted((recipient, subject) for (recipient, _), subject in zip(mailbox.got, subjects, strict=True))
    calm, danger = "A parent has asked for help", "A parent has asked for help: please look at once"
    to_team, to_lead = "team@help.example", "lead@area.example"
    assert got == [(to_lead, calm), (to_lead, danger), (to_lead, danger), (to_team, calm), (to_team, danger)]
    for mail in mailbox.messages():
        text = mail.get_content()
        assert "https://parley.example/screening/pages/requests" in text
        assert "The other parent has been told nothing." in text or "the other parent has been told nothing" in text
        assert not any(str(record.key, "utf-8") in text for record in records)
        assert ("999" in text) == (mail["Subject"] == danger)
    assert not await service.pool.fetchval("SELECT count(*) FROM email WHERE status <> 'sent'")
