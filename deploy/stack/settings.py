"""Settings from the environment of the shell that starts the stack: external servers instead of the embedded ones."""

import math
import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from deploy.stack.errors import ParleyError
from deploy.stack.home import Home
from deploy.stack.ports import PortClaims, choose_ports
from shared.contracts.topics import RAW_RETENTION_HOURS

_MOST_HOURS = 30 * 24


@dataclass(frozen=True)
class Outside:
    """External servers that are only provisioned here; an empty value stands for the embedded server.

    `raw_retention_hours`: how long what a party sent stays on its topic once it has been processed.
    """

    kafka: str = ""
    kafka_username: str = ""
    kafka_password: str = ""
    kafka_security_protocol: str = "SASL_PLAINTEXT"
    kafka_ca_file: str = ""
    postgres_url: str = ""
    raw_retention_hours: float = RAW_RETENTION_HOURS

    @classmethod
    def from_environment(cls) -> "Outside":
        """Reads the settings. Raises `ParleyError` for unusable combinations."""
        outside = cls(
            kafka=os.environ.get("PARLEY_EXTERNAL_KAFKA", ""),
            kafka_username=os.environ.get("PARLEY_KAFKA_ADMIN_USERNAME", ""),
            kafka_password=os.environ.get("PARLEY_KAFKA_ADMIN_PASSWORD", ""),
            kafka_security_protocol=os.environ.get("PARLEY_KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT"),
            kafka_ca_file=os.environ.get("PARLEY_KAFKA_CA_FILE", ""),
            postgres_url=os.environ.get("PARLEY_POSTGRES_URL", ""),
            raw_retention_hours=_hours("PARLEY_RAW_RETENTION_HOURS", RAW_RETENTION_HOURS),
        )
        if outside.kafka and not (outside.kafka_username and outside.kafka_password):
            raise ParleyError(
                "PARLEY_EXTERNAL_KAFKA needs PARLEY_KAFKA_ADMIN_USERNAME and PARLEY_KAFKA_ADMIN_PASSWORD: a user that "
                "may create topics, users and ACLs."
            )
        if outside.kafka_security_protocol not in ("SASL_PLAINTEXT", "SASL_SSL"):
            raise ParleyError(
                f"PARLEY_KAFKA_SECURITY_PROTOCOL is {outside.kafka_security_protocol!r}; it may be SASL_PLAINTEXT or "
                "SASL_SSL, since nobody gets in without a password."
            )
        if outside.postgres_url and urlsplit(outside.postgres_url).scheme not in ("postgresql", "postgres"):
            raise ParleyError(
                "PARLEY_POSTGRES_URL must be postgresql://USER:PASSWORD@HOST:PORT/DATABASE of an administrator."
            )
        return outside


def _hours(name: str, default: float) -> float:
    text = os.environ.get(name, "")
    try:
        hours = float(text) if text else default
    except ValueError:
        hours = math.nan
    if not 0 < hours <= _MOST_HOURS:
        raise ParleyError(f"{name} is {text!r}; it must be a number of hours above 0 and at most {_MOST_HOURS}.")
    return hours


def choose_addresses(home: Home, outside: Outside, claims: PortClaims) -> str | None:
    """Chooses and stores the addresses for this start. Returns a note for the user if a port had to change."""
    remembered: dict[str, int] = home.remembered().get("ports", {})
    # A server that already listens on the mail port may be the one that the e-mails are meant for.
    ports, note = choose_ports(claims, remembered, unchecked=("smtp",) if "smtp" in remembered else ())
    home.remember(
        ports=ports,
        external_kafka=outside.kafka,
        external_postgres=bool(outside.postgres_url),
        kafka_security_protocol=outside.kafka_security_protocol if outside.kafka else "SASL_PLAINTEXT",
        kafka_ca_file=outside.kafka_ca_file if outside.kafka else "",
        raw_retention_hours=outside.raw_retention_hours,
    )
    home.secrets.put("external-kafka-username", outside.kafka_username if outside.kafka else None)
    home.secrets.put("external-kafka-password", outside.kafka_password if outside.kafka else None)
    home.secrets.put("external-postgres-url", outside.postgres_url or None)
    return note
