"""The keyring: one data key per person, wrapped by the key-encryption key, in a database of its own.

Erasing a person's key makes everything that was sealed under it unreadable, including copies in topics and backups.
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
    """The unwrapped data keys of some people. Keep it no longer than the current piece of work."""

    _keys: Mapping[UUID, bytes]

    def seal(self, subject: UUID, field: str, value: Any) -> Sealed:
        """Seals a JSON value under the subject's key. Raises CannotOpenError if the key was erased."""
        return seal_value(self._key(subject), subject, field, value)

    def open(self, sealed: Sealed) -> Any:
        """Opens a sealed JSON value. Raises CannotOpenError if the key was erased or does not fit the box."""
        return open_value(self._key(sealed.subject), sealed)

    def _key(self, subject: UUID) -> bytes:
        key = self._keys.get(subject)
        if key is None:
            raise CannotOpenError("there is no key: it was erased, or is not this service's to use")
        return key


class Keyring:
    """Creates, fetches and erases data keys, in one round trip for any number of people."""

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
        """The keys for these boxes, without those that are missing or erased."""
        wanted = {box.subject for box in sealed}
        keys = self._recall(wanted)
        absent = wanted - keys.keys()
        if absent:
            keys |= await self._fetch(absent)
        return Keys(keys)

    async def erased(self, subjects: Collection[UUID]) -> set[UUID]:
        """Those of these people whose key was erased: anything else stored about them must be deleted."""
        rows = await self._pool.fetch(
            "SELECT subject FROM data_key WHERE subject = ANY($1::uuid[]) AND wrapped IS NULL", list(subjects)
        )
        return {row["subject"] for row in rows}

    async def erase(self, subject: UUID) -> None:
        """Erases a person's key permanently."""
        self._remembered.pop(subject, None)
        await self._pool.execute("UPDATE data_key SET wrapped = NULL, erased_at = now() WHERE subject = $1", subject)

    def fingerprint(self, data: bytes) -> bytes:
        """A keyed hash of 32 bytes: equal for equal data, and meaningless without the key."""
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
    """Reads the key-encryption key from a base64 file. Raises OSError or ValueError."""
    return base64.b64decode(path.read_text().strip(), validate=True)
