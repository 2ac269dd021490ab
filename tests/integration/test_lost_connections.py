"""A connection to PostgreSQL whose other end has silently disappeared, without FIN or RST."""

import socket
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from pydantic import SecretStr

from deploy.stack.home import Stack
from shared.messaging.publishing import outbox
from shared.messaging.publishing.relay import Relay
from shared.postgres import pool
from tests.faults.links import Links
from tests.support.event_traffic import eventually, outgoing, read_all, running_relay, settings_of


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_relay_does_not_wait_for_ever_for_a_connection_that_was_lost(
    stack: Stack, databases: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    referral = await databases("referral")
    monkeypatch.setattr(pool, "COMMAND_S", 2)
    settings = settings_of(stack, "referral")
    url = settings.database_url.get_secret_value()
    links = Links()
    link = links.add("relay", _free_port(), urlsplit(url).port or 0)
    relay = Relay(
        settings.model_copy(update={"database_url": SecretStr(url.replace(f":{link.target}/", f":{link.port}/"))}),
        "referral",
    )
    case = str(uuid4())

    async def active() -> bool:
        return relay.active

    async def inactive() -> bool:
        return not relay.active

    try:
        async with running_relay(relay):
            await eventually(active)
            links.lose("relay")
            await eventually(inactive)
            # The server's side ends too, when its questions whether we are there have had no answer.
            await referral.pool.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%-relay'"
            )
            async with referral.pool.acquire() as connection, connection.transaction():
                await outbox.add(connection, [outgoing("case-refused", case, 1)])

            await eventually(active)

            async def sent() -> bool:
                return await referral.pool.fetchval("SELECT count(*) FROM outbox") == 0

            await eventually(sent)
    finally:
        links.stop()
    assert len(read_all(stack, "case-refused", 1, case)) == 1


async def test_the_server_asks_whether_a_session_is_there(databases: Any) -> None:
    referral = await databases("referral")

    assert await referral.pool.fetchval("SELECT current_setting('tcp_keepalives_idle')") == "10"
