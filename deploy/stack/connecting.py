"""Why a client does not get in to Kafka, in words that say what to check.

librdkafka raises the same error whatever stood in the way, and gives the cause to its error callback alone.
"""

import re
from collections.abc import Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

_NOT_TLS = re.compile(
    r"wrong.version.number|PLAINTEXT broker listener|packet length too long|http request", re.IGNORECASE
)
_UNTRUSTED = re.compile(r"certificate verify failed|could not be verified|unknown ca", re.IGNORECASE)
_NEEDS_TLS = re.compile(r"security\.protocol|SSL listener", re.IGNORECASE)


class Connecting:
    """An administrator's client that remembers what stood in the way last."""

    def __init__(self, properties: Mapping[str, str]) -> None:
        self._failures: list[KafkaError] = []
        # A broker with TLS hangs up on a client without, and neither says why.
        self._hint = "" if properties["security.protocol"] == "SASL_SSL" else " (if its port speaks TLS, use SASL_SSL)"
        settings: dict[str, Any] = {**properties, "log_level": 0, "socket.connection.setup.timeout.ms": 10_000}
        settings["error_cb"] = self._failures.append
        self._admin = AdminClient(settings)

    def reach(self, seconds: float) -> str | None:
        """None where the cluster answers and lets us in, else what stands in the way."""
        try:
            self._admin.list_topics(timeout=seconds)
        except KafkaException as error:
            self._admin.poll(0)
            explained = (explain_refusal(failure) for failure in reversed(self._failures))
            return next((each for each in explained if each), f"{error.args[0].str()}{self._hint}")
        finally:
            self._failures.clear()
        return None


def explain_refusal(error: KafkaError) -> str | None:
    """What a client has to mend before this error goes away; None for one that may pass by itself."""
    text = error.str()
    if error.code() == KafkaError._AUTHENTICATION:
        return "it refuses the user name or the password (a user that was removed is refused in the same way)"
    if _NOT_TLS.search(text):
        return "its port does not speak TLS: check the port, or whether SASL_PLAINTEXT is meant"
    if _UNTRUSTED.search(text):
        return (
            "its certificate was not signed by the authority that is trusted here, or is for another host: check the "
            "CA file, and that the host's name or address is one of the certificate's"
        )
    if error.code() == KafkaError._SSL:
        return f"TLS could not be agreed with it: {text}"
    if _NEEDS_TLS.search(text):
        return "it ends connections without TLS: check the port, or use SASL_SSL"
    return None
