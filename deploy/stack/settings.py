"""What the shell that starts the stack may decide: outside servers instead of the embedded ones."""

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from deploy.stack.errors import ParleyError
from deploy.stack.home import Home
from deploy.stack.ports import PortClaims, choose_ports


@dataclass(frozen=True)
class Outside:
    """Servers that run elsewhere and are only provisioned here; empty where the embedded one is meant."""

    kafka: str = ""
    kafka_username: str = ""
    kafka_password: str = ""
    kafka_security_protocol: str = "SASL_PLAINTEXT"
    kafka_ca_file: str = ""
    postgres_url: str = ""

    @classmethod
    def from_environment(cls) -> "Outside":
        """Read the settings and refuse what can't work."""
        outside = cls(
            kafka=os.environ.get("PARLEY_EXTERNAL_KAFKA", ""),
            kafka_username=os.environ.get("PARLEY_KAFKA_ADMIN_USERNAME", ""),
            kafka_password=os.environ.get("PARLEY_KAFKA_ADMIN_PASSWORD", ""),
            kafka_security_protocol=os.environ.get("PARLEY_KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT"),
            kafka_ca_file=os.environ.get("PARLEY_KAFKA_CA_FILE", ""),
            postgres_url=os.environ.get("PARLEY_POSTGRES_URL", ""),
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


def settle(home: Home, outside: Outside, claims: PortClaims) -> str | None:
    """Decide addresses for this start and remember them. Returns a note for the user where a port moved."""
    remembered: dict[str, int] = home.remembered().get("ports", {})
    # Whoever listens at the mail port by now may be the very server that the e-mails are for.
    ports, note = choose_ports(claims, remembered, unchecked=("smtp",) if "smtp" in remembered else ())
    home.remember(
        ports=ports,
        external_kafka=outside.kafka,
        external_postgres=bool(outside.postgres_url),
        kafka_security_protocol=outside.kafka_security_protocol if outside.kafka else "SASL_PLAINTEXT",
        kafka_ca_file=outside.kafka_ca_file if outside.kafka else "",
    )
    home.secrets.put("external-kafka-username", outside.kafka_username if outside.kafka else None)
    home.secrets.put("external-kafka-password", outside.kafka_password if outside.kafka else None)
    home.secrets.put("external-postgres-url", outside.postgres_url or None)
    return note
