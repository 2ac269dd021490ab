"""A client of the services' HTTP; failures become one-line errors that say what to do."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

import httpx

from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.request_credentials import RequestCredentials
from deploy.stack.sign_in import SignIn

_SECONDS = 30.0

Json = dict[str, Any]


class NotFoundError(ParleyError):
    """The service has nothing with this name or id."""


class OperatorClient:
    """Sends requests to services, as whoever has signed in at this home or by `sign_in`.

    A context manager, which short commands may do without.
    """

    def __init__(
        self, stack: Stack, transport: httpx.BaseTransport | None = None, *, sign_in: SignIn | None = None
    ) -> None:
        self._stack = stack
        self._credentials = RequestCredentials(stack, sign_in)
        self._client = httpx.Client(
            timeout=_SECONDS,
            trust_env=False,  # A proxy must never see the token.
            transport=transport,
            verify=stack.trust,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.close()

    def get(self, service: str, path: str, **parameters: str | list[str]) -> Json:
        """Sends GET to a service; returns the JSON object."""
        return self._json(service, "GET", path, params=parameters)

    def post(self, service: str, path: str, body: Mapping[str, Any] | None = None) -> Json:
        """Sends POST with a JSON body to a service; returns the answer."""
        return self._json(service, "POST", path, json=dict(body or {}))

    def upload(self, service: str, path: str, content: bytes, kind: str) -> Json:
        """Sends a file of this media type to a service; returns the answer."""
        return self._json(service, "POST", path, content=content, headers={"Content-Type": kind})

    def lines(self, service: str, path: str) -> Iterator[str]:
        """The lines of an NDJSON answer, as they arrive."""
        headers = self._credentials.headers(service, "GET", path)
        with (
            self._explained(service),
            self._client.stream("GET", f"{self._stack.http_url(service)}{path}", headers=headers) as response,
        ):
            if response.is_error:
                response.read()
                raise self._problem(service, response, headers)
            yield from (line for line in response.iter_lines() if line)

    def open_dead_letters(self, service: str) -> int:
        """The number of open dead letters of a service."""
        return int(self.get(service, "/status")["dead_letters"])

    def _json(self, service: str, method: str, path: str, **request: Any) -> Json:
        headers = self._credentials.headers(service, method, path) | request.pop("headers", {})
        with self._explained(service):
            response = self._client.request(
                method, f"{self._stack.http_url(service)}{path}", headers=headers, **request
            )
            if response.is_error:
                raise self._problem(service, response, headers)
            try:
                answer: Json = response.json() if response.content else {}
            except ValueError:
                raise ParleyError(f"The answer of {service} to {method} {path} is not JSON.") from None
            return answer

    @contextmanager
    def _explained(self, service: str) -> Iterator[None]:
        try:
            yield
        except httpx.TimeoutException as error:
            raise ParleyError(f"{service} did not answer within {_SECONDS:.0f} s. See `parley status`.") from error
        except httpx.HTTPError as error:
            address = self._stack.http_url(service)
            raise ParleyError(f"{service} does not answer at {address}. See `parley status` and its log.") from error

    def _problem(self, service: str, response: httpx.Response, headers: Mapping[str, str]) -> ParleyError:
        detail = _detail(response)
        if response.status_code == httpx.codes.NOT_FOUND:
            return NotFoundError(detail or f"{service} has nothing with this name or id.")
        if response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            known = response.status_code == httpx.codes.FORBIDDEN
            return ParleyError(
                f"{service}: {detail or 'This is refused.'} {self._credentials.after_refusal(headers, known=known)}"
            )
        if response.status_code == httpx.codes.SERVICE_UNAVAILABLE and detail:
            return ParleyError(f"{service}: {detail}")
        if response.is_server_error:
            return ParleyError(f"{service} failed with status {response.status_code}. Its log says why.")
        return ParleyError(detail or f"{service} refused with status {response.status_code}.")


def _detail(response: httpx.Response) -> str:
    """The reason in an error response: a plain sentence, or the field and rule of each finding."""
    try:
        body = response.json()
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    if errors := body.get("errors"):
        return "; ".join(f"{error.get('field')}: {error.get('rule')}" for error in errors)
    return str(body.get("detail") or "")
