"""When a connection is replaced, and that the old one still gets its answers."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import aiokafka.conn
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.admin import SaslAuthenticateRequest

from shared.messaging.core import sessions
from shared.messaging.core.connection import aiokafka_security
from shared.messaging.core.sessions import Connection
from shared.service.settings import ServiceSettings


async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def opened(port: int) -> Connection:
    """A connection to a server that answers nothing: the greeting stays unanswered, so it is set up by hand."""
    connection = Connection("127.0.0.1", port, request_timeout_ms=20_000)
    connection._do_version_lookup = _nothing
    await connection.connect()
    return connection


async def _nothing() -> None:
    return None


async def answered(lifetime_ms: int, connection: Connection) -> None:
    """The broker's answer to a sign-in: the session lasts so long."""

    async def answer() -> Any:
        return SimpleNamespace(session_lifetime_ms=lifetime_ms)

    await connection._noting(answer())


async def test_a_connection_counts_as_closed_before_its_session_ends_and_ends_with_its_last_answer() -> None:
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        connection = await opened(server.sockets[0].getsockname()[1])
        await answered(1_000, connection)
        began = time.monotonic()
        connection._requests.append((1, None, asyncio.get_running_loop().create_future()))
        while connection.connected():
            assert time.monotonic() - began < 0.9, "the broker would have ended it"
            await asyncio.sleep(0.01)
        assert time.monotonic() - began > 0.5
        await asyncio.sleep(0.2)
        assert connection._reader is not None, "it has an answer to come"
        connection._requests.clear()
        await asyncio.sleep(0.2)
        assert connection._reader is None
        assert not connection.connected()


async def test_a_retired_connection_takes_no_request_and_ends_with_its_last_answer() -> None:
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        connection = await opened(server.sockets[0].getsockname()[1])
        connection._requests.append((1, None, asyncio.get_running_loop().create_future()))
        connection.retire()
        assert not connection.connected()
        assert connection._reader is not None, "it has an answer to come"
        connection._requests.clear()
        await asyncio.sleep(0.2)
        assert connection._reader is None


async def test_without_a_limit_a_connection_stays() -> None:
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        connection = await opened(server.sockets[0].getsockname()[1])
        await answered(0, connection)
        assert connection._renewed_at is None
        assert connection.connected()
        await connection.close()


async def test_every_client_of_a_service_has_such_connections(monkeypatch: Any) -> None:
    monkeypatch.setattr(aiokafka.conn, "AIOKafkaConnection", object)
    aiokafka_security(ServiceSettings(kafka_security_protocol="SASL_PLAINTEXT"))
    assert aiokafka.conn.AIOKafkaConnection is Connection
    made: list[Connection] = []

    async def connect(self: Connection) -> None:
        made.append(self)
        raise KafkaConnectionError

    monkeypatch.setattr(Connection, "connect", connect)
    try:
        await create_conn("127.0.0.1", 1)
    except KafkaConnectionError:
        assert [type(each) for each in made] == [sessions.Connection]
    assert SaslAuthenticateRequest.API_KEY == 36
