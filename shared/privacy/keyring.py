"""The keyring: one data key for each person, wrapped by the key-encryption key, in a database of its own.

Erasing a person's key puts every copy of what was sealed under it beyond use, in topics, logs and backups too.
"""

import base64
import hmac
import secrets
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from shared.contracts.base import Sealed
from shared.contracts.manifest import KeyKind
from shared.privacy.sealing import KEY_BYTES, CannotOpenError, open_value, seal_value

# An erased key must be out of use soon, so unwrapped keys are forgotten after this long.
_REMEMBER_S = 60.0
_REMEMBER_AT_MOST = 50_000


@dataclass(frozen=True)
class Keys:
    """The data keys of some people, unwrapped. Keep it no longer than the work at hand."""

    _keys: Mapping[UUID, bytes]

    def seal(self, subject: UUID, field: str, value: Any) -> Sealed:
        """Seals a JSON value under the subject's key. Raises CannotOpenError where the key was erased."""
        return seal_value(self._key(subject), subject, field, value)

    def open(self, sealed: Sealed) -> Any:
        """The JSON value. Raises CannotOpenError where the key was erased or the box is not what it says."""
        return open_value(self._key(sealed.subject), sealed)

    def _key(self, subject: UUID) -> bytes:
        key = self._keys.get(subject)
        if key is None:
            raise CannotOpenError("there is no key: it was erased, or is not this service's to use")
        return key


class Keyring:
    """Makes, fetches and erases data keys. One round trip for any number of people."""

    def __init__(self, pool: "asyncpg.Pool[Any]", key_encryption_key: bytes) -> None:
        if len(key_encryption_key) != KEY_BYTES:
            raise ValueError(f"the key-encryption key must have {KEY_BYTES} bytes")
        self._pool = pool
        self._kek = key_encryption_key
        self._fingerprint_key = hmac.digest(key_encryption_key, b"parley fingerprint", "sha256")
        self._remembered: dict[UUID, tuple[float, bytes]] = {}

    async def for_sealing(self, subjects: Iterable[UUID], kind: KeyKind) -> Keys:
        """The keys of these people; who has none gets one. An erased key is never made again."""
        wanted = set(subjects)
        keys = self._recall(wanted)
        absent = sorted(wanted - keys.keys())
        if absent:
            fresh = [aes_key_wrap(self._kek, secrets.token_bytes(KEY_BYTES)) for _ in absent]
            await self._pool.execute(
                """
                INSERT INTO data_key (subject, kind, wrapped)
                SELECT subject, $3, wrapped FROM unnest($1::uuid[], $2::bytea[]) AS fresh (subject, wrapped)
                ON CONFLICT (subject) DO NOTHING
                """,
                absent,
                fresh,
                kind,
            )
            keys |= await self._fetch(absent)
        return Keys(keys)

    async def for_opening(self, sealed: Iterable[Sealed]) -> Keys:
        """The keys of these boxes. Absent or erased ones are simply not there."""
        wanted = {box.subject for box in sealed}
        keys = self._recall(wanted)
        absent = wanted - keys.keys()
        if absent:
            keys |= await self._fetch(absent)
        return Keys(keys)

    async def erased(self, subjects: Collection[UUID]) -> set[UUID]:
        """Of these people, those whose key was destroyed: whatever is kept of them beside it is to be cleared away."""
        rows = await self._pool.fetch(
            "SELECT subject FROM data_key WHERE subject = ANY($1::uuid[]) AND wrapped IS NULL", list(subjects)
        )
        return {row["subject"] for row in rows}

    async def erase(self, subject: UUID) -> None:
        """Destroys a person's key for good."""
        self._remembered.pop(subject, None)
        await self._pool.execute("UPDATE data_key SET wrapped = NULL, erased_at = now() WHERE subject = $1", subject)

    def fingerprint(self, data: bytes) -> bytes:
        """32 bytes that recognise the same data again and tell nobody without the key what it was."""
        return hmac.digest(self._fingerprint_key, data, "sha256")

    async def _fetch(self, subjects: Collection[UUID]) -> dict[UUID, bytes]:
        rows = await self._pool.fetch(
            "SELECT subject, wrapped FROM data_key WHERE subject = ANY($1::uuid[]) AND wrapped IS NOT NULL",
            list(subjects),
        )
        keys = {row["subject"]: aes_key_unwrap(self._kek, row["wrapped"]) for row in rows}
        if len(self._remembered) + len(keys) > _REMEMBER_AT_MOST:
            self._remembered.clear()
        now = time.monotonic()
        self._remembered.update({subject: (now, key) for subject, key in keys.items()})
        return keys

    def _recall(self, subjects: set[UUID]) -> dict[UUID, bytes]:
        earliest = time.monotonic() - _REMEMBER_S
        found: dict[UUID, bytes] = {}
        for subject in subjects:
            entry = self._remembered.get(subject)
            if entry and entry[0] >= earliest:
                found[subject] = entry[1]
        return found


def read_key_encryption_key(path: Path) -> bytes:
    """The key-encryption key from a file of base64. Raises OSError or ValueError."""
    return base64.b64decode(path.read_text().strip(), validate=True)
