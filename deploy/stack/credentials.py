"""Kafka users of this home: a generated password each, and a properties file that Kafka's own tools understand."""

from collections.abc import Iterable
from pathlib import Path

from confluent_kafka.admin import AdminClient

from deploy.stack import topics
from deploy.stack.home import Home, Stack
from deploy.stack.secret_store import write_private

TRUSTED = "kafka-ca.crt"
"""The file, beside the credentials, with the authority that signed the brokers' certificates."""


def ensure_users(stack: Stack, admin: AdminClient, users: Iterable[str]) -> None:
    """Make these users in Kafka, remember their passwords and write `credentials/<user>.properties`."""
    names = list(users)
    made = stack.home.secrets.ensure(f"kafka/{name}" for name in names)
    topics.ensure_users(admin, {name: made[f"kafka/{name}"] for name in names})
    if stack.kafka_ca_file:
        # Beside the credentials, because parties get both; the authority's key is in another folder.
        write_private(stack.home.credentials / TRUSTED, Path(stack.kafka_ca_file).read_text("ascii"))
    for name in names:
        write_properties(stack, name)


def forget_users(home: Home, users: Iterable[str]) -> None:
    """Removes these users' passwords and credentials files from this home."""
    for user in users:
        home.secrets.put(f"kafka/{user}", None)
        (home.credentials / f"{user}.properties").unlink(missing_ok=True)


def known_users(home: Home) -> tuple[str, ...]:
    """Every Kafka user that this home ever made."""
    return tuple(name.removeprefix("kafka/") for name in sorted(home.secrets.all()) if name.startswith("kafka/"))


def write_properties(stack: Stack, user: str) -> Path:
    """The user's connection in the form of Kafka's console tools; readable by its owner alone."""
    client = stack.client_properties(user)
    login = f'required username="{client["sasl.username"]}" password="{client["sasl.password"]}"'
    lines = [
        f"bootstrap.servers={client['bootstrap.servers']}",
        f"security.protocol={client['security.protocol']}",
        f"sasl.mechanism={client['sasl.mechanism']}",
        f"sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule {login};",
    ]
    if stack.kafka_ca_file:
        lines += ["ssl.truststore.type=PEM", f"ssl.truststore.location={stack.home.credentials / TRUSTED}"]
    path = stack.home.credentials / f"{user}.properties"
    write_private(path, "\n".join(lines) + "\n")
    return path
