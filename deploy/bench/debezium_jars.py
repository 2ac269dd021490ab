"""The jars of Kafka Connect and Debezium: from Maven Central once, and run only if they are those of the list."""

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
    """How to get them where they can't be had now, or None. They are fetched once, some 60 MB."""
    try:
        folders()
    except Exception as error:
        why = str(error) if isinstance(error, RuntimeError) else type(error).__name__
        return f"Maven Central must be within reach ({why})"
    return None


def folders() -> tuple[Path, Path]:
    """Where Kafka Connect's jars are, and the connector's. Raises RuntimeError where they are not those of the list."""
    connect, connector = (_checked(name, digests) for name, digests in _WANTED.items())
    return connect, connector


def not_as_listed(folder: Path, digests: Mapping[str, str]) -> set[str]:
    """Jars that are missing, have another content or are none of the list: Java loads whatever lies there."""
    jars = list(folder.glob("*/*.jar"))
    return wrong_jars(jars, digests) | {jar.name for jar in jars if jar.name not in digests}


def _checked(name: str, digests: Mapping[str, str]) -> Path:
    import jgo  # It takes half a second, and is needed by this peer alone.

    folder = Path(jgo.build(name).path)
    if wrong := not_as_listed(folder, digests):
        # An interrupted download leaves half a jar, and the resolver goes on using it.
        throw_away({jar.name: jar for jar in folder.glob("*/*.jar")}, wrong)
        folder = Path(jgo.build(name, update=True).path)
    if wrong := not_as_listed(folder, digests):
        raise RuntimeError(f"what was fetched as {', '.join(sorted(wrong))} is not what the benchmark was made with")
    return folder
