"""The pages' side of OpenID Connect: the code flow with PKCE, renewal, and the end of a session.

Two requests and one signature, which `shared.access` verifies already: a library for all of the protocol would be more
than is used of it (docs/decisions/0050-pages.md).
"""

import ssl
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

from shared.access.errors import IdentityUnavailableError
from shared.web.sign_in_secrets import SignInSecrets

_PATIENCE_S = 5.0
_LIFE_S = 300.0
_ENDPOINTS = ("authorization_endpoint", "token_endpoint")


class SignInRefusedError(Exception):
    """The identity provider does not take a code or a refresh token. Holds nothing of either."""


class OpenIdClient:
    """One confidential client at one issuer."""

    def __init__(self, issuer: str, client: str, secret: str, ca_file: Path | None) -> None:
        self.issuer = issuer
        self.client = client
        self._secret = secret
        self._context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None) if issuer else None
        self._found: Mapping[str, Any] = {}
        self._found_at = 0.0

    @property
    def is_set_up(self) -> bool:
        """Whether anybody can sign in at all."""
        return bool(self.issuer and self._secret)

    @property
    def origin(self) -> str:
        """The issuer's origin, to which the browser is sent."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"

    async def address(self, secrets: SignInSecrets, redirect_uri: str, **more: str) -> str:
        """Where the browser goes to sign in; `more` is what this provider knows beside the standard.

        Raises IdentityUnavailableError.
        """
        query = {
            **more,
            "client_id": self.client,
            "response_type": "code",
            "scope": "openid",
            "redirect_uri": redirect_uri,
            "state": secrets.state,
            "nonce": secrets.nonce,
            "code_challenge": secrets.challenge,
            "code_challenge_method": "S256",
        }
        return f"{(await self._configuration())['authorization_endpoint']}?{urlencode(query)}"

    async def tokens_for(self, code: str, secrets: SignInSecrets, redirect_uri: str) -> Mapping[str, str]:
        """The tokens for a code. Raises SignInRefusedError or IdentityUnavailableError."""
        return await self._tokens(
            "id_token",
            grant_type="authorization_code",
            code=code,
            redirect_uri=redirect_uri,
            code_verifier=secrets.verifier,
        )

    async def renewed(self, refresh_token: str) -> Mapping[str, str]:
        """New tokens. Raises SignInRefusedError where the session has ended, or IdentityUnavailableError."""
        return await self._tokens(grant_type="refresh_token", refresh_token=refresh_token)

    async def end(self, refresh_token: str) -> bool:
        """Ends the session at the identity provider; whether it did.

        From server to server: the browser's way there would have whoever it was in an address.
        """
        try:
            endpoint = (await self._configuration()).get("end_session_endpoint")
            if not isinstance(endpoint, str):
                return False
            response = await self._post(endpoint, {"refresh_token": refresh_token})
        except IdentityUnavailableError:
            return False
        return response.is_success

    async def _tokens(self, *also: str, **form: str) -> Mapping[str, str]:
        response = await self._post((await self._configuration())["token_endpoint"], form)
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise IdentityUnavailableError(f"The identity provider answers {response.status_code}.")
        if response.status_code != httpx.codes.OK:
            raise SignInRefusedError
        try:
            found = response.json()
        except ValueError:
            found = None
        wanted = ("access_token", "refresh_token", *also)
        if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in wanted):
            raise SignInRefusedError
        return found

    async def _post(self, address: str, form: Mapping[str, str]) -> httpx.Response:
        who = {"client_id": self.client, "client_secret": self._secret}
        try:
            async with self._http() as http:
                return await http.post(address, data={**who, **form}, headers={"Accept": "application/json"})
        except httpx.HTTPError as error:
            raise IdentityUnavailableError(f"The identity provider does not answer: {type(error).__name__}.") from None

    async def _configuration(self) -> Mapping[str, Any]:
        if not self._found or time.monotonic() - self._found_at > _LIFE_S:
            try:
                async with self._http() as http:
                    response = await http.get(f"{self.issuer}/.well-known/openid-configuration")
                    found = response.json()
            except (httpx.HTTPError, ValueError) as error:
                name = type(error).__name__
                raise IdentityUnavailableError(f"The identity provider does not answer: {name}.") from None
            if not isinstance(found, dict) or found.get("issuer") != self.issuer:
                raise IdentityUnavailableError("The identity provider's discovery document is of another issuer.")
            if not all(isinstance(found.get(name), str) for name in _ENDPOINTS):
                raise IdentityUnavailableError("The identity provider's discovery document names no endpoints.")
            self._found, self._found_at = found, time.monotonic()
        return self._found

    def _http(self) -> httpx.AsyncClient:
        if self._context is None:
            raise IdentityUnavailableError("No identity provider is set up.")
        return httpx.AsyncClient(verify=self._context, timeout=_PATIENCE_S, trust_env=False)
