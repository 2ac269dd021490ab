"""An identity provider of a measured process: it signs tokens, and a service's gate takes them as it takes any."""

import time
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from shared.access.published_keys import PublishedKeys
from shared.access.tokens import TokenVerifier
from shared.contracts.manifest import Manifest
from shared.service.gate import Gate

_ISSUER, _AUDIENCE, _LIFE_S = "https://identity.example/realms/bench", "parley", 3600


class Signer:
    """Signs as Keycloak does by default, with a key of its own."""

    def __init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)

    def token(self, person: Mapping[str, Any]) -> str:
        """An access token with these claims, for an hour."""
        now = int(time.time())
        claims = {"iss": _ISSUER, "aud": [_AUDIENCE], "typ": "Bearer", "sid": "bench", "iat": now, "exp": now + _LIFE_S}
        return jwt.encode({"alg": "RS256", "kid": self._key.kid}, {**claims, **person}, self._key, algorithms=["RS256"])

    def gate(self, manifest: Manifest) -> Gate:
        """A service's gate for such tokens, without the limit of requests that one person may make."""
        return Gate(manifest.requests, TokenVerifier(_ISSUER, _AUDIENCE, PublishedKeys(self._published)))

    async def _published(self) -> Mapping[str, Any]:
        return {"keys": [self._key.as_dict(private=False)]}
