"""Providers' webhooks, sent to a real https server: signed, encrypted whole, retried; never late, never inwards."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette

from services.notification.handlers import webhook_connection
from services.notification.handlers.webhook_sender import WebhookSender
from services.notification.manifest import MANIFEST
from shared.access.roles import Role
from shared.contracts.families import PersonErased, PersonRestricted
from shared.service.staff import Staff
from tests.support.identity import gate, signed_in
from tests.support.notification_families import KEYS, Family, Notification, area, provider
from tests.support.recorded import recorder
from tests.support.webhook_receiver import Receiver, receiving

OURS, OTHER = "common-ground", "next-door"
OFFER = ["referral-offered", "parent-details-shared", "parent-details-shared"]
MANAGER = signed_in("m.anager", Role.PROVIDER_MANAGER, provider=OURS)
OPERATOR = signed_in("o.perator", Role.OPERATOR)


class Served(Notification):
    """The service with its HTTP, and its sender by hand."""

    secret = ""

    def __init__(self, database: Any, screening: Any, **settings: Any) -> None:
        super().__init__(database, screening, **settings)
        app = Starlette(routes=list(self.wiring.routes))
        app.state.gate = gate(MANIFEST.requests)
        app.state.staff = Staff(database.pool, database.keyring)
        app.state.recorder = recorder("notification", database.pool, self.wiring.concerned_by)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://notification")
        self.sender = self.sender_with()

    def sender_with(self, **changes: Any) -> WebhookSender:
        return WebhookSender(self.context, self.settings.model_copy(update=changes))

    async def ask(self, path: str = "", body: Any = None, *, of: str = OURS, who: Any = MANAGER) -> httpx.Response:
        url = f"/providers/{of}/webhook{path}"
        if body is None:
            return await self.http.get(url, headers=who)
        return await self.http.post(url, json=body, headers=who)

    async def hook(self, receiver: Receiver) -> None:
        given = await self.ask(body={"address": receiver.address})
        assert given.status_code == 200, given.text
        self.secret = given.json()["secret"] or self.secret

    async def offered(self, count: int = 1) -> list[Family]:
        families = await self.families(count)
        for each in families:
            await self.receive(each.screened().details().agreed().events)
            each.events.clear()
        return families

    async def send_all(self) -> int:
        sent = 0
        while some := await self.sender.send_due():
            sent += some
        return sent

    async def skip_waits(self) -> None:
        """As if the time of the next attempt had come."""
        await self.pool.execute("UPDATE webhook SET waits_until = NULL")
        await self.pool.execute("UPDATE webhook_delivery SET due_at = now()")

    async def waiting(self) -> list[str]:
        rows = await self.pool.fetch("SELECT about FROM webhook_delivery ORDER BY number")
        return [row["about"] for row in rows]

    async def webhook(self) -> Any:
        return await self.pool.fetchrow("SELECT * FROM webhook")

    async def process(self, subscription: str, *events: Any) -> None:
        await self.consumers[subscription].process([self.record(event) for event in events])


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[Receiver]:
    async with receiving(tmp_path) as found:
        yield found


@pytest.fixture
async def service(databases: Any, receiver: Receiver) -> AsyncIterator[Served]:
    settings = {"webhook_private_addresses": True, "webhook_ca_file": receiver.ca_file, "webhook_timeout_s": 5}
    running = Served(await databases("notification"), await databases("screening"), **settings)
    await running.register(area(), provider(OURS), provider(OTHER))
    yield running
    await running.http.aclose()


def kinds(receiver: Receiver, service: Served) -> list[str]:
    opened = [receiver.opened(KEYS[OURS], service.secret, at) for at in range(len(receiver.got))]
    return [each["type"].removeprefix("parley.").removesuffix(".v1") for each in opened]


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


async def test_a_webhook_is_its_providers_managers_alone_and_its_secret_is_shown_once(
    service: Served, receiver: Receiver
) -> None:
    address = {"address": receiver.address}
    worker = signed_in("w.orker", Role.PROVIDER_WORKER, provider=OURS)
    stranger = signed_in("s.tranger", Role.PROVIDER_MANAGER, provider=OTHER)
    coordinator = signed_in("c.oord", Role.COORDINATOR, areas=["E10000014"])
    assert (await service.ask()).json() == {"provider": OURS, "webhook": None}
    for who, status in ((worker, 403), (coordinator, 403), (OPERATOR, 403), (stranger, 404)):
        for path, body in (("", address), ("/secret", {}), ("/remove", {})):
            assert (await service.ask(path, body, who=who)).status_code == status
    assert (await service.ask("/secret", {})).status_code == 422
    nobody = signed_in("n.obody", Role.PROVIDER_MANAGER, provider="no-such-provider")
    assert (await service.ask(body=address, of="no-such-provider", who=nobody)).status_code == 404

    given = (await service.ask(body=address)).json()
    assert given["secret"].startswith("whsec_")
    shown = await service.ask(who=worker)
    assert shown.json()["webhook"]["address"] == receiver.address
    assert given["secret"] not in shown.text
    again = (await service.ask(body={"address": f"{receiver.address}&again"})).json()
    assert again["secret"] is None, "another address has the same secret"

    hook_id = (await service.webhook())["hook_id"]
    await service.offered()
    assert (await service.ask("/remove", {})).json() == {"provider": OURS, "webhook": None}
    assert await service.waiting() == []
    assert await service.context.keyring.erased([hook_id]) == {hook_id}
    actions = await service.pool.fetch(
        "SELECT outcome FROM audit WHERE action = 'provider-webhooks.manage' ORDER BY sequence DESC LIMIT 4"
    )
    assert [row["outcome"] for row in actions] == ["allowed", "allowed", "allowed", "not-found"]


async def test_without_a_key_and_to_no_address_of_the_web_there_is_no_webhook(
    service: Served, receiver: Receiver
) -> None:
    for wrong in (
        "http://example.org/hook",
        "https://",
        "https://name:word@example.org/",
        "https://example.org/#there",
        "https://example.org/a b",
        "https://example.org:99999/",
        "file:///etc/hosts",
        "https://example.org/" + "x" * 500,
    ):
        refused = await service.ask(body={"address": wrong})
        assert refused.status_code == 422, wrong
    await service.register(provider(OTHER, with_key=False), provider("third-way", with_key=False))
    keyless = signed_in("k.eyless", Role.PROVIDER_MANAGER, provider="third-way")
    refused = await service.ask(body={"address": receiver.address}, of="third-way", who=keyless)
    assert refused.status_code == 422
    assert "key" in refused.text


async def test_nothing_is_sent_to_a_network_of_our_own_nor_to_another_certificate(
    service: Served, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.hook(receiver)
    await service.offered()

    async def error_of(sender: WebhookSender) -> str:
        await service.skip_waits()
        assert await sender.send_due() == 1
        return str((await service.webhook())["last_error"])

    guarded = service.sender_with(webhook_private_addresses=False)
    assert await error_of(guarded) == "address-not-allowed"

    # A name with one good address and one that is ours.
    known = socket.getaddrinfo
    ours = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, receiver.port)) for each in ("192.0.2.1", "127.0.0.1")]
    public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", receiver.port))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [public, ours[1]])
    assert await error_of(guarded) == "address-not-allowed"
    monkeypatch.setattr(socket, "getaddrinfo", known)
    assert await error_of(service.sender_with(webhook_ca_file=None)) == "certificate"
    assert receiver.got == []

    # The certificate is checked for the name, though the connection is made to the address that was looked at.
    async with receiving(tmp_path / "named", "hooks.example") as named:
        trusting = service.sender_with(webhook_ca_file=named.ca_file)
        await service.pool.execute(
            "UPDATE webhook SET address = $1", named.address.replace("localhost", "hooks.example")
        )
        asked: list[str] = []

        def one_answer(host: str, *more: Any, **also: Any) -> Any:
            if host != "hooks.example":
                return known(host, *more, **also)
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", named.port))]

        monkeypatch.setattr(socket, "getaddrinfo", one_answer)
        await service.skip_waits()
        await trusting.send_due()
        assert len(named.got) == 1
        assert asked == ["hooks.example"], "it is resolved once"
        await service.pool.execute("UPDATE webhook SET address = $1", named.address)
        await service.skip_waits()
        assert await trusting.send_due() == 1
        assert (await service.webhook())["last_error"] == "certificate"
        assert len(named.got) == 1


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
