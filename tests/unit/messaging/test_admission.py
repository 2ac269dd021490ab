"""What a service sees when Kafka does not let it in. Real TLS, and servers that hang up before Kafka's protocol."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, SaslAuthenticationFailed
from structlog.testing import capture_logs

from deploy.stack.certificates import Authority
from shared.messaging.core.admission import Admission, Refusal, refusal_of, sign_in
from shared.service.settings import ServiceSettings
from shared.telemetry import metrics


@asynccontextmanager
async def server(context: ssl.SSLContext | None) -> AsyncIterator[str]:
    """A server that hangs up on whoever has said something, as a broker does whose port is another."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(64)
        writer.close()

    listening = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context)
    async with listening:
        yield f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"


def serving(authority: Authority, *hosts: str) -> ssl.SSLContext:
    pair = authority.issue("kafka", hosts)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    return context


def trusting(authority: Authority, server: str) -> dict[str, Any]:
    return {
        "bootstrap_servers": [server],
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "screening",
        "sasl_plain_password": "word",
        "ssl_context": ssl.create_default_context(cafile=authority.root),
    }


async def test_each_refusal_is_distinguished(tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs")
    async with server(serving(theirs, "127.0.0.1")) as address:
        assert await sign_in(trusting(ours, address)) is Refusal.CERTIFICATE
    async with server(serving(ours, "kafka.example.org")) as address:
        assert await sign_in(trusting(ours, address)) is Refusal.HOST
    async with server(None) as address:
        assert await sign_in(trusting(ours, address)) is Refusal.NOT_TLS
    assert refusal_of(SaslAuthenticationFailed("no")) is Refusal.CREDENTIAL


async def test_a_broker_that_is_away_is_no_refusal(tmp_path: Path) -> None:
    ours = Authority(tmp_path / "ours")
    async with server(None) as address:
        pass
    assert await sign_in(trusting(ours, address)) is None
    async with server(serving(ours, "127.0.0.1")) as address:  # TLS is agreed, and then it hangs up
        assert await sign_in(trusting(ours, address)) is None
    assert refusal_of(KafkaConnectionError()) is None


def test_a_refusal_is_logged_once_and_its_end_once() -> None:
    admission = Admission(ServiceSettings(kafka_security_protocol="SASL_PLAINTEXT"))
    with capture_logs() as logs:
        for seen in (None, Refusal.CREDENTIAL, Refusal.CREDENTIAL, Refusal.CREDENTIAL):
            admission.note(seen)
    assert [(line["log_level"], line["event"]) for line in logs] == [("error", "Kafka refuses this service")]
    assert "parley access check" in logs[0]["check"]
    assert metrics.KAFKA_REFUSED._value.get() == 1
    with capture_logs() as logs:
        admission.note(None)
        admission.note(None)
    assert [line["event"] for line in logs] == ["Kafka lets this service in again"]
    assert admission.refusal is None
    assert metrics.KAFKA_REFUSED._value.get() == 0


def test_a_broker_that_hangs_up_is_believed_when_it_does_so_again() -> None:
    admission = Admission(ServiceSettings(kafka_security_protocol="SASL_PLAINTEXT"))
    admission.note(Refusal.NOT_TLS)
    assert admission.refusal is None
    admission.note(None)
    admission.note(Refusal.NOT_TLS)
    assert admission.refusal is None
    admission.note(Refusal.NOT_TLS)
    assert admission.refusal is Refusal.NOT_TLS


@pytest.mark.parametrize("refusal", Refusal)
def test_each_refusal_names_what_to_check(refusal: Refusal) -> None:
    assert refusal.remedy
