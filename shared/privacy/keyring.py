"""The keyring: one data key per person, wrapped by the key-encryption key, in a database of its own.

Erasing a person's key makes everything that was sealed under it unreadable, including copies in topics and backups.
"""

import hmac
import secrets
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from shared.contracts.base import Sealed
from shared.contracts.manifest import KeyKind
from shared.privacy.key_encryption import KeyEncryption
from shared.privacy.sealing import KEY_BYTES, CannotOpenError, open_value, seal_value
from shared.privacy.unwrapping import Unwrapping

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

    def seal_or_empty(self, subject: UUID, field: str, value: Any) -> Sealed:
        """As `seal`; where the key was erased, a box with nothing in it, under a key that nobody has.

        For those whose name is wanted and not needed: what they send must not be lost with it.
        """
        if subject in self._keys:
            return self.seal(subject, field, value)
        return seal_value(secrets.token_bytes(KEY_BYTES), subject, field, None)

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
    """Creates, unwraps and erases data keys, in few round trips for any number of people.

    Whoever needs keys may be refused some for now: `KeysRefusedError`.
    """

    def __init__(self, pool: "asyncpg.Pool[Any]", kek: KeyEncryption, fingerprint_key: bytes | None = None) -> None:
        self._pool = pool
        self._kek = kek
        self._fingerprint_key = fingerprint_key or kek.fingerprint_key()
        self._remembered: dict[UUID, tuple[float, bytes]] = {}
        self.unwrapping = Unwrapping()

    async def for_sealing(self, subjects: Iterable[UUID], kind: KeyKind) -> Keys:
        """The keys of these people; who has none gets one. An erased key is never made again."""
        wanted = set(subjects)
        keys = self._recall(wanted)
        absent = sorted(wanted - keys.keys())
        if absent:
            made = await self._make(absent, kind)
            keys |= made
            if there := [subject for subject in absent if subject not in made]:
                keys |= await self._unwrap(there)
        return Keys(keys)

    async def for_opening(self, sealed: Iterable[Sealed]) -> Keys:
        """The keys for these boxes, without those that are missing or erased."""
        wanted = {box.subject for box in sealed}
        keys = self._recall(wanted)
        absent = wanted - keys.keys()
        if absent:
            keys |= await self._unwrap(sorted(absent))
        return Keys(keys)

    async def erased(self, subjects: Collection[UUID]) -> set[UUID]:
        """Those of these people whose key was erased: anything else stored about them must be deleted."""
        rows = await self._pool.fetch(
            "SELECT subject FROM data_key WHERE subject = ANY($1::uuid[]) AND erased_at IS NOT NULL", list(subjects)
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
            WHERE subject = ANY($1::uuid[]) AND erased_at IS NULL
            """,
            list(subjects),
        )
        return int(done.rpartition(" ")[2])

    async def erase_again(self, subjects_after: Callable[[UUID], Awaitable[Sequence[UUID]]]) -> int:
        """Erases the keys of all who were erased before; returns how many had come back with a keyring from a backup.

        `subjects_after` gives the next of these ids after one, in their order, and none at the end.
        """
        after, back = UUID(int=0), 0
        while subjects := await subjects_after(after):
            after = subjects[-1]
            back += await self.erase(*subjects)
        return back

    def forget(self) -> None:
        """Takes all unwrapped keys out of this process's memory: somebody was erased."""
        self._remembered.clear()

    def fingerprint(self, data: bytes) -> bytes:
        """A keyed hash of 32 bytes: equal for equal data, and meaningless without the key."""
        return hmac.digest(self._fingerprint_key, data, "sha256")

    async def _make(self, subjects: Sequence[UUID], kind: KeyKind) -> dict[UUID, bytes]:
        """Makes a key for each of these who has none and never had; returns those that it made."""
        fresh = {subject: secrets.token_bytes(KEY_BYTES) for subject in subjects}
        wrapped = await self._kek.wrap(list(fresh.items()))
        rows = await self._pool.fetch(
            """
            INSERT INTO data_key (subject, kind, wrapped, kek)
            SELECT subject, $4, wrapped, kek
            FROM unnest($1::uuid[], $2::bytea[], $3::text[]) AS fresh (subject, wrapped, kek)
            ON CONFLICT (subject) DO NOTHING RETURNING subject
            """,
            list(fresh),
            [each.box for each in wrapped],
            [each.kek for each in wrapped],
            kind,
        )
        made = {row["subject"]: fresh[row["subject"]] for row in rows}
        self._remember(made)
        return made

    async def _unwrap(self, subjects: Sequence[UUID]) -> dict[UUID, bytes]:
        """Unwraps what there is of these people's keys, which is recorded and counted first."""
        recorded = await self.unwrapping.recorded_keys(self._pool, subjects)
        unwrapped = await self._kek.unwrap(recorded)
        keys = {subject: key for (subject, _), key in zip(recorded, unwrapped, strict=True)}
        self._remember(keys)
        return keys

    def _remember(self, keys: Mapping[UUID, bytes]) -> None:
        if len(self._remembered) + len(keys) > _REMEMBER_AT_MOST:
            self._remembered.clear()
        now = time.monotonic()
        self._remembered.update({subject: (now, key) for subject, key in keys.items()})

    def _recall(self, subjects: set[UUID]) -> dict[UUID, bytes]:
        earliest = time.monotonic() - _REMEMBER_S
        found: dict[UUID, bytes] = {}
        for subject in subjects:
            entry = self._remembered.get(subject)
            if entry and entry[0] >= earliest:
                found[subject] = entry[1]
        return found
