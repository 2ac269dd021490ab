"""A provider's webhook is its manager's alone, and goes to an address of the internet with its own certificate."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.notification.handlers.webhook_sender import WebhookSender
from shared.access.roles import Role
from tests.support.identity import signed_in
from tests.support.notification_families import provider
from tests.support.webhook_receiver import Receiver, receiving
from tests.support.webhook_service import OTHER, OURS, Served, served

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
