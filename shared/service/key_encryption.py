"""Which key-encryption key a service uses, by its settings: `PARLEY_KEK=file:PATH`, `vault:KEY` or `awskms:KEY`."""

import base64
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from shared.privacy.aws_kms import PREFIX as AWS
from shared.privacy.aws_kms import AwsKeys
from shared.privacy.key_encryption import KeyEncryption, KeyFile, Wrapped
from shared.privacy.transit import PREFIX as VAULT
from shared.privacy.transit import TransitKeys
from shared.service.settings import ServiceSettings

_FILE = "file:"


class _Moving:
    """Wraps in a vault or a KMS, and opens too what is still under the keys of the file."""

    def __init__(self, outside: KeyEncryption, prefix: str, file: KeyFile | None) -> None:
        self._outside = outside
        self._prefix = prefix
        self._file = file

    async def current(self) -> str:
        return await self._outside.current()

    async def wrap(self, keys: Sequence[tuple[UUID, bytes]]) -> list[Wrapped]:
        return await self._outside.wrap(keys)

    async def unwrap(self, wrapped: Sequence[tuple[UUID, Wrapped]]) -> list[bytes]:
        if self._file is None or all((each.kek or "").startswith(self._prefix) for _, each in wrapped):
            return await self._outside.unwrap(wrapped)
        moved = [each for each in wrapped if (each[1].kek or "").startswith(self._prefix)]
        in_file = [each for each in wrapped if not (each[1].kek or "").startswith(self._prefix)]
        opened = dict(zip((subject for subject, _ in in_file), await self._file.unwrap(in_file), strict=True))
        if moved:
            keys = await self._outside.unwrap(moved)
            opened |= dict(zip((subject for subject, _ in moved), keys, strict=True))
        return [opened[subject] for subject, _ in wrapped]

    def fingerprint_key(self) -> bytes:
        return self._outside.fingerprint_key()


def transit_of(settings: ServiceSettings) -> TransitKeys | None:
    """The key of a vault, where one is set. Raises ValueError where an address or a token is missing."""
    if not settings.kek.startswith(VAULT):
        return None
    if not settings.vault_address or settings.vault_token_file is None:
        raise ValueError("PARLEY_KEK names a vault's key: set PARLEY_VAULT_ADDRESS and PARLEY_VAULT_TOKEN_FILE too")
    name = settings.kek.removeprefix(VAULT)
    return TransitKeys(settings.vault_address, name, settings.vault_token_file, settings.vault_ca_file)


def _file_of(settings: ServiceSettings) -> KeyFile | None:
    return KeyFile(settings.kek_file) if settings.kek_file.exists() else None


def key_encryption_of(settings: ServiceSettings) -> tuple[KeyEncryption, bytes | None]:
    """The key-encryption keys, and the key of digests where it has a file of its own. Raises OSError or ValueError."""
    own = settings.fingerprint_key_file
    fingerprint_key = base64.b64decode(own.read_text(encoding="utf-8").strip(), validate=True) if own else None
    if vault := transit_of(settings):
        return _Moving(vault, VAULT, _file_of(settings)), fingerprint_key
    if settings.kek.startswith(AWS):
        return _Moving(AwsKeys(settings.kek.removeprefix(AWS)), AWS, _file_of(settings)), fingerprint_key
    if settings.kek and not settings.kek.startswith(_FILE):
        raise ValueError("PARLEY_KEK must be file:PATH, vault:KEY or awskms:KEY")
    return KeyFile(Path(settings.kek.removeprefix(_FILE)) if settings.kek else settings.kek_file), fingerprint_key
