"""What the command line asks an OpenID provider for: a sign-in by device flow, new tokens, and their end.

RFC 8628 with PKCE (RFC 7636) for people, client credentials for automations, RFC 7009 to revoke. The provider's
discovery document says where each is. Access tokens go to the services, which verify them; nothing is decided on them
here.
"""

import base64
import hashlib
import secrets
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

from deploy.stack.errors import ParleyError

CLIENT = "parley-cli"

_SECONDS = 10.0
_DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
_SLOWER_BY_SECONDS = 5.0
# A provider that says nothing of an interval is asked this often (RFC 8628, 3.2).
_INTERVAL_SECONDS = 5.0


@dataclass(frozen=True)
class Issued:
    """Tokens as the provider issued them. None of them is ever shown."""

    access_token: str
    refresh_token: str | None
    expires_at: float
    """When the access token expires, in seconds since 1970, by this machine's clock."""

    def __repr__(self) -> str:
        return f"Issued(expires_at={self.expires_at})"


@dataclass(frozen=True)
class DeviceSignIn:
    """A sign-in that waits for a person at their browser."""

    verification_uri: str
    user_code: str
    complete_uri: str | None
    """The address with the code in it, where the provider has one."""
    expires_at: float
    interval: float
    device_code: str
    verifier: str

    def __repr__(self) -> str:
        return f"DeviceSignIn(expires_at={self.expires_at})"


class SignedOutError(ParleyError):
    """The provider does not take these tokens any more."""


class OpenIdProvider:
    """An OpenID provider by its issuer. A context manager."""

    def __init__(
        self,
        issuer: str,
        ca_file: str | Path | None = None,
        transport: httpx.BaseTransport | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.issuer = issuer.rstrip("/")
        if not self.issuer.startswith("https://"):
            raise ParleyError(f"The issuer {self.issuer} must be an https:// address: tokens travel to it.")
        self._now = now
        self._client = httpx.Client(
            verify=ssl.create_default_context(cafile=str(ca_file) if ca_file else None),
            timeout=_SECONDS,
            trust_env=False,  # A proxy must never see a token.
            transport=transport,
        )
        self._endpoints: Mapping[str, Any] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.close()

    def begin(self, client: str = CLIENT) -> DeviceSignIn:
        """Asks for a code that a person enters at the provider's page. Raises `ParleyError`."""
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {"client_id": client, "scope": "openid", "code_challenge": challenge, "code_challenge_method": "S256"}
        status, answer = self._post("device_authorization_endpoint", asked)
        if status != httpx.codes.OK:
            raise ParleyError(f"The identity provider does not begin a sign-in: {_reason(answer)}.")
        try:
            return DeviceSignIn(
                verification_uri=str(answer["verification_uri"]),
                user_code=str(answer["user_code"]),
                complete_uri=answer.get("verification_uri_complete"),
                expires_at=self._now() + float(answer["expires_in"]),
                interval=float(answer.get("interval", _INTERVAL_SECONDS)),
                device_code=str(answer["device_code"]),
                verifier=verifier,
            )
        except (KeyError, TypeError, ValueError):
            raise ParleyError("The identity provider's answer to a sign-in lacks what a device needs.") from None

    def wait(self, sign_in: DeviceSignIn, client: str = CLIENT, sleep: Callable[[float], None] = time.sleep) -> Issued:
        """Waits until the person has signed in at their browser. Raises `ParleyError` where they do not."""
        interval = sign_in.interval
        form = {
            "grant_type": _DEVICE_CODE,
            "client_id": client,
            "device_code": sign_in.device_code,
            "code_verifier": sign_in.verifier,
        }
        while self._now() < sign_in.expires_at:
            sleep(interval)
            status, answer = self._post("token_endpoint", form)
            if status == httpx.codes.OK:
                return self._issued(answer)
            match answer.get("error"):
                case "authorization_pending":
                    continue
                case "slow_down":
                    interval += _SLOWER_BY_SECONDS
                case "access_denied":
                    raise ParleyError("The sign-in was refused at the browser.")
                case "expired_token":
                    break
                case _:
                    raise ParleyError(f"The identity provider refuses the sign-in: {_reason(answer)}.")
        raise ParleyError("Nobody signed in before the code expired. `parley sign-in` gives a new one.")

    def refresh(self, refresh_token: str, client: str = CLIENT) -> Issued:
        """New tokens for a refresh token, which is used up by it. Raises SignedOutError where the session has ended."""
        form = {"grant_type": "refresh_token", "client_id": client, "refresh_token": refresh_token}
        status, answer = self._post("token_endpoint", form)
        if status != httpx.codes.OK:
            raise SignedOutError("Your sign-in has ended. `parley sign-in` starts a new one.")
        return self._issued(answer)

    def client_credentials(self, client: str, secret: str) -> Issued:
        """The tokens of an automation. Raises `ParleyError` where the provider does not know it by this secret."""
        status, answer = self._post("token_endpoint", {"grant_type": "client_credentials"}, auth=(client, secret))
        if status != httpx.codes.OK:
            raise ParleyError(f"The identity provider does not let the client {client} in: {_reason(answer)}.")
        return self._issued(answer)

    def revoke(self, refresh_token: str, client: str = CLIENT) -> None:
        """Ends the session that a refresh token belongs to. Raises `ParleyError` where the provider can't be told."""
        form = {"client_id": client, "token": refresh_token, "token_type_hint": "refresh_token"}
        status, answer = self._post("revocation_endpoint", form)
        if status != httpx.codes.OK:
            raise ParleyError(f"The identity provider does not end the session: {_reason(answer)}.")

    def _issued(self, answer: Mapping[str, Any]) -> Issued:
        try:
            return Issued(
                access_token=str(answer["access_token"]),
                refresh_token=answer.get("refresh_token"),
                expires_at=self._now() + float(answer["expires_in"]),
            )
        except (KeyError, TypeError, ValueError):
            raise ParleyError("The identity provider's answer has no access token.") from None

    def _post(
        self, endpoint: str, form: Mapping[str, str], auth: tuple[str, str] | None = None
    ) -> tuple[int, Mapping[str, Any]]:
        url = self._discovered().get(endpoint)
        if not isinstance(url, str) or not url.startswith("https://"):
            raise ParleyError(f"The identity provider {self.issuer} offers no {endpoint.replace('_', ' ')}.")
        return self._answer("POST", url, data=dict(form), **({"auth": auth} if auth else {}))

    def _discovered(self) -> Mapping[str, Any]:
        if self._endpoints is None:
            status, found = self._answer("GET", f"{self.issuer}/.well-known/openid-configuration")
            if status != httpx.codes.OK or found.get("issuer") != self.issuer:
                raise ParleyError(f"There is no OpenID provider at {self.issuer}.")
            self._endpoints = found
        return self._endpoints

    def _answer(self, method: str, url: str, **request: Any) -> tuple[int, Mapping[str, Any]]:
        try:
            response = self._client.request(method, url, **request)
        except httpx.HTTPError as error:
            why = (
                "its certificate is not trusted" if "CERTIFICATE_VERIFY_FAILED" in str(error) else type(error).__name__
            )
            raise ParleyError(f"The identity provider {self.issuer} does not answer: {why}.") from None
        try:
            answer = response.json() if response.content else {}
        except ValueError:
            answer = {}
        return response.status_code, answer if isinstance(answer, dict) else {}


def _reason(answer: Mapping[str, Any]) -> str:
    """The provider's code for what is wrong. Its description may hold what was sent, and is left out."""
    return str(answer.get("error") or "it gives no reason")[:60]
