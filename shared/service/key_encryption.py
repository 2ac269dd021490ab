"""Which key-encryption key a service uses, by its settings: `PARLEY_KEK=file:PATH` or `vault:KEY`."""

import base64
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from shared.privacy.key_encryption import KeyEncryption, KeyFile, Wrapped
from shared.privacy.transit import PREFIX, TransitKeys
from shared.service.settings import ServiceSettings

_FILE = "file:"


class _Moving:
    """Wraps in a vault, and opens too what is still under the keys of the file."""

    def __init__(self, vault: TransitKeys, file: KeyFile | None) -> None:
        self._vault = vault
        self._file = file

    async def current(self) -> str:
        return await self._vault.current()

    async def wrap(self, keys: Sequence[tuple[UUID, bytes]]) -> list[Wrapped]:
        return await self._vault.wrap(keys)

    async def unwrap(self, wrapped: Sequence[tuple[UUID, Wrapped]]) -> list[bytes]:
        if self._file is None or all((each.kek or "").startswith(PREFIX) for _, each in wrapped):
            return await self._vault.unwrap(wrapped)
        in_vault = [each for each in wrapped if (each[1].kek or "").startswith(PREFIX)]
        in_file = [each for each in wrapped if not (each[1].kek or "").startswith(PREFIX)]
        opened = dict(zip((subject for subject, _ in in_file), await self._file.unwrap(in_file), strict=True))
        if in_vault:
            keys = await self._vault.unwrap(in_vault)
            opened |= dict(zip((subject for subject, _ in in_vault), keys, strict=True))
        return [opened[subject] for subject, _ in wrapped]

    def fingerprint_key(self) -> bytes:
        return self._vault.fingerprint_key()


def transit_of(settings: ServiceSettings) -> TransitKeys | None:
    """The key of a vault, where one is set. Raises ValueError where an address or a token is missing."""
    if not settings.kek.startswith(PREFIX):
        return None
    if not settings.vault_address or settings.vault_token_file is None:
        raise ValueError("PARLEY_KEK names a vault's key: set PARLEY_VAULT_ADDRESS and PARLEY_VAULT_TOKEN_FILE too")
    name = settings.kek.removeprefix(PREFIX)
    return TransitKeys(settings.vault_address, name, settings.vault_token_file, settings.vault_ca_file)


def key_encryption_of(settings: ServiceSettings) -> tuple[KeyEncryption, bytes | None]:
    """The key-encryption keys, and the key of digests where it has a file of its own. Raises OSError or ValueError."""
    own = settings.fingerprint_key_file
    fingerprint_key = base64.b64decode(own.read_text(encoding="utf-8").strip(), validate=True) if own else None
    if vault := transit_of(settings):
        file = KeyFile(settings.kek_file) if settings.kek_file.exists() else None
        return _Moving(vault, file), fingerprint_key
    if settings.kek and not settings.kek.startswith(_FILE):
        raise ValueError("PARLEY_KEK must be file:PATH or vault:KEY")
    return KeyFile(Path(settings.kek.removeprefix(_FILE)) if settings.kek else settings.kek_file), fingerprint_key
