"""How a service connects and signs in to Kafka."""

import ssl
from typing import Any

from faststream.security import SASLScram512

from shared.messaging.core.sessions import renew_before_they_end
from shared.messaging.core.settings import EventCoreSettings


def _tls(settings: EventCoreSettings) -> ssl.SSLContext | None:
    if settings.kafka_security_protocol != "SASL_SSL":
        return None
    return ssl.create_default_context(cafile=settings.kafka_ca_file)


def bootstrap_servers(settings: EventCoreSettings) -> list[str]:
    """The bootstrap addresses: any of them will do, so a service starts even when one broker is lost.

    FastStream accepts several addresses only as a list; it takes a comma-separated string for one host name.
    """
    return [server.strip() for server in settings.kafka_bootstrap.split(",") if server.strip()]


def faststream_security(settings: EventCoreSettings) -> SASLScram512:
    """Security settings of FastStream's broker."""
    renew_before_they_end()
    return SASLScram512(
        username=settings.kafka_username,
        password=settings.kafka_password.get_secret_value(),
        ssl_context=_tls(settings),
        use_ssl=settings.kafka_security_protocol == "SASL_SSL",
    )


def aiokafka_security(settings: EventCoreSettings) -> dict[str, Any]:
    """Connection and security settings of aiokafka's own clients."""
    renew_before_they_end()
    return {
        "bootstrap_servers": bootstrap_servers(settings),
        "security_protocol": settings.kafka_security_protocol,
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": settings.kafka_username,
        "sasl_plain_password": settings.kafka_password.get_secret_value(),
        "ssl_context": _tls(settings),
    }
