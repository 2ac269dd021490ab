"""A key-encryption key in OpenBao's or Vault's transit engine: it never leaves there, and each use is in its log.

A service needs the rights to `encrypt/<key>` and `decrypt/<key>` alone. Data keys are sent in batches, over TLS.
"""

import base64
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from shared.privacy.key_encryption import (
    KeyEncryptionError,
    KeyEncryptionUnavailableError,
    Wrapped,
    binding,
)

PREFIX = "vault:"
_SECONDS = 10.0
_BATCH = 500
# A token may be renewed, and a limit of requests ends.
_FOR_NOW = (401, 403, 429)
Json = dict[str, Any]


class TransitKeys:
    """The key of this name at `address`, such as `https://vault.example:8200`. The token is read for each request."""

    def __init__(self, address: str, name: str, token_file: Path, ca_file: Path | None = None) -> None:
        verify = ssl.create_default_context(cafile=str(ca_file)) if ca_file else True
        self._http = httpx.AsyncClient(base_url=f"{address.rstrip('/')}/v1/transit/", timeout=_SECONDS, verify=verify)
        self._name = name
        self._token_file = token_file

    async def current(self) -> str:
        """The name of the key, for all of its versions: which one a box is under is in the box."""
        return f"{PREFIX}{self._name}"

    async def wrap(self, keys: Sequence[tuple[UUID, bytes]]) -> list[Wrapped]:
        """Wraps under the newest version."""
        name = await self.current()
        items = [{"plaintext": _text(key), "associated_data": _text(binding(subject, name))} for subject, key in keys]
        found = await self._batches(f"encrypt/{self._name}", items, "ciphertext")
        return [Wrapped(name, each.encode()) for each in found]

    async def unwrap(self, wrapped: Sequence[tuple[UUID, Wrapped]]) -> list[bytes]:
        """Unwraps under whichever version each is under."""
        name = await self.current()
        if any(each.kek != name for _, each in wrapped):
            raise KeyEncryptionError("a wrapped key is under another key of the vault than the one that is set")
        items = [
            {"ciphertext": each.box.decode("ascii", "replace"), "associated_data": _text(binding(subject, name))}
            for subject, each in wrapped
        ]
        return [base64.b64decode(each) for each in await self._batches(f"decrypt/{self._name}", items, "plaintext")]

    def fingerprint_key(self) -> bytes:
        """There is none: digests are made in the process, and what the vault keeps does not get there."""
        raise KeyEncryptionError("with a key in a vault, PARLEY_FINGERPRINT_KEY_FILE must name a file")

    async def rotate(self) -> None:
        """Makes a new version. Needs the right to `keys/<key>/rotate`, which no service has."""
        await self._ask("POST", f"keys/{self._name}/rotate", {})

    async def forget_before(self, version: int) -> None:
        """What is under an earlier version opens no more, in backups too. Needs the right to `keys/<key>/config`."""
        await self._ask("POST", f"keys/{self._name}/config", {"min_decryption_version": version})

    async def newest(self) -> int:
        """The newest version."""
        return int((await self._ask("GET", f"keys/{self._name}"))["latest_version"])

    async def aclose(self) -> None:
        """Ends the connections."""
        await self._http.aclose()

    async def _batches(self, path: str, items: Sequence[Mapping[str, str]], what: str) -> list[str]:
        found: list[str] = []
        for at in range(0, len(items), _BATCH):
            answer = await self._ask("POST", path, {"batch_input": items[at : at + _BATCH]})
            results = answer["batch_results"]
            if any(what not in each for each in results):
                raise KeyEncryptionError("the vault refuses a wrapped key: it is not this person's, or was changed")
            found += [each[what] for each in results]
        return found

    async def _ask(self, method: str, path: str, body: Json | None = None) -> Json:
        try:
            token = self._token_file.read_text(encoding="utf-8").strip()
            response = await self._http.request(method, path, json=body, headers={"X-Vault-Token": token})
        except (OSError, httpx.HTTPError) as error:
            raise KeyEncryptionUnavailableError(f"the vault can't be asked: {type(error).__name__}") from None
        if response.is_error:
            # Its words may quote what was sent.
            unavailable = response.status_code in _FOR_NOW or response.is_server_error
            kind = KeyEncryptionUnavailableError if unavailable else KeyEncryptionError
            raise kind(f"the vault refuses with status {response.status_code}")
        answer: Json = response.json().get("data") or {} if response.content else {}
        return answer


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
