"""The keyring: one data key per person, wrapped by the key-encryption key, in a database of its own.

Erasing a person's key makes everything that was sealed under it unreadable, including copies in topics and backups.
"""

import hmac
import secrets
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from shared.contracts.base import Sealed
from shared.contracts.manifest import KeyKind
from shared.privacy.key_encryption import KeyEncryption, Wrapped
from shared.privacy.sealing import KEY_BYTES, CannotOpenError, open_value, seal_value

# An erased key must be out of use soon, so unwrapped keys are forgotten after this long.
_REMEMBER_S = 60.0
_REMEMBER_AT_MOST = 50_000


@dataclass(frozen=True)
class Keys:
    """The unwrapped data keys of some people. Keep it no longer than the current piece of work."""

    _keys: Mapping[UUID, bytes]

    def seal(self, subject: UUID, field: str, value: Any, event: UUID | None = None) -> Sealed:
        """Seals a JSON value under the subject's key, of this event. Raises CannotOpenError if the key was erased."""
        return seal_value(self._key(subject), subject, field, value, event)

    def open(self, sealed: Sealed, event: UUID | None = None) -> Any:
        """Opens a sealed JSON value. Raises CannotOpenError if the key was erased or does not fit the box, or if the
        box is of another event than this one."""
        return open_value(self._key(sealed.subject), sealed, event)

    def _key(self, subject: UUID) -> bytes:
        key = self._keys.get(subject)
        if key is None:
            raise CannotOpenError("there is no key: it was erased, or is not this service's to use")
        return key


class Keyring:
    """Creates, fetches and erases data keys, in one round trip for any number of people."""

    def __init__(self, pool: "asyncpg.Pool[Any]", kek: KeyEncryption, fingerprint_key: bytes | None = None) -> None:
        self._pool = pool
        self._kek = kek
        self._fingerprint_key = fingerprint_key or kek.fingerprint_key()
        self._remembered: dict[UUID, tuple[float, bytes]] = {}

    async def for_sealing(self, subjects: Iterable[UUID], kind: KeyKind) -> Keys:
        """The keys of these people; who has none gets one. An erased key is never made again."""
        wanted = set(subjects)
        keys = self._recall(wanted)
        absent = sorted(wanted - keys.keys())
        if absent:
            fresh = await self._kek.wrap([(subject, secrets.token_bytes(KEY_BYTES)) for subject in absent])
            await self._pool.execute(
                """
                INSERT INTO data_key (subject, kind, wrapped, kek)
                SELECT subject, $4, wrapped, kek
                FROM unnest($1::uuid[], $2::bytea[], $3::text[]) AS fresh (subject, wrapped, kek)
                ON CONFLICT (subject) DO NOTHING
                """,
                absent,
                [each.box for each in fresh],
                [each.kek for each in fresh],
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

    async def known(self, subjects: Collection[UUID]) -> set[UUID]:
        """Those of these who ever had a key, erased or not, as far as this service sees it."""
        rows = await self._pool.fetch("SELECT subject FROM data_key WHERE subject = ANY($1::uuid[])", list(subjects))
        return {row["subject"] for row in rows}

    async def erase(self, *subjects: UUID) -> int:
        """Erases these people's keys permanently; returns how many there still were. Safe to repeat."""
        self.forget()
        done: str = await self._pool.execute(
            """
            UPDATE data_key SET wrapped = NULL, erased_at = now()
            WHERE subject = ANY($1::uuid[]) AND wrapped IS NOT NULL
            """,
            list(subjects),
        )
        return int(done.rpartition(" ")[2])

    def forget(self) -> None:
        """Takes all unwrapped keys out of this process's memory: somebody was erased."""
        self._remembered.clear()

    def fingerprint(self, data: bytes) -> bytes:
        """A keyed hash of 32 bytes: equal for equal data, and meaningless without the key."""
        return hmac.digest(self._fingerprint_key, data, "sha256")

    async def _fetch(self, subjects: Collection[UUID]) -> dict[UUID, bytes]:
        rows = await self._pool.fetch(
            "SELECT subject, wrapped, kek FROM data_key WHERE subject = ANY($1::uuid[]) AND wrapped IS NOT NULL",
            list(subjects),
        )
        unwrapped = await self._kek.unwrap([(row["subject"], Wrapped(row["kek"], row["wrapped"])) for row in rows])
        keys = {row["subject"]: key for row, key in zip(rows, unwrapped, strict=True)}
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
