"""The generated secrets of a home: created once and stored in a file that only its owner may read."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.stack.errors import ParleyError


def write_private(path: Path, content: str) -> None:
    """Replaces `path` atomically with `content`, readable only by its owner."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    partial.replace(path)


class SecretStore:
    """Named secrets in one file of mode 0600. Several commands may use it at once: writers lock it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> dict[str, str]:
        """All secrets by name."""
        if not self._path.exists():
            return {}
        try:
            content: dict[str, str] = json.loads(self._path.read_text(encoding="utf-8"))
        except json.JSONDecodeError as error:
            raise ParleyError(
                f"{self._path} can't be read as JSON ({error}). Restore it, or remove the folder "
                f"{self._path.parent} to start afresh."
            ) from error
        return content

    def get(self, name: str) -> str | None:
        """A secret, or None if it does not exist."""
        return self.all().get(name)

    def ensure(self, names: Iterable[str]) -> dict[str, str]:
        """The named secrets; missing ones are generated, with 256 random bits each."""
        wanted = list(names)
        with self._locked():
            known = self.all()
            missing = [name for name in wanted if name not in known]
            if missing:
                known |= {name: secrets.token_urlsafe(32) for name in missing}
                write_private(self._path, json.dumps(known, indent=1, sort_keys=True))
        return {name: known[name] for name in wanted}

    def put(self, name: str, value: str | None) -> None:
        """Stores a secret that was given from outside, or deletes it with None."""
        with self._locked():
            known = self.all()
            if known.get(name) == value:
                return
            if value is None:
                known.pop(name, None)
            else:
                known[name] = value
            write_private(self._path, json.dumps(known, indent=1, sort_keys=True))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = self._path.with_name(f".{self._path.name}.lock")
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
