"""What the command line reports when Kafka does not let it in. Real TLS, by servers that hang up on everybody."""

import asyncio
import ssl
from pathlib import Path

import pytest

from deploy.stack.certificates import Authority
from deploy.stack.connecting import Connecting


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(64)
    writer.close()


@pytest.mark.parametrize(
    ("authority", "host", "protocol", "obstacle"),
    [
        ("theirs", "127.0.0.1", "SASL_SSL", "check the CA file"),
        ("ours", "kafka.example.org", "SASL_SSL", "is for another host"),
        (None, "", "SASL_SSL", "its port does not speak TLS"),
        ("ours", "127.0.0.1", "SASL_PLAINTEXT", "if its port speaks TLS, use SASL_SSL"),
    ],
)
async def test_each_obstacle_is_named(
    tmp_path: Path, authority: str | None, host: str, protocol: str, obstacle: str
) -> None:
    context = None
    if authority is not None:
        pair = Authority(tmp_path / authority).issue("kafka", [host])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
    server = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context)
    async with server:
        connecting = Connecting(
            {
                "bootstrap.servers": f"127.0.0.1:{server.sockets[0].getsockname()[1]}",
                "security.protocol": protocol,
                "sasl.mechanism": "SCRAM-SHA-512",
                "sasl.username": "analyst",
                "sasl.password": "guessed",
                "ssl.ca.location": str(Authority(tmp_path / "ours").root),
            }
        )
        assert obstacle in (await asyncio.to_thread(connecting.reach, 3) or "")
