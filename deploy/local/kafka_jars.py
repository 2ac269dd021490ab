"""Apache Kafka's jars: resolved from Maven once, and checked against the list of digests.

A download that was interrupted leaves a cut-off jar behind that the resolver would go on using. Checked by digest, it
is thrown away and fetched again. Run as a program it prints the paths of the jars, one a line.
"""

import fcntl
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import jgo

from deploy.local.kafka_digests import SHA256

KAFKA_VERSION = "4.3.1"
_KAFKA = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}"
# Without a binding Kafka's logs go nowhere. Resolved apart: together with Kafka, its parent's version list would
# replace Kafka's own client library by an older one.
_LOG_BINDING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"


def right_jars(folders: Iterable[Path]) -> dict[str, Path]:
    """The jars of the list that these environments of jgo hold, by name; those with another content are left out."""
    found = {path.name: path for folder in folders for path in folder.glob("*/*.jar")}
    return {
        name: found[name]
        for name, digest in SHA256.items()
        if name in found and hashlib.sha256(found[name].read_bytes()).hexdigest() == digest
    }


def resolve() -> list[Path]:
    """The paths of all jars of the list; downloads what is missing."""
    # Two stacks that start for the first time at once would write the same files.
    lock = os.open(Path(tempfile.gettempdir()) / f"parley-kafka-{os.getuid()}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folders = _build(update=False)
        right = right_jars(folders)
        if wrong := SHA256.keys() - right:
            _throw_away(folders, wrong)
            right = right_jars(_build(update=True))
        if wrong := SHA256.keys() - right:
            names = ", ".join(sorted(wrong))
            raise RuntimeError(f"what was fetched as {names} is not what Kafka {KAFKA_VERSION} was tested with")
        return list(right.values())
    finally:
        os.close(lock)


def _build(*, update: bool) -> list[Path]:
    return [Path(jgo.build(endpoint, update=update).path) for endpoint in (_KAFKA, _LOG_BINDING)]


def _throw_away(folders: Iterable[Path], names: Iterable[str]) -> None:
    # The resolver keeps what it downloaded in Maven's local repository and links it into its environments.
    repository = jgo.config.GlobalSettings.load().repo_cache
    for name in names:
        for folder in (*folders, repository):
            for path in folder.glob(f"**/{name}"):
                path.unlink(missing_ok=True)


if __name__ == "__main__":
    try:
        print("\n".join(map(str, resolve())))
    except Exception as problem:
        sys.exit(f"{type(problem).__name__}: {problem}")
