"""How a service signs in to Kafka."""

import ssl
from typing import Any

from faststream.security import SASLScram512

from shared.messaging.core.settings import EventCoreSettings


def _tls(settings: EventCoreSettings) -> ssl.SSLContext | None:
    if settings.kafka_security_protocol != "SASL_SSL":
        return None
    return ssl.create_default_context(cafile=settings.kafka_ca_file)


def bootstrap_servers(settings: EventCoreSettings) -> list[str]:
    """Where to find the cluster first: any of these will do, so the loss of one keeps nobody from starting.

    FastStream takes several addresses as a list alone; one text with commas is a host of that name to it.
    """
    return [server.strip() for server in settings.kafka_bootstrap.split(",") if server.strip()]


def faststream_security(settings: EventCoreSettings) -> SASLScram512:
    """For FastStream's broker."""
    return SASLScram512(
        username=settings.kafka_username,
        password=settings.kafka_password.get_secret_value(),
        ssl_context=_tls(settings),
        use_ssl=settings.kafka_security_protocol == "SASL_SSL",
    )


def aiokafka_security(settings: EventCoreSettings) -> dict[str, Any]:
    """For aiokafka's own clients."""
    return {
        "bootstrap_servers": bootstrap_servers(settings),
        "security_protocol": settings.kafka_security_protocol,
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": settings.kafka_username,
        "sasl_plain_password": settings.kafka_password.get_secret_value(),
        "ssl_context": _tls(settings),
    }
