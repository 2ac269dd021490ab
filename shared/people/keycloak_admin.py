"""A client of Keycloak's admin API, which signs in as one of its clients; failures become one-line errors."""

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, ClassVar, Self

import httpx

# Making a realm makes its keys; on a busy machine that takes a while.
_SECONDS = 120.0
_RENEWED_BEFORE_END_SECONDS = 20.0


class KeycloakError(Exception):
    """Keycloak did not do what it was asked, or does not answer; the message is a sentence."""


class CredentialsRefusedError(KeycloakError):
    """Keycloak does not take this client's secret, or has no such realm or client."""


class NotThereError(KeycloakError):
    """Keycloak has nothing of this name."""


class AlreadyThereError(KeycloakError):
    """Keycloak has something of this name already."""


class KeycloakAdmin:
    """Sends requests about `realm` as the client `client_id`, which belongs to `signed_in_at` (by default that realm).

    `base` is Keycloak's own address, past the entrance, through which its admin API is not reached.
    """

    hint: ClassVar[str] = ""
    seconds: ClassVar[float] = _SECONDS
    failed: ClassVar[type[KeycloakError]] = KeycloakError
    refused: ClassVar[type[CredentialsRefusedError]] = CredentialsRefusedError
    not_there: ClassVar[type[NotThereError]] = NotThereError
    already_there: ClassVar[type[AlreadyThereError]] = AlreadyThereError

    def __init__(
        self,
        base: str,
        realm: str,
        client_id: str,
        secret: str,
        *,
        signed_in_at: str | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._realm = realm
        self._login = (signed_in_at or realm, client_id, secret)
        self._token = ("", 0.0)
        self._client = httpx.Client(base_url=base, timeout=self.seconds, trust_env=False, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str, **parameters: str) -> Any:
        """GET below the realm; returns the JSON. Raises `NotThereError`."""
        return self._send("GET", path, params=parameters).json()

    def post(self, path: str, body: Any) -> str:
        """POST below the realm; returns the id of what was made, if Keycloak says it. Raises `AlreadyThereError`."""
        location = str(self._send("POST", path, json=body).headers.get("Location", ""))
        return location.rpartition("/")[2]

    def put(self, path: str, body: Any, **parameters: str) -> None:
        """PUT below the realm."""
        self._send("PUT", path, json=body, params=parameters)

    def delete(self, path: str, body: Any = None) -> None:
        """DELETE below the realm."""
        self._send("DELETE", path, **({} if body is None else {"json": body}))

    def client_id(self, client: str) -> str:
        """Keycloak's own id of a client. Raises `NotThereError`."""
        found = self.get("/clients", clientId=client)
        if not found:
            raise self.not_there(f"Keycloak has no client {client}.")
        return str(found[0]["id"])

    def create_realm(self, body: Mapping[str, Any]) -> None:
        """Makes the realm, which only an administrator of all realms may."""
        self._request("POST", "/admin/realms", json={**body, "realm": self._realm})

    def sign_in_again(self) -> None:
        """The next request goes with a new token: the key that signed this one is about to go."""
        self._token = ("", 0.0)

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        return self._request(method, f"/admin/realms/{self._realm}{path}", **request)

    def _request(self, method: str, path: str, **request: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._bearer()}"}
        response = self._answer(method, path, headers=headers, **request)
        if not response.is_error:
            return response
        what = _problem(response)
        match response.status_code:
            case httpx.codes.NOT_FOUND:
                raise self.not_there(what)
            case httpx.codes.CONFLICT:
                raise self.already_there(what)
            case httpx.codes.UNAUTHORIZED | httpx.codes.FORBIDDEN:
                raise self.refused(f"Keycloak refuses {self._login[1]} this: {what}")
        raise self.failed(f"Keycloak refused {method} {path}: {what}")

    def _bearer(self) -> str:
        token, ends = self._token
        if time.monotonic() < ends:
            return token
        realm, client_id, secret = self._login
        response = self._answer(
            "POST",
            f"/realms/{realm}/protocol/openid-connect/token",
            data={"grant_type": "client_credentials"},
            auth=(client_id, secret),
        )
        if response.is_error:
            raise self.refused(f"Keycloak does not let {client_id} in: {_problem(response)}")
        answer = response.json()
        ends = time.monotonic() + float(answer["expires_in"]) - _RENEWED_BEFORE_END_SECONDS
        self._token = (str(answer["access_token"]), ends)
        return self._token[0]

    def _answer(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **request)
        except httpx.HTTPError as error:
            raise self.failed(
                f"Keycloak does not answer at {self._client.base_url} ({type(error).__name__}).{self.hint}"
            ) from error


def _problem(response: httpx.Response) -> str:
    """What Keycloak says of an error, which is in one of three fields."""
    try:
        body = response.json()
    except ValueError:
        body = None
    found = body if isinstance(body, dict) else {}
    reason = next((found[key] for key in ("errorMessage", "error_description", "error") if found.get(key)), "")
    return str(reason or f"status {response.status_code}")
