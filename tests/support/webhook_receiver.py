"""A provider's own https server, which takes what a webhook sends and answers as a test wants it to."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from joserfc import jwe
from joserfc.jwk import ECKey
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from deploy.stack.certificates import Authority

ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM"]


class Receiver:
    """`answers` are the statuses that it gives, the last again and again; 0 never answers until `released`."""

    def __init__(self, port: int, ca_file: Path) -> None:
        self.port = port
        self.ca_file = ca_file
        self.answers = [204]
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.arrived = asyncio.Event()
        self.released = asyncio.Event()

    @property
    def address(self) -> str:
        return f"https://localhost:{self.port}/parley?of=us"

    async def hook(self, request: Request) -> Response:
        body = await request.body()
        self.got.append((dict(request.headers), body))
        self.arrived.set()
        status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if status == 0:
            await self.released.wait()
            return Response(status_code=204)
        if status == 302:
            return Response(status_code=302, headers={"Location": self.address})
        if status == 1:
            return StreamingResponse(endless(), status_code=200)
        return PlainTextResponse("said by a stranger", status_code=status) if status >= 300 else Response(None, status)

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]

    def opened(self, key: ECKey, secret: str, at: int = -1) -> dict[str, Any]:
        """What the provider reads: verified by the library of Standard Webhooks, decrypted with its private key."""
        headers, body = self.got[at]
        encrypted = Webhook(secret).verify(body, headers)["encrypted"]
        plain = jwe.decrypt_compact(encrypted, key, algorithms=ALGORITHMS).plaintext
        event: dict[str, Any] = json.loads(plain or b"")
        return event


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 65536
        # Once nobody reads any more nothing else would wait.
        await asyncio.sleep(0)


@asynccontextmanager
async def receiving(folder: Path, *names: str) -> AsyncIterator[Receiver]:
    """Serves with a certificate for these names, or the loopback's, of an authority of the test's own."""
    authority = Authority(folder / "authority")
    pair = authority.issue("receiver", names or ("localhost", "127.0.0.1"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        receiver = Receiver(listening.getsockname()[1], authority.root)
        app = Starlette(routes=[Route("/parley", receiver.hook, methods=["POST", "GET"])])
        config = uvicorn.Config(
            app,
            ssl_certfile=str(pair.certificate),
            ssl_keyfile=str(pair.key),
            ssl_version=ssl.PROTOCOL_TLS_SERVER,
            log_config=None,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield receiver
        finally:
            receiver.released.set()
            server.should_exit = True
            await serving
