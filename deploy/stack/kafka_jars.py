"""Apache Kafka's jars: resolved from Maven once, checked against the list of digests, and stored in one folder.

The resolver keeps using a jar that an interrupted download truncated, and recreates its own folders while a Kafka may
be reading them. So the jars are linked into one folder that appears when complete and never changes again. Run as a
program, this module creates that folder and prints the name of each file that it downloads.
"""

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.stack.kafka_digests import SHA256

KAFKA_VERSION = "4.3.1"
_KAFKA = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}"
# Without a binding Kafka's logs are lost. It is resolved separately: together with Kafka, its parent's version list
# would replace Kafka's own client library by an older one.
_LOG_BINDING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"


def jars_folder() -> Path:
    """The folder of the jars, shared by all homes of this user."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "parley" / f"kafka-{KAFKA_VERSION}"


def wrong_jars(jars: Iterable[Path], digests: Mapping[str, str] = SHA256) -> set[str]:
    """The listed names that are missing among these jars, or have other content."""
    found = {path.name: path for path in jars}
    return {
        name
        for name, digest in digests.items()
        if name not in found or hashlib.sha256(found[name].read_bytes()).hexdigest() != digest
    }


def are_complete() -> bool:
    """Whether nothing has to be fetched."""
    return not wrong_jars(jars_folder().glob("*.jar"))


def fetch() -> None:
    """Creates the folder of jars; downloads those that Maven's local repository lacks."""
    folder = jars_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder.with_name(f"{folder.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        # When two stacks start for the first time at once, the second finds the work done.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if are_complete():
            return
        found = _resolve(update=False)
        if wrong := wrong_jars(found.values()):
            throw_away(found, wrong)
            found = _resolve(update=True)
        if wrong := wrong_jars(found.values()):
            names = ", ".join(sorted(wrong))
            raise RuntimeError(f"what was fetched as {names} is not what Kafka {KAFKA_VERSION} was tested with")
        partial = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        for name in SHA256:
            _link(found[name], partial / name)
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    finally:
        os.close(lock)


def _resolve(*, update: bool) -> dict[str, Path]:
    import jgo  # The import takes half a second and is needed only once.
    from jgo.maven import PythonResolver

    resolver = PythonResolver(progress_callback=_report)
    folders = [Path(jgo.build(name, update=update, resolver=resolver).path) for name in (_KAFKA, _LOG_BINDING)]
    return {path.name: path for folder in folders for path in folder.glob("*/*.jar")}


@contextmanager
def _report(file_name: str, _size: int) -> Iterator[Callable[[int], None]]:
    print(file_name, flush=True)
    yield lambda _count: None


def throw_away(found: Mapping[str, Path], names: Iterable[str]) -> None:
    """Removes these jars, so that the resolver fetches them again."""
    import jgo

    # The resolver keeps what it downloaded in Maven's local repository and links it into its environments.
    repository = Path(jgo.config.GlobalSettings.load().repo_cache)
    for name in names:
        for path in (*repository.glob(f"**/{name}"), *([found[name]] if name in found else [])):
            path.unlink(missing_ok=True)


def _link(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


if __name__ == "__main__":
    try:
        fetch()
    except Exception as problem:
        sys.exit(f"{type(problem).__name__}: {problem}")
