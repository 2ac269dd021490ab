"""Key-encryption keys: what wraps the data keys, behind one interface, whoever has the key.

A wrapped key names the key-encryption key that it is under, and is bound to that name and to the person whose key it
is: moved to another row it does not open. What is from before there were names is opened as it was made (RFC 3394).
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from shared.privacy.sealing import KEY_BYTES

_NONCE_BYTES = 12
_PURPOSE = b"parley data key\0"


class KeyEncryptionError(Exception):
    """Data keys can't be wrapped or unwrapped. The message says why, and no key."""


class KeyEncryptionUnavailableError(KeyEncryptionError):
    """Whoever wraps data keys can't be asked now, or does not let us in now: the same keys can be unwrapped later."""


class Wrapped(NamedTuple):
    """A data key under the key-encryption key `kek`; None names the one from before there were names."""

    kek: str | None
    box: bytes


class KeyEncryption(Protocol):
    """Who wraps data keys. Each method raises KeyEncryptionError."""

    async def current(self) -> str:
        """The name of the key that `wrap` uses now."""

    async def wrap(self, keys: Sequence[tuple[UUID, bytes]]) -> list[Wrapped]:
        """Wraps data keys, each with the person whose it is, in their order."""

    async def unwrap(self, wrapped: Sequence[tuple[UUID, Wrapped]]) -> list[bytes]:
        """The data keys, in their order."""

    def fingerprint_key(self) -> bytes:
        """The key of keyed digests, where the deployment has no file of its own for it."""


class LocalKeys:
    """Key-encryption keys of 32 bytes in this process's memory, the newest first. Each is named after itself."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._take(keys)

    def _take(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"a key-encryption key must have {KEY_BYTES} bytes")
        self._keys = {name_of(key): key for key in keys}

    async def current(self) -> str:
        """The name of the newest key."""
        return next(iter(self._keys))

    async def wrap(self, keys: Sequence[tuple[UUID, bytes]]) -> list[Wrapped]:
        """Wraps under the newest key, with AES-256-GCM."""
        name, key = next(iter(self._keys.items()))
        cipher, wrapped = AESGCM(key), []
        for subject, data_key in keys:
            nonce = secrets.token_bytes(_NONCE_BYTES)
            wrapped.append(Wrapped(name, nonce + cipher.encrypt(nonce, data_key, binding(subject, name))))
        return wrapped

    async def unwrap(self, wrapped: Sequence[tuple[UUID, Wrapped]]) -> list[bytes]:
        """Unwraps under whichever key is named."""
        return [self._unwrapped(subject, each) for subject, each in wrapped]

    def fingerprint_key(self) -> bytes:
        """Derived from the oldest key, as it was when there was one key alone."""
        return hmac.digest([*self._keys.values()][-1], b"parley fingerprint", "sha256")

    def _unwrapped(self, subject: UUID, wrapped: Wrapped) -> bytes:
        if wrapped.kek is None:
            return self._without_name(wrapped.box)
        key = self._keys.get(wrapped.kek)
        if key is None:
            raise KeyEncryptionError(f"the key-encryption key {wrapped.kek} is not in the file")
        nonce, box = wrapped.box[:_NONCE_BYTES], wrapped.box[_NONCE_BYTES:]
        try:
            return AESGCM(key).decrypt(nonce, box, binding(subject, wrapped.kek))
        except (InvalidTag, ValueError) as error:
            raise KeyEncryptionError("a wrapped key is not this person's, or was changed") from error

    def _without_name(self, box: bytes) -> bytes:
        for key in reversed(self._keys.values()):
            try:
                return aes_key_unwrap(key, box)
            except InvalidUnwrap:
                continue
        raise KeyEncryptionError("a wrapped key opens with none of the key-encryption keys in the file")


class KeyFile(LocalKeys):
    """Key-encryption keys in a file: one a line in base64, the newest first. It is read again when it changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = _written_at(path)
        super().__init__(keys_in(path))

    async def current(self) -> str:
        """The name of the newest key."""
        self._refresh()
        return await super().current()

    async def wrap(self, keys: Sequence[tuple[UUID, bytes]]) -> list[Wrapped]:
        """Wraps under the newest key, with AES-256-GCM."""
        self._refresh()
        return await super().wrap(keys)

    async def unwrap(self, wrapped: Sequence[tuple[UUID, Wrapped]]) -> list[bytes]:
        """Unwraps under whichever key is named."""
        self._refresh()
        return await super().unwrap(wrapped)

    def _refresh(self) -> None:
        try:
            if (written_at := _written_at(self._path)) != self._read_at:
                self._take(keys_in(self._path))
                self._read_at = written_at
        except (OSError, ValueError) as error:
            raise KeyEncryptionUnavailableError("the file of key-encryption keys can't be read") from error


def name_of(key: bytes) -> str:
    """What a key of a file is called: it says nothing of the key."""
    return "file:" + hashlib.sha256(b"parley key-encryption key\0" + key).hexdigest()[:16]


def binding(subject: UUID, kek: str) -> bytes:
    """What a wrapped key is bound to: what it is, whose it is, and under which key."""
    return _PURPOSE + subject.bytes + kek.encode()


def keys_in(path: Path) -> list[bytes]:
    """The keys in a file, the newest first. Raises OSError or ValueError."""
    return [base64.b64decode(line, validate=True) for line in path.read_text(encoding="utf-8").split()]


def _written_at(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_ino
