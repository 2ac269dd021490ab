"""Asks the services about their machinery, over the HTTP that each of them has for its operator.

Every request goes with the access token of whoever looks: this service has no right of its own to any of it, and each
service asks for the right once more, and records who asked.
"""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import structlog

from services.administration.domain.state import ServiceState, state_of

log = structlog.get_logger()
_READY, _STATUS = "/health/ready", "/status"
_MOST_LETTERS = "200"


class NotAnsweredError(Exception):
    """A service did not answer, or not with what was asked for; the message is a sentence for whoever looks."""


class RefusedError(Exception):
    """A service answered that this cannot be done; the message is its own sentence. `status` is that of HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class UnknownServiceError(Exception):
    """There is no service of this name."""


@dataclass(frozen=True)
class Found:
    """What the services have, together, and the names of those that did not answer."""

    items: Sequence[Mapping[str, Any]]
    silent: Sequence[str]


class Machinery:
    """The services that are overseen, by name and address."""

    def __init__(self, addresses: Mapping[str, str], seconds: float, ca_file: Path | None = None) -> None:
        self._addresses = dict(addresses)
        self._seconds = seconds
        self._trust = ssl.create_default_context(cafile=ca_file)

    @property
    def services(self) -> tuple[str, ...]:
        """Their names, in the order of the stack."""
        return tuple(self._addresses)

    async def states(self, token: str) -> list[ServiceState]:
        """How every service is. One that does not answer is among them, as silent."""
        async with self._client(token) as client:
            return list(await asyncio.gather(*(self._state(client, name) for name in self._addresses)))

    async def dead_letters(self, token: str, *, service: str = "", reason: str = "") -> Found:
        """The open dead letters of all services or of one, oldest first, without what is in them."""
        asked = [service] if service in self._addresses else list(self._addresses)
        parameters = {"limit": _MOST_LETTERS, **({"reason": reason} if reason else {})}
        return await self._collected(token, asked, "/dead-letters", parameters)

    async def heads(self, token: str) -> Found:
        """The last entry of each service's audit: its number, its hash and when it was written."""
        answers = await self._answers(token, list(self._addresses), "/audit/head", {})
        items = [{"service": name, "head": answer["head"]} for name, answer in answers.items() if answer is not None]
        return Found(items, [name for name, answer in answers.items() if answer is None])

    async def check_audit(self, token: str, service: str, after: int, known: Mapping[int, str]) -> Mapping[str, Any]:
        """What a service finds in the next part of its audit, with the hashes of the entries that are known.

        Raises as `dead_letter` does.
        """
        numbers = "".join(f"&hash_at={number}" for number in sorted(known) if number > after)
        return await self._asked(token, service, "GET", f"/audit/check?after={after}{numbers}")

    async def dead_letter(self, token: str, service: str, letter: UUID) -> Mapping[str, Any]:
        """One dead letter with its history. Raises UnknownServiceError, RefusedError or NotAnsweredError."""
        return await self._asked(token, service, "GET", f"/dead-letters/{letter}")

    async def retry(self, token: str, service: str, letter: UUID) -> Mapping[str, Any]:
        """Has a service try a dead letter once more; returns what came of it. Raises as `dead_letter` does."""
        return await self._asked(token, service, "POST", f"/dead-letters/{letter}/retry")

    async def discard(self, token: str, service: str, letter: UUID, reason: str) -> None:
        """Has a service give a dead letter up, for a reason by its code. Raises as `dead_letter` does."""
        await self._asked(token, service, "POST", f"/dead-letters/{letter}/discard", {"reason": reason})

    def _client(self, token: str) -> httpx.AsyncClient:
        # A proxy must never see the token, and no redirect takes it elsewhere.
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(
            headers=headers, timeout=self._seconds, trust_env=False, follow_redirects=False, verify=self._trust
        )

    async def _state(self, client: httpx.AsyncClient, service: str) -> ServiceState:
        ready, status = await asyncio.gather(
            self._answer(client, service, _READY, good=(200, 503)), self._answer(client, service, _STATUS)
        )
        return state_of(service, ready, status)

    async def _collected(self, token: str, asked: Sequence[str], path: str, parameters: Mapping[str, str]) -> Found:
        answers = await self._answers(token, asked, path, parameters)
        items = [item for answer in answers.values() if answer is not None for item in answer["items"]]
        items.sort(key=lambda item: str(item["recorded_at"]))
        return Found(items, [name for name, answer in answers.items() if answer is None])

    async def _answers(
        self, token: str, asked: Sequence[str], path: str, parameters: Mapping[str, str]
    ) -> dict[str, Mapping[str, Any] | None]:
        async with self._client(token) as client:
            found = await asyncio.gather(*(self._answer(client, name, path, parameters) for name in asked))
        return dict(zip(asked, found, strict=True))

    async def _answer(
        self,
        client: httpx.AsyncClient,
        service: str,
        path: str,
        parameters: Mapping[str, str] | None = None,
        good: Sequence[int] = (200,),
    ) -> Mapping[str, Any] | None:
        """What a service answers; None where it does not, or not with an object of JSON."""
        try:
            response = await client.get(f"{self._addresses[service]}{path}", params=dict(parameters or {}))
            answer = response.json() if response.status_code in good else None
        except (httpx.HTTPError, ValueError) as error:
            log.warning("a service did not answer", of=service, path=path, fault=type(error).__name__)
            return None
        return answer if isinstance(answer, dict) else None

    async def _asked(
        self, token: str, service: str, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        if service not in self._addresses:
            raise UnknownServiceError
        try:
            async with self._client(token) as client:
                response = await client.request(method, f"{self._addresses[service]}{path}", json=body)
            answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            log.warning("a service did not answer", of=service, path=path, fault=type(error).__name__)
            raise NotAnsweredError(f"The service {service} does not answer.") from None
        if response.is_error:
            # A problem's detail is a sentence of ours, and holds no value.
            raise RefusedError(response.status_code, str(answer.get("detail", "")))
        found: Mapping[str, Any] = answer
        return found
