"""One message to one provider's address: by TLS alone, to an address of the internet, with an answer that cannot hurt.

The address is somebody else's word, so it must not lead into our own network: the name is resolved here, every address
that it has is looked at, and the connection is made to one that was, so that no second answer of the name's server can
be another. The certificate is still that of the name.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpcore
import httpx

from services.notification.domain.webhooks import Attempt, Outcome, attempt_of, is_public

# Names are resolved in threads, which nothing can interrupt: those of the process itself must not run out for it.
_RESOLVERS = ThreadPoolExecutor(8, thread_name_prefix="webhook-names")


class AddressNotAllowedError(Exception):
    """The name leads, or may lead, to what is not of the internet."""


class OvertakenError(Exception):
    """What was to be sent is not to be sent any more."""


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to what was looked at, and to nothing else."""

    def __init__(self, *, private_allowed: bool) -> None:
        self._private_allowed = private_allowed
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - it implements httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises AddressNotAllowedError unless every address of the name is of the internet."""
        addresses = await _addresses(host, port)
        if not self._private_allowed and not all(map(is_public, addresses)):
            raise AddressNotAllowedError(host)
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in addresses:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        """Nothing is sent to a socket of this machine."""
        raise AddressNotAllowedError("a socket")

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)


class WebhookConnection:
    """Sends messages, each over a connection of its own."""

    def __init__(self, *, private_allowed: bool, ca_file: Path | None, timeout_s: float) -> None:
        self._network = CheckedNetwork(private_allowed=private_allowed)
        self._tls = ssl.create_default_context(cafile=str(ca_file)) if ca_file else httpx.create_ssl_context()
        self._timeout_s = timeout_s

    async def post(
        self, address: str, content: bytes, headers: Mapping[str, str], may_go: Callable[[], Awaitable[bool]]
    ) -> Attempt:
        """Sends it, asking once more whether it may go when there is a connection and nothing of it has left yet.

        Never raises for what the other side does. Its redirects are not followed, and of its answer nothing but the
        status is read.
        """

        async def sent() -> AsyncIterator[bytes]:
            if not await may_go():
                raise OvertakenError
            yield content

        given = [("Content-Length", str(len(content))), ("User-Agent", "Parley"), *headers.items()]
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                httpcore.AsyncConnectionPool(ssl_context=self._tls, network_backend=self._network) as pool,
                pool.stream("POST", address, headers=given, content=sent()) as response,
            ):
                return attempt_of(response.status)
        except OvertakenError:
            return Attempt(Outcome.OVERTAKEN)
        except AddressNotAllowedError:
            return Attempt(Outcome.FAILED, "address-not-allowed")
        except (TimeoutError, httpcore.TimeoutException):
            return Attempt(Outcome.FAILED, "timeout")
        except (httpcore.ConnectError, OSError) as error:
            return Attempt(Outcome.FAILED, "certificate" if _is_of_certificate(error) else "no-connection")
        except (httpcore.NetworkError, httpcore.ProtocolError, UnicodeError, ValueError):
            return Attempt(Outcome.FAILED, "no-answer")


async def _addresses(host: str, port: int) -> list[str]:
    def resolved() -> list[str]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(each[4][0]) for each in found))

    return await asyncio.get_running_loop().run_in_executor(_RESOLVERS, resolved)


def _is_of_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
