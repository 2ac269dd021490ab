"""PostgreSQL's binaries: fetched from Maven Central once, checked against their digest, and unpacked.

They are those that `io.zonky.test` builds for tests of Java programs: a server with OpenSSL, ICU and no client tools.
Run as a program, this module fetches them and prints its progress.
"""

import io
import lzma
import platform
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.stack.maven import cache_folder, discard, fetched, locked

MAJOR = 18
POSTGRES_VERSION = "18.4.0"
_NAME = f"postgres-{POSTGRES_VERSION}"


@dataclass(frozen=True)
class _Archive:
    platform: str
    bytes: int
    sha256: str


_ARCHIVES: Mapping[tuple[str, str], _Archive] = {
    ("linux", "x86_64"): _Archive(
        "linux-amd64", 15_175_961, "401d4e69baba9072d3772607710df0d47b39a7632c6b01b2a5f5d85a9514e212"
    ),
    ("linux", "aarch64"): _Archive(
        "linux-arm64v8", 14_176_928, "a9ec284923b9a7d2db41509bfb88c3d0eeb9f4aa5e2b29ea0aac5e8dbaf4c335"
    ),
    ("darwin", "x86_64"): _Archive(
        "darwin-amd64", 33_142_772, "68381ed1488edd337345c6c4bc6ae0c823832a4dd7af8b04656ee5c218c291b5"
    ),
    ("darwin", "arm64"): _Archive(
        "darwin-arm64v8", 33_143_779, "ab698c4486a795d2aa8a158b3a41e1201a77e7ff72a6255094cd5900080853c2"
    ),
}


def folder() -> Path:
    """The folder of the binaries: `bin`, `lib` and `share`."""
    return cache_folder() / _NAME


def is_fetched() -> bool:
    """Whether nothing has to be downloaded."""
    return folder().exists()


def archive_bytes() -> int:
    """The size of the download. Raises RuntimeError where there is none for this machine."""
    return _archive().bytes


def fetch() -> None:
    """Makes the folder of the binaries; downloads them where this machine lacks them."""
    archive = _archive()
    artifact = f"embedded-postgres-binaries-{archive.platform}"
    in_repository = f"io/zonky/test/postgres/{artifact}/{POSTGRES_VERSION}/{artifact}-{POSTGRES_VERSION}.jar"
    with locked(_NAME):
        if not is_fetched():
            _unpack(fetched(in_repository, archive.sha256, f"PostgreSQL {POSTGRES_VERSION}"), folder())


def _archive() -> _Archive:
    machine = (sys.platform, platform.machine())
    if machine not in _ARCHIVES:
        raise RuntimeError(f"there is no PostgreSQL for {' '.join(machine)}")
    return _ARCHIVES[machine]


def _unpack(jar: Path, target: Path) -> None:
    """The jar holds one archive, `….txz`."""
    partial = target.with_name(f"{target.name}.unpacking")
    shutil.rmtree(partial, ignore_errors=True)
    with zipfile.ZipFile(jar) as packed:
        (name,) = (each for each in packed.namelist() if each.endswith(".txz"))
        content = lzma.decompress(packed.read(name))
    with tarfile.open(fileobj=io.BytesIO(content)) as files:
        files.extractall(partial, filter="data")
    partial.rename(target)
    discard(jar)


if __name__ == "__main__":
    try:
        fetch()
    except Exception as problem:
        sys.exit(f"{type(problem).__name__}: {problem}")
