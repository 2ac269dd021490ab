"""Contact details encrypted for one provider: JWE compact (RFC 7516), ECDH-ES+A256KW with A256GCM.

Kafka's own encryption ends at the broker. This one ends at the provider, so that neither a broker's disk, nor a backup,
nor a wrong ACL shows a parent's address to anybody else.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

_HEADER = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}
_ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM"]
_KINDS: tuple[tuple[str, str, type[ECKey] | type[OKPKey]], ...] = (("EC", "P-256", ECKey), ("OKP", "X25519", OKPKey))
_PUBLIC_MEMBERS = ("kty", "crv", "x", "y", "kid")
_SHARED = ("name", "date_of_birth", "contact")


class UnusableKeyError(ValueError):
    """The key is not a public key on P-256 or X25519."""


class ProviderKey:
    """A provider's public key. Raises UnusableKeyError for one that details cannot be encrypted for."""

    def __init__(self, jwk: Mapping[str, Any]) -> None:
        # Only what is public is stored: a private key in the directory would be a mistake, and is not ours to hold.
        self.jwk = {member: jwk[member] for member in _PUBLIC_MEMBERS if jwk.get(member) is not None}
        kind = next((kind for kty, crv, kind in _KINDS if jwk.get("kty") == kty and jwk.get("crv") == crv), None)
        if kind is None:
            raise UnusableKeyError("must be a JWK on the curve P-256 (EC) or X25519 (OKP)")
        self._header = _HEADER | ({"kid": self.jwk["kid"]} if "kid" in self.jwk else {})
        try:
            self._key = kind.import_key(self.jwk)
            self.encrypt(b"{}")
        except (JoseError, ValueError, TypeError, AttributeError) as error:
            raise UnusableKeyError("must be a complete and valid JWK") from error

    def encrypt(self, content: bytes, content_type: str = "application/json") -> str:
        """A JWE that only the provider can open. Safe in several threads."""
        # The library writes the message's own ephemeral key into the header that it is given.
        header = self._header | {"cty": content_type}
        return jwe.encrypt_compact(header, content, self._key, algorithms=_ALGORITHMS)


def provider_key(jwk: Mapping[str, Any]) -> ProviderKey:
    """A provider's public key, which is read and tried once and not for each family. Raises UnusableKeyError."""
    return _key_of(orjson.dumps(jwk, option=orjson.OPT_SORT_KEYS))


@lru_cache(maxsize=256)
def _key_of(jwk: bytes) -> ProviderKey:
    return ProviderKey(orjson.loads(jwk))


def fingerprint(public_key: Mapping[str, Any]) -> str:
    """What a public key is told apart by (RFC 7638, SHA-256), whatever it is called."""
    kind = next(kind for kty, _, kind in _KINDS if public_key["kty"] == kty)
    return str(kind.import_key(dict(public_key)).thumbprint())


def parent_content(person_id: UUID, details: Mapping[str, Any]) -> bytes:
    """What the provider gets of one parent, and nothing more than that: `{person_id, name, date_of_birth, contact}`."""
    return orjson.dumps({"person_id": str(person_id), **{member: details[member] for member in _SHARED}})
