"""The requests of a client: what signing in is made of, beside a browser."""

import base64
import hashlib
import secrets
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

from deploy.stack.home import Stack


def trusting(stack: Stack) -> ssl.SSLContext:
    """What a client of the entrance trusts."""
    return ssl.create_default_context(cafile=stack.identity_ca_file)


@dataclass(frozen=True)
class Proof:
    """A PKCE verifier with its challenge (RFC 7636, S256)."""

    verifier: str

    @classmethod
    def new(cls) -> "Proof":
        return cls(secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class SignIn:
    """One client's side of OpenID Connect, through the entrance."""

    def __init__(self, stack: Stack, client: str = "parley-pages", secret: str | None = None) -> None:
        self.client = client
        self._auth = {"client_id": client} | ({"client_secret": secret} if secret else {})
        self._http = httpx.Client(verify=trusting(stack), trust_env=False, timeout=60)
        self.configuration: dict[str, Any] = self._http.get(
            f"{stack.identity_issuer}/.well-known/openid-configuration"
        ).json()
        self.redirect = f"{stack.entrance_url}/sign-in/callback"

    def address(self, proof: Proof | None, **more: str) -> str:
        """Where the browser is sent to sign in."""
        query = {
            "client_id": self.client,
            "response_type": "code",
            "scope": "openid",
            "redirect_uri": self.redirect,
            "state": "state",
            "nonce": "nonce",
            **({"code_challenge": proof.challenge, "code_challenge_method": "S256"} if proof else {}),
            **more,
        }
        return f"{self.configuration['authorization_endpoint']}?{urlencode(query)}"

    def token(self, **form: str) -> httpx.Response:
        """A request at the token endpoint."""
        return self._http.post(self.configuration["token_endpoint"], data=self._auth | form)

    def code(self, code: str, proof: Proof) -> httpx.Response:
        """A code for tokens."""
        return self.token(
            grant_type="authorization_code", code=code, redirect_uri=self.redirect, code_verifier=proof.verifier
        )

    def refresh(self, token: str) -> httpx.Response:
        """A refresh token for new tokens."""
        return self.token(grant_type="refresh_token", refresh_token=token)

    def device(self, proof: Proof) -> httpx.Response:
        """The start of a device's sign-in."""
        form = {"scope": "openid", "code_challenge": proof.challenge, "code_challenge_method": "S256"}
        return self._http.post(self.configuration["device_authorization_endpoint"], data=self._auth | form)

    def keys(self) -> dict[str, Any]:
        """The issuer's keys."""
        return dict(self._http.get(self.configuration["jwks_uri"]).json())
