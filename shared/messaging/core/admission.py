"""Whether Kafka still lets this service in: seen by signing in anew, since no client says so.

Once its credential is refused, the client library retries several times a second, and neither reading nor publishing
raises: the service would look idle. And who is connected goes on until the broker ends the session. So a connection of
its own signs in every few seconds, and is closed again.
"""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, NoReturn

import structlog
from aiokafka import errors
from aiokafka.conn import create_conn

from shared.messaging.core.connection import aiokafka_security
from shared.messaging.core.settings import EventCoreSettings
from shared.telemetry import metrics

EVERY_S = 15.0
_PATIENCE_MS = 10_000
log = structlog.get_logger()


class Refusal(StrEnum):
    """Why Kafka does not let this service in. None of these passes by itself."""

    CREDENTIAL = "credential-refused"
    CERTIFICATE = "certificate-not-trusted"
    HOST = "certificate-of-another-host"
    NOT_TLS = "port-without-tls"

    @property
    def remedy(self) -> str:
        """What an operator checks."""
        return _REMEDIES[self]


_REMEDIES = {
    Refusal.CREDENTIAL: (
        "Kafka refuses its user name or password: they were changed, revoked or never made; `parley access check` says "
        "which"
    ),
    Refusal.CERTIFICATE: (
        "the broker's certificate was not signed by the authority that it trusts: check PARLEY_KAFKA_CA_FILE"
    ),
    Refusal.HOST: "the broker's certificate is for another host: check PARLEY_KAFKA_BOOTSTRAP",
    Refusal.NOT_TLS: (
        "TLS cannot be agreed at the broker's port, which may not speak it: check PARLEY_KAFKA_BOOTSTRAP, or whether "
        "PARLEY_KAFKA_SECURITY_PROTOCOL=SASL_PLAINTEXT is meant"
    ),
}
_CREDENTIAL_ERRORS = (
    errors.SaslAuthenticationFailed,
    errors.IllegalSaslStateError,
    errors.UnsupportedSaslMechanismError,
)
# OpenSSL's numbers for a name or address that the certificate does not have.
_OTHER_HOST = (62, 63, 64)


async def sign_in(security: dict[str, Any]) -> Refusal | None:
    """Signs in at the first broker that answers; `security` as for an aiokafka client.

    None where it was let in, or where no broker answers: that passes by itself, and is visible elsewhere.
    """
    settings = {name: value for name, value in security.items() if name != "bootstrap_servers"}
    for server in security["bootstrap_servers"]:
        host, _, port = server.rpartition(":")
        try:
            connection = await create_conn(
                host, int(port), client_id="admission", request_timeout_ms=_PATIENCE_MS, **settings
            )
        except (errors.KafkaError, OSError, TimeoutError, AssertionError) as error:
            if refusal := refusal_of(error):
                return refusal
            continue
        await connection.close()
        return None
    return None


def refusal_of(error: BaseException) -> Refusal | None:
    """The refusal behind an error of a new connection; None for one that may pass by itself."""
    if isinstance(error, _CREDENTIAL_ERRORS):
        return Refusal.CREDENTIAL
    if isinstance(error, ssl.SSLCertVerificationError):
        return Refusal.HOST if error.verify_code in _OTHER_HOST else Refusal.CERTIFICATE
    # A broker without TLS takes the greeting for a request that is far too large, and hangs up.
    if isinstance(error, ssl.SSLError | ConnectionResetError):
        return Refusal.NOT_TLS
    return None


class Admission:
    """Watches for the life of the process whether Kafka lets the service in; `refusal` is None while it does."""

    def __init__(
        self,
        settings: EventCoreSettings,
        ask: Callable[[dict[str, Any]], Awaitable[Refusal | None]] = sign_in,
        every_s: float = EVERY_S,
    ) -> None:
        self.refusal: Refusal | None = None
        self._security = aiokafka_security(settings)
        self._ask = ask
        self._every_s = every_s
        self._since = 0.0
        self._last: Refusal | None = None

    async def run(self) -> NoReturn:
        """Runs until cancelled."""
        while True:
            self.note(await self._ask(self._security))
            await asyncio.sleep(self._every_s)

    def note(self, refusal: Refusal | None) -> None:
        """Takes down what was seen. A change is logged, and nothing that goes on."""
        if refusal is Refusal.NOT_TLS and self._last is not refusal:
            # A broker that stops hangs up too: this one is believed when it is seen a second time.
            self._last = refusal
            return
        self._last = refusal
        if refusal == self.refusal:
            return
        if refusal is not None:
            self._since = self._since if self.refusal else time.monotonic()
            log.error("Kafka refuses this service", refusal=refusal, check=refusal.remedy)
        else:
            log.warning("Kafka lets this service in again", refused_for_s=round(time.monotonic() - self._since, 1))
        self.refusal = refusal
        metrics.KAFKA_REFUSED.set(refusal is not None)
