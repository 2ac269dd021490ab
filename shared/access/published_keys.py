"""The identity provider's public keys (JWKS): read when first needed, kept, and read again when a key is unknown."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from shared.access.errors import IdentityUnavailableError

Key = RSAKey | ECKey
Fetch = Callable[[], Awaitable[Mapping[str, Any]]]

# A stranger who makes key ids up must not turn this service into a flood of requests at the identity provider.
_PAUSE_S = 5.0
# A key that was taken away at the identity provider ends here at the latest after this long.
_LIFE_S = 300.0
_PATIENCE_S = 3.0
_LARGEST_BYTES = 256 * 1024


class PublishedKeys:
    """Signing keys by their id. `fetch` gives the JWKS document and raises IdentityUnavailableError where it can't."""

    def __init__(self, fetch: Fetch, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._keys: dict[str, Key] = {}
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._failure: IdentityUnavailableError | None = None
        self._reading = asyncio.Lock()

    async def find(self, key_id: str) -> Key | None:
        """The signing key of this id, None where the provider has none.

        An unknown id has the keys read again, at most once in five seconds. Raises IdentityUnavailableError where they
        can't be read.
        """
        if (key := self._current(key_id)) is not None:
            return key
        async with self._reading:
            if (key := self._current(key_id)) is not None:
                return key
            now = self._monotonic()
            if self._tried_at is None or now - self._tried_at >= _PAUSE_S:
                self._tried_at = now
                try:
                    self._keys = signing_keys(await self._fetch())
                except IdentityUnavailableError as error:
                    self._failure = error
                else:
                    self._failure, self._read_at = None, now
        if (key := self._current(key_id)) is not None:
            return key
        if self._failure is not None:
            raise IdentityUnavailableError(str(self._failure))
        return None

    def _current(self, key_id: str) -> Key | None:
        if self._read_at is None or self._monotonic() - self._read_at >= _LIFE_S:
            return None
        return self._keys.get(key_id)


def signing_keys(document: Mapping[str, Any]) -> dict[str, Key]:
    """The RSA and EC keys for signatures in a JWKS document, by id. Others, among them symmetric ones, are left out."""
    found: dict[str, Key] = {}
    listed = document.get("keys")
    if not isinstance(listed, list):
        raise IdentityUnavailableError("The identity provider's keys are not a JWKS document.")
    for each in listed:
        if not isinstance(each, dict) or each.get("use", "sig") != "sig" or not isinstance(each.get("kid"), str):
            continue
        try:
            if each.get("kty") == "RSA" and each.get("alg", "RS256") == "RS256":
                found[each["kid"]] = RSAKey.import_key(each)
            elif each.get("kty") == "EC" and each.get("crv") == "P-256" and each.get("alg", "ES256") == "ES256":
                found[each["kid"]] = ECKey.import_key(each)
        except (JoseError, ValueError, TypeError, KeyError):
            continue  # One key that can't be read must not lock out everybody whose token has another.
    return found


def fetched_from(issuer: str, jwks_url: str | None, ca_file: Path | None) -> Fetch:
    """Reads the JWKS from its own URL, or from where the issuer's discovery document says."""
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)

    async def fetch() -> Mapping[str, Any]:
        async with httpx.AsyncClient(verify=context, timeout=_PATIENCE_S, trust_env=False) as client:
            if jwks_url:
                return await _document(client, jwks_url)
            discovered = await _document(client, f"{issuer}/.well-known/openid-configuration")
            if discovered.get("issuer") != issuer or not isinstance(discovered.get("jwks_uri"), str):
                raise IdentityUnavailableError("The identity provider's discovery document is of another issuer.")
            return await _document(client, discovered["jwks_uri"])

    return fetch


async def _document(client: httpx.AsyncClient, url: str) -> Mapping[str, Any]:
    try:
        response = await client.get(url, headers={"Accept": "application/json"})
        if response.status_code != httpx.codes.OK or len(response.content) > _LARGEST_BYTES:
            raise IdentityUnavailableError(f"The identity provider answers {response.status_code} to {url}.")
        content = response.json()
    except httpx.HTTPError as error:
        raise IdentityUnavailableError(f"The identity provider does not answer: {type(error).__name__}.") from None
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise IdentityUnavailableError("The identity provider's answer is not JSON.")
    return content
