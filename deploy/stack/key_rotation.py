"""Rotates the key-encryption key: a new one, then every data key wrapped under it, page by page. Safe to cut off.

What was not reached is still under an earlier key, which services go on opening; the next call continues. Data keys
stay what they are, so nothing that was sealed changes.
"""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.secret_store import write_private
from deploy.stack.services import KEYRING_DATABASE, SERVICE_NAMES
from shared.privacy.aws_kms import PREFIX as AWS
from shared.privacy.key_encryption import KeyEncryption, Wrapped, keys_in, name_of
from shared.privacy.sealing import KEY_BYTES
from shared.privacy.transit import TransitKeys
from shared.service.key_encryption import key_encryption_of, transit_of
from shared.service.settings import ServiceSettings

_PAGE = 1_000
# Under which key a data key is. A vault's key has versions under one name: which one stands in what it has wrapped.
_UNDER = """
    CASE WHEN starts_with(kek, 'vault:') THEN kek || ':' || split_part(encode(wrapped, 'escape'), ':', 2)
        ELSE coalesce(kek, 'none') END
"""
_NEEDED = ("kek", "kek_file", "fingerprint_key_file", "vault_address", "vault_token_file", "vault_ca_file")


@dataclass(frozen=True)
class Rotation:
    """The name of the key that everything is under now, and how many data keys were wrapped again."""

    kek: str
    wrapped: int


class KeyRotation:
    """Of the keyring at `url`, as whoever owns it. `kek` is what its services use: keys in `file`, or in `vault`."""

    def __init__(self, url: str, kek: KeyEncryption, vault: TransitKeys | None, file: Path) -> None:
        self._url = url
        self._kek = kek
        self._vault = vault
        self._file = file

    async def counts(self) -> dict[str, int]:
        """How many data keys are under each key-encryption key, by its name."""
        connection = await asyncpg.connect(self._url)
        try:
            rows = await connection.fetch(
                f"SELECT {_UNDER} AS kek, count(*) AS keys FROM data_key WHERE wrapped IS NOT NULL GROUP BY 1"  # noqa: S608
            )
        finally:
            await connection.close()
        return {row["kek"]: row["keys"] for row in rows}

    async def rotate(self, page: int = _PAGE) -> Rotation:
        """Makes a new key-encryption key, unless a rotation was cut off, and wraps everything under it.

        Raises KeyEncryptionError.
        """
        current = await self._current()
        if set(await self.counts()) - {"none"} <= {current}:
            await self._renew()
            current = await self._current()
        return Rotation(current, await self._wrap_again(current, page))

    async def retire(self) -> list[str]:
        """Takes every key-encryption key but the newest away for good: what is under one opens no more, in backups too.

        Returns their names. Raises ParleyError where a data key is still under one.
        """
        current = await self._current()
        if left := {name: keys for name, keys in (await self.counts()).items() if name != current}:
            raise ParleyError(f"{sum(left.values())} data keys are under an earlier key. `parley keys rotate` goes on.")
        if current.startswith(AWS):
            return self._without_file()
        if self._vault is not None:
            newest = await self._vault.newest()
            await self._vault.forget_before(newest)
            gone = [f"what is older than {current}"]
            return gone + self._without_file()
        newest_key, *others = keys_in(self._file)
        write_private(self._file, _lines([newest_key]))
        return [name_of(key) for key in others]

    def _without_file(self) -> list[str]:
        if not self._file.exists():
            return []
        gone = [name_of(key) for key in keys_in(self._file)]
        self._file.unlink()
        return gone

    async def _current(self) -> str:
        name = await self._kek.current()
        return f"{name}:v{await self._vault.newest()}" if self._vault is not None else name

    async def _renew(self) -> None:
        if self._vault is not None:
            await self._vault.rotate()
        elif (await self._kek.current()).startswith(AWS):
            # What AWS rotates within a key it never forgets, so a backup would stay readable.
            raise ParleyError("Everything is under that key. Make another in AWS KMS, and name it in PARLEY_KEK.")
        else:
            write_private(self._file, _lines([secrets.token_bytes(KEY_BYTES), *keys_in(self._file)]))

    async def _wrap_again(self, current: str, page: int) -> int:
        connection = await asyncpg.connect(self._url)
        try:
            after, done = None, 0
            while True:
                async with connection.transaction():
                    rows = await connection.fetch(
                        f"""
                        SELECT subject, wrapped, kek FROM data_key
                        WHERE wrapped IS NOT NULL AND {_UNDER} <> $1 AND ($2::uuid IS NULL OR subject > $2)
                        ORDER BY subject LIMIT $3 FOR UPDATE
                        """,  # noqa: S608 - a constant
                        current,
                        after,
                        page,
                    )
                    if not rows:
                        return done
                    await self._wrap_page(connection, rows)
                after, done = rows[-1]["subject"], done + len(rows)
        finally:
            await connection.close()

    async def _wrap_page(self, connection: Any, rows: Sequence[Any]) -> None:
        keys = await self._kek.unwrap([(row["subject"], Wrapped(row["kek"], row["wrapped"])) for row in rows])
        subjects = [row["subject"] for row in rows]
        statement = "INSERT INTO unwrapping (purpose, subjects) VALUES ('key-rotation', $1)"
        await connection.execute(statement, subjects)
        wrapped = await self._kek.wrap(list(zip(subjects, keys, strict=True)))
        await connection.execute(
            """
            UPDATE data_key SET wrapped = fresh.wrapped, kek = fresh.kek
            FROM unnest($1::uuid[], $2::bytea[], $3::text[]) AS fresh (subject, wrapped, kek)
            WHERE data_key.subject = fresh.subject
            """,
            subjects,
            [each.box for each in wrapped],
            [each.kek for each in wrapped],
        )


def _lines(keys: list[bytes]) -> str:
    return "".join(base64.b64encode(key).decode() + "\n" for key in keys)


def rotation_of(stack: Stack) -> KeyRotation:
    """By the environment of a service of this stack. Raises ValueError where it names no usable key."""
    environment = stack.service_environment(SERVICE_NAMES[0])
    given = {name.removeprefix("PARLEY_").lower(): value for name, value in environment.items()}
    known = {name: given[name] for name in ServiceSettings.model_fields if name in given and name in _NEEDED}
    settings = ServiceSettings(**known)  # type: ignore[arg-type]
    kek, _ = key_encryption_of(settings)
    file = Path(settings.kek.removeprefix("file:")) if settings.kek.startswith("file:") else settings.kek_file
    return KeyRotation(stack.admin_database_url(KEYRING_DATABASE), kek, transit_of(settings), file)
