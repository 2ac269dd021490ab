"""A provider's own credential: its Kafka user, and the private key that opens details encrypted for it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwe
from joserfc.jwk import ECKey, OKPKey

from deploy.stack.client_login import aiokafka_login, read_login

_ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM"]


@dataclass(frozen=True)
class ProviderCredential:
    """A provider's login, as settings of a confluent-kafka client, and its private key."""

    provider: str
    login: Mapping[str, str]
    private_key: ECKey | OKPKey

    def connection(self) -> dict[str, Any]:
        """Settings of an aiokafka client that connects as this provider."""
        return aiokafka_login(self.login)

    def decryption(self) -> Callable[[str], Mapping[str, Any]]:
        """A function that opens a JWE for this provider; it raises joserfc's error if it was encrypted for another."""

        def decrypt(token: str) -> Mapping[str, Any]:
            opened = jwe.decrypt_compact(token, self.private_key, algorithms=_ALGORITHMS)
            details: Mapping[str, Any] = json.loads(opened.plaintext or b"{}")
            return details

        return decrypt


def provider_credentials(folder: Path) -> list[ProviderCredential]:
    """Every provider whose Kafka credentials and private key are both in `folder`, ordered by id.

    A provider that registered its own public key keeps the private key to itself, so the demo cannot answer for it.
    """
    found = []
    for key_file in sorted(folder.glob("provider.*.jwk")):
        properties_file = key_file.with_suffix(".properties")
        if properties_file.exists():
            found.append(_read(key_file, properties_file))
    return found


def _read(key_file: Path, properties_file: Path) -> ProviderCredential:
    key = json.loads(key_file.read_text(encoding="utf-8"))
    kind = OKPKey if key.get("kty") == "OKP" else ECKey
    return ProviderCredential(
        provider=key_file.stem.removeprefix("provider."),
        login=read_login(properties_file),
        private_key=kind.import_key(key),
    )
