"""Files from Maven Central, fetched once, checked against their digests and kept in this user's cache.

What is made of them lies in folders beside them, which appear when complete, never change again, and are shared by all
homes of this user.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

_ATTEMPTS = 3
_CHUNK_BYTES = 1024 * 1024
_REPORTED_BYTES = 10 * _CHUNK_BYTES


def cache_folder() -> Path:
    """The folder of what was fetched, and of what was made of it. It need not exist."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parley"


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Keeps other processes out; the cache exists then.

    When two stacks start for the first time at once, the second finds the work done.
    """
    cache_folder().mkdir(parents=True, exist_ok=True)
    lock = os.open(cache_folder() / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def fetched(in_repository: str, sha256: str, what: str) -> Path:
    """The file with this content: from Maven's local repository, or downloaded to the cache as `….partial`.

    `what` names it in errors. Raises `httpx.HTTPError` where no repository answers, and RuntimeError where what they
    serve has another digest.
    """
    import jgo  # The import takes half a second and is needed only once.
    from jgo.constants import MAVEN_CENTRAL_URL

    settings = jgo.config.GlobalSettings.load()
    local = Path(settings.repo_cache) / in_repository
    if local.exists() and _digest(local) == sha256:
        return local
    archive = cache_folder() / f"{local.name}.partial"
    problem: Exception | None = None
    # A mirror that jgo's settings name serves Kafka's jars too.
    for repository in (*settings.repositories.values(), *[MAVEN_CENTRAL_URL] * _ATTEMPTS):
        try:
            download(f"{repository}/{in_repository}", archive)
        except httpx.HTTPError as error:
            problem = error
            continue
        if _digest(archive) == sha256:
            return archive
        archive.unlink()
        problem = RuntimeError(f"what {repository} served is not the {what} that we tested with")
    raise problem or RuntimeError("no repository is known")


def discard(archive: Path) -> None:
    """Removes a file that was fetched to the cache, once it is unpacked."""
    if archive.suffix == ".partial":
        archive.unlink()


def download(url: str, archive: Path) -> None:
    """Downloads `url` to `archive`, continuing where an interrupted download of it ended. Raises `httpx.HTTPError`.

    Prints "fetched N" after each 10 MB, with the number of bytes so far.
    """
    there = archive.stat().st_size if archive.exists() else 0
    headers = {"Range": f"bytes={there}-"} if there else {}
    with httpx.stream("GET", url, headers=headers, timeout=60, follow_redirects=True) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # All of it is there, or what is there is something else: the digest will tell.
        response.raise_for_status()
        if response.status_code != httpx.codes.PARTIAL_CONTENT:
            there = 0
        reported = 0
        with archive.open("ab" if there else "wb") as file:
            for chunk in response.iter_bytes(_CHUNK_BYTES):
                file.write(chunk)
                there += len(chunk)
                if there - reported >= _REPORTED_BYTES:
                    reported = there
                    print(f"fetched {there}", flush=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
