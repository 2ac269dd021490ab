"""The jars of Kafka Connect and Debezium: fetched from Maven Central once, and run only if their digests match."""

from collections.abc import Mapping
from pathlib import Path

from deploy.bench.debezium_digests import CONNECT, CONNECTOR
from deploy.stack.kafka_jars import KAFKA_VERSION, throw_away, wrong_jars

DEBEZIUM_VERSION = "3.3.1.Final"
_WANTED: Mapping[str, Mapping[str, str]] = {
    f"org.apache.kafka:connect-runtime:{KAFKA_VERSION}": CONNECT,
    f"io.debezium:debezium-connector-postgres:{DEBEZIUM_VERSION}": CONNECTOR,
}


def missing() -> str | None:
    """What is needed if the jars cannot be fetched now, else None. They are fetched once, some 60 MB."""
    try:
        folders()
    except Exception as error:
        why = str(error) if isinstance(error, RuntimeError) else type(error).__name__
        return f"Maven Central must be within reach ({why})"
    return None


def folders() -> tuple[Path, Path]:
    """The folders of Kafka Connect's and the connector's jars. Raises RuntimeError if a digest does not match."""
    connect, connector = (_checked(name, digests) for name, digests in _WANTED.items())
    return connect, connector


def not_as_listed(folder: Path, digests: Mapping[str, str]) -> set[str]:
    """Jars that are missing, have other content or are not listed: Java loads every jar in the folder."""
    jars = list(folder.glob("*/*.jar"))
    return wrong_jars(jars, digests) | {jar.name for jar in jars if jar.name not in digests}


def _checked(name: str, digests: Mapping[str, str]) -> Path:
    import jgo  # The import takes half a second, and only this peer needs it.

    folder = Path(jgo.build(name).path)
    if wrong := not_as_listed(folder, digests):
        # An interrupted download leaves a partial jar, which the resolver would go on using.
        throw_away({jar.name: jar for jar in folder.glob("*/*.jar")}, wrong)
        folder = Path(jgo.build(name, update=True).path)
    if wrong := not_as_listed(folder, digests):
        raise RuntimeError(f"what was fetched as {', '.join(sorted(wrong))} is not what the benchmark was made with")
    return folder
