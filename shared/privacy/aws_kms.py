"""A key-encryption key in AWS KMS, or in a service with its API: it never leaves there, and each use is in its log.

A service needs the rights `kms:Encrypt` and `kms:Decrypt` on the key alone. The API takes one data key a request, so
those of a batch go side by side. Region, credentials and address are boto3's own settings (`AWS_REGION`, …).
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import UUID

from shared.privacy.key_encryption import KeyEncryptionError, KeyEncryptionUnavailableError, Wrapped

PREFIX = "awskms:"
_AT_ONCE = 20
_SECONDS = 10
# What says that a wrapped key is not what it should be. All else may pass: a limit, a right, a key that is disabled.
_WRONG = frozenset({"InvalidCiphertextException", "IncorrectKeyException", "ValidationException"})
T = TypeVar("T")


class AwsKeys:
    """The key of this id, address (ARN) or alias. What is under another key of the account is opened with that one.

    Raises ValueError where boto3 is not installed, or knows no region.
    """

    def __init__(self, key: str) -> None:
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError:
            raise ValueError("PARLEY_KEK names a key of AWS KMS: install boto3 for it (parley[awskms])") from None
        self._failures, self._refused = (BotoCoreError, ClientError), ClientError
        self._name = f"{PREFIX}{key}"
        config = Config(
            connect_timeout=_SECONDS,
            read_timeout=_SECONDS,
            retries={"mode": "standard", "total_max_attempts": 3},
            max_pool_connections=_AT_ONCE,
        )
        try:
            self._client: Any = boto3.client("kms", config=config)
        except BotoCoreError as error:
            raise ValueError(f"AWS KMS can't be asked: {type(error).__name__}") from None
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="kms")

    async def current(self) -> str:
        """The name of the key."""
        return self._name

    async def wrap(self, keys: Sequence[tuple[UUID, bytes]]) -> list[Wrapped]:
        """Wraps under the key that is set."""

        def encrypted(subject: UUID, data_key: bytes) -> Wrapped:
            answer = self._client.encrypt(
                KeyId=_id_of(self._name), Plaintext=data_key, EncryptionContext=_context(subject, self._name)
            )
            return Wrapped(self._name, answer["CiphertextBlob"])

        return await self._each(encrypted, keys)

    async def unwrap(self, wrapped: Sequence[tuple[UUID, Wrapped]]) -> list[bytes]:
        """Unwraps under whichever key of AWS KMS is named."""

        def decrypted(subject: UUID, each: Wrapped) -> bytes:
            name = each.kek or ""
            if not name.startswith(PREFIX):
                raise KeyEncryptionError("a wrapped key is under none of AWS KMS")
            answer: dict[str, bytes] = self._client.decrypt(
                KeyId=_id_of(name), CiphertextBlob=each.box, EncryptionContext=_context(subject, name)
            )
            return answer["Plaintext"]

        return await self._each(decrypted, wrapped)

    def fingerprint_key(self) -> bytes:
        """There is none: digests are made in the process, and what AWS KMS keeps does not get there."""
        raise KeyEncryptionError("with a key in AWS KMS, PARLEY_FINGERPRINT_KEY_FILE must name a file")

    async def _each(self, ask: Callable[[UUID, Any], T], items: Sequence[tuple[UUID, Any]]) -> list[T]:
        loop = asyncio.get_running_loop()

        def asked(subject: UUID, item: Any) -> T:
            try:
                return ask(subject, item)
            except self._failures as error:
                raise self._explained(error) from None

        return list(await asyncio.gather(*(loop.run_in_executor(self._threads, asked, *each) for each in items)))

    def _explained(self, error: Exception) -> KeyEncryptionError:
        """In our words: theirs may quote what was sent."""
        if not isinstance(error, self._refused):
            return KeyEncryptionUnavailableError(f"AWS KMS can't be asked: {type(error).__name__}")
        response: dict[str, Any] = getattr(error, "response", {})
        code = str(response.get("Error", {}).get("Code", "no code"))[:60]
        if code in _WRONG:
            return KeyEncryptionError("AWS KMS refuses a wrapped key: it is not this person's, or was changed")
        return KeyEncryptionUnavailableError(f"AWS KMS refuses: {code}")


def _id_of(name: str) -> str:
    return name.removeprefix(PREFIX)


def _context(subject: UUID, name: str) -> dict[str, str]:
    """What a wrapped key is bound to, as AWS KMS takes it. It stands in AWS's log: an id, which says nothing there."""
    return {"for": "parley data key", "person": str(subject), "under": name}
