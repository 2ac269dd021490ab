"""Providers' webhooks, sent to a real https server: signed, encrypted whole, retried, and never late."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from services.notification.handlers import webhook_connection
from shared.access.roles import Role
from shared.contracts.families import PersonErased, PersonRestricted
from tests.support.identity import signed_in
from tests.support.notification_families import KEYS, Family
from tests.support.webhook_receiver import Receiver, receiving
from tests.support.webhook_service import MANAGER, OURS, Served, kinds, served

OFFER = ["referral-offered", "parent-details-shared", "parent-details-shared"]
OPERATOR = signed_in("o.perator", Role.OPERATOR)


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[Receiver]:
    async with receiving(tmp_path) as found:
        yield found


@pytest.fixture
async def service(databases: Any, receiver: Receiver) -> AsyncIterator[Served]:
    running = await served(databases, receiver)
    yield running
    await running.http.aclose()


async def test_what_is_on_the_topic_arrives_signed_and_encrypted_whole_and_once(
    service: Served, receiver: Receiver
) -> None:
    (early,) = await service.offered()
    await service.hook(receiver)
    assert await service.send_all() == 0, "what was on the topic before is not sent"
    (family,) = await service.offered()
    assert await service.send_all() == 3

    rows = await service.pool.fetch("SELECT headers, value FROM outbox WHERE topic LIKE 'provider.%' ORDER BY id")
    for at, row in enumerate(rows[3:]):
        event, on_topic = receiver.opened(KEYS[OURS], service.secret, at), dict(row["headers"])
        assert event.pop("data") == json.loads(row["value"])
        assert event.pop("datacontenttype") == on_topic["content-type"]
        assert event == {name.removeprefix("ce_"): on_topic[name] for name in on_topic if name != "content-type"}
        assert receiver.ids()[at] == on_topic["ce_id"]
    assert [receiver.opened(KEYS[OURS], service.secret, at)["type"] for at in range(3)] == [
        f"parley.{kind}.v1" for kind in OFFER
    ]
    await service.receive(family.halted().events)
    await service.send_all()
    assert kinds(receiver, service) == [*OFFER, "referral-stopped"]
    seen = b"".join(body + json.dumps(headers).encode() for headers, body in receiver.got)
    for word in (str(family.case_id), str(family.referral["referral_id"]), "referral-stopped", "offered"):
        assert word.encode() not in seen
    assert len(receiver.got[0][1]) == len(receiver.got[3][1]), "a stop is as long as an offer"
    with pytest.raises(WebhookVerificationError):
        Webhook(service.secret).verify(receiver.got[0][1] + b" ", receiver.got[0][0])

    assert await service.send_all() == 0
    assert await service.waiting() == []
    assert str(early.case_id) not in str(await service.webhook())


async def test_it_is_retried_with_the_same_id_until_it_arrives_and_then_no_more(
    service: Served, receiver: Receiver
) -> None:
    await service.hook(receiver)
    await service.offered()
    receiver.answers = [500, 0, 302, 404, 1]
    service.sender = service.sender_with(webhook_timeout_s=0.5)
    errors = []
    for attempt in range(1, 5):
        before = datetime.now(UTC)
        assert await service.send_all() == 1, "the others of the case wait for this one, and it for its time"
        (failed,) = await service.pool.fetch("SELECT * FROM webhook_delivery WHERE attempts > 0")
        assert failed["attempts"] == attempt
        wait = failed["due_at"] - before
        assert timedelta(seconds=2.5) * 2 ** (attempt - 1) <= wait <= timedelta(seconds=6) * 2 ** (attempt - 1)
        errors.append(failed["last_error"])
        await service.skip_waits()
    assert errors == ["http-500", "timeout", "http-302", "http-404"]
    assert len(set(receiver.ids())) == 1
    bodies = [body for _, body in receiver.got]
    assert len(set(bodies)) == 4, "each attempt is encrypted for itself"

    assert await service.send_all() == 3, "an endless answer is not read"
    assert kinds(receiver, service) == [OFFER[0]] * 4 + OFFER
    assert await service.waiting() == []
    hook = await service.webhook()
    assert (hook["failures"], hook["last_error"], hook["waits_until"]) == (0, None, None)
    assert "stranger" not in await service.everything_at_rest()


async def test_a_stop_leaves_out_what_waits_and_what_is_just_being_sent(
    service: Served, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.hook(receiver)
    receiver.answers = [503]
    family, beside = await service.offered(2)
    await service.send_all()
    assert len(receiver.got) == 1
    receiver.got.clear()
    receiver.answers = [204]
    await service.receive(family.halted().events)
    await service.skip_waits()
    assert await service.send_all() == 4
    assert kinds(receiver, service) == ["referral-stopped", *OFFER]
    assert all(
        receiver.opened(KEYS[OURS], service.secret, at)["data"]["case_id"] == str(beside.case_id) for at in (1, 2, 3)
    )

    # The stop comes while there is a connection already, and nothing has been sent.
    receiver.got.clear()
    (family,) = await service.offered()
    resolved = webhook_connection._addresses

    async def stopped_meanwhile(host: str, port: int) -> list[str]:
        if family.events == []:
            await service.receive(family.halted().events)
        return await resolved(host, port)

    monkeypatch.setattr(webhook_connection, "_addresses", stopped_meanwhile)
    await service.send_all()
    assert kinds(receiver, service) == ["referral-stopped"]
    assert await service.waiting() == []


async def test_a_correction_an_erasure_and_a_stranger_leave_out_what_is_older(
    service: Served, receiver: Receiver
) -> None:
    await service.hook(receiver)
    (family,) = await service.offered()
    receiver.answers = [503]
    await service.send_all()
    receiver.got.clear()
    receiver.answers = [204]
    family.number += 1
    family.now += timedelta(days=1)
    await service.receive(family.details(uuid4()).events)
    assert len(await service.sent(OURS)) == 5
    assert await service.waiting() == OFFER, "the corrected details are in the place of those before"
    await service.skip_waits()
    await service.send_all()
    corrected = [each["encrypted"] for each in (await service.sent(OURS))[3:]]
    assert [receiver.opened(KEYS[OURS], service.secret, at)["data"]["encrypted"] for at in (1, 2)] == corrected

    # Somebody is erased whose details did not arrive yet.
    receiver.got.clear()
    (family,) = await service.offered()
    person = family.parents[0]
    await service.process("erasures", erased(person, family))
    assert await service.waiting() == ["referral-offered", "parent-details-shared", "person-erased-shared"]
    await service.send_all()
    assert kinds(receiver, service) == ["person-erased-shared", "referral-offered", "parent-details-shared"]
    assert receiver.opened(KEYS[OURS], service.secret)["data"]["person_id"] == str(family.parents[1])

    # That somebody is to be erased reaches whoever was given their details, after the end too.
    receiver.got.clear()
    await service.receive(family.accepted().closed().events)
    await service.process("erasures", erased(family.parents[1], family))
    await service.send_all()
    assert kinds(receiver, service) == ["person-erased-shared"]
    assert (await service.kinds(OURS))[-1] == "person-erased-shared"


def erased(person: UUID, family: Family) -> PersonErased:
    return PersonErased(case_id=family.case_id, occurred_at=family.now, person_id=person)


async def test_what_is_restricted_waits_but_a_stop_does_not(service: Served, receiver: Receiver) -> None:
    await service.hook(receiver)
    (family,) = await service.offered()

    def restricted(now: bool) -> PersonRestricted:
        return PersonRestricted(
            case_id=family.case_id, occurred_at=family.now, person_id=family.parents[0], restricted=now
        )

    await service.process("restrictions", restricted(True))
    assert await service.send_all() == 0
    await service.process("restrictions", restricted(False))
    assert await service.send_all() == 3
    await service.process("restrictions", restricted(True))
    await service.receive(family.halted().events)
    assert await service.send_all() == 1
    assert kinds(receiver, service)[-1] == "referral-stopped"


async def test_a_server_that_hangs_or_refuses_one_record_holds_up_nothing_else(
    service: Served, receiver: Receiver
) -> None:
    await service.hook(receiver)
    (family,) = await service.offered()
    receiver.answers = [0, 204]
    sending = asyncio.create_task(service.sender.send_due())
    await asyncio.wait_for(receiver.arrived.wait(), 20)
    # The case's row is free, though what was sent of it is not answered yet; nor is the provider sent to twice at once.
    await asyncio.wait_for(service.receive(family.halted().events), 20)
    assert await service.sender.send_due() == 0
    assert await service.waiting() == ["referral-stopped"]
    receiver.released.set()
    await sending
    await service.send_all()
    assert kinds(receiver, service) == ["referral-offered", "referral-stopped"]

    receiver.got.clear()
    receiver.answers = [422, 204]
    await service.offered(2)
    await service.send_all()
    await service.pool.execute("UPDATE webhook SET waits_until = NULL")
    assert await service.send_all() == 3, "the other family's, while the first waits"
    assert await service.waiting() == OFFER


async def test_a_webhook_that_is_gone_is_disabled_and_what_is_too_old_is_given_up(
    service: Served, receiver: Receiver
) -> None:
    await service.hook(receiver)
    families = await service.offered(2)
    receiver.answers = [410]
    for attempt in range(3):
        assert (await service.webhook())["status"] == "enabled", attempt
        await service.skip_waits()
        await service.send_all()
    assert (await service.webhook())["status"] == "disabled"
    assert await service.waiting() == []
    await service.receive(families[0].halted().events)
    assert await service.waiting() == [], "nothing piles up for it"

    receiver.answers = [500]
    await service.hook(receiver)
    await service.offered(1)
    await service.receive(families[1].halted().events)
    await service.pool.execute(
        "UPDATE webhook_delivery SET queued_at = now() - interval '71 hours' WHERE about <> 'referral-stopped'"
    )
    await service.send_all()
    assert await service.waiting() == [*OFFER, "referral-stopped"]
    counted = await service.http.get("/webhooks", headers=OPERATOR)
    assert counted.status_code == 200, counted.text
    found = counted.json()
    assert (found["pending"], found["failing"], found["disabled"], found["given_up"]) == (4, 1, 0, 6)
    assert found["providers"][0] | {"oldest": None} == {
        "provider": OURS,
        "status": "enabled",
        "pending": 4,
        "failing": 1,
        "oldest": None,
        "given_up": 6,
        "stops_given_up": 0,
    }
    assert receiver.address not in counted.text
    await service.pool.execute("UPDATE webhook_delivery SET queued_at = now() - interval '72 hours'")
    await service.skip_waits()
    await service.send_all()
    assert await service.waiting() == []
    assert ((await service.webhook())["given_up"], (await service.webhook())["stops_given_up"]) == (10, 1)
    assert (await service.http.get("/webhooks", headers=MANAGER)).status_code == 403


async def test_another_secret_signs_beside_the_one_before_for_a_day(service: Served, receiver: Receiver) -> None:
    await service.hook(receiver)
    first = service.secret
    second = (await service.ask("/secret", {})).json()["secret"]
    assert second != first
    await service.offered()
    await service.sender.send_due()
    for secret in (first, second):
        assert receiver.opened(KEYS[OURS], secret)["type"] == "parley.referral-offered.v1"
    assert len(receiver.got[0][0]["webhook-signature"].split(" ")) == 2
    await service.pool.execute("UPDATE webhook SET previous_until = now()")
    await service.sender.send_due()
    assert receiver.opened(KEYS[OURS], second)
    with pytest.raises(WebhookVerificationError):
        receiver.opened(KEYS[OURS], first)
    at_rest = await service.everything_at_rest()
    assert first not in at_rest
    assert second not in at_rest


async def test_the_sender_runs_by_itself_and_ends_what_it_has_begun(service: Served, receiver: Receiver) -> None:
    await service.hook(receiver)
    receiver.answers = [0, 204]
    running = asyncio.create_task(service.sender_with(webhook_poll_s=0.05).send_webhooks())
    await service.offered()
    await asyncio.wait_for(receiver.arrived.wait(), 20)
    running.cancel()
    receiver.released.set()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 20)
    assert await service.waiting() == OFFER[1:], "what was under way is known to have arrived"
    assert (await service.webhook())["busy_until"] is None
