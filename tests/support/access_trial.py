"""Tries every request of a service as every role, of the record's own area and of another one.

The expectation is the table of access alone: where a role has the action nowhere, the right is named; elsewhere what is
out of reach is answered word for word as what is not there, and nothing has changed.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from starlette.applications import Starlette

from shared.access.actions import Action
from shared.access.roles import Role
from shared.access.table import TABLE
from shared.contracts.manifest import Manifest
from tests.support.identity import bearer, gate

ELSEWHERE = "E06000001"
_OF_WHO_ASKED = ("audit", "staff", "changed_row")
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


@dataclass(frozen=True)
class Trial:
    """A service with records of one area. Everything is by request, as the manifest names it.

    `ids`: of every parameter of a path, the record's; `own_ids`: where a request has others. A request that `names` an
    area or an agency itself is refused by the right's name where that is out of reach.
    """

    app: Starlette
    manifest: Manifest
    pool: Any
    area: str
    ids: Mapping[str, str]
    own_ids: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    bodies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    queries: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    """Requests that answer with `items`: of those within reach."""

    @property
    def _requests(self) -> set[str]:
        """Those with a token. Pages have a session; each has the action of a request here."""
        return {request for request in self.manifest.requests if " /pages/" not in request}

    async def refused(self, *, without: Collection[str] = ()) -> None:
        """Everybody who may not, and everybody of elsewhere: named, empty or not there, and without a trace."""
        before = await self._rows()
        async with self._client() as http:
            for request in self._requests - set(without):
                action = Action(self.manifest.requests[request])
                for role in Role:
                    headers = bearer(role, areas=[ELSEWHERE], agency="elsewhere", provider="elsewhere")
                    answer = await self._ask(http, request, headers, self._path(request))
                    if role not in TABLE[action].roles:
                        assert (answer.status_code, answer.json().get("right")) == (403, action), (request, role)
                        own = bearer(role, areas=[self.area])
                        there = await self._ask(http, request, own, self._path(request))
                        assert there.status_code == 403, (request, role)
                    elif request in self.lists:
                        assert (answer.status_code, answer.json()["items"]) == (200, []), (request, role)
                    elif request in self.names:
                        assert (answer.status_code, answer.json().get("right")) == (403, action), (request, role)
                    else:
                        unknown = await self._ask(http, request, headers, self._path(request, real=False))
                        assert answer.status_code == unknown.status_code == 404, (request, role, answer.text)
                        assert answer.content == unknown.content, (request, role)
        after = await self._rows()
        changed = [name for name in before if after[name] != before[name]]
        assert not changed, changed

    async def allowed(self, *, without: Collection[str] = ()) -> None:
        """Whoever has the action in the record's area gets past the gate, and finds it there."""
        async with self._client() as http:
            # What is read first: a command may well end what is there.
            for request in sorted(self._requests - set(without)):
                for role in TABLE[Action(self.manifest.requests[request])].roles:
                    headers = bearer(role, areas=[self.area], agency=self.ids.get("agency"))
                    answer = await self._ask(http, request, headers, self._path(request))
                    assert answer.status_code not in (401, 403), (request, role, answer.text)
                    if request.startswith("GET"):
                        assert answer.status_code == 200, (request, role, answer.text)
                    if request in self.lists:
                        assert answer.json()["items"], (request, role)

    def _client(self) -> httpx.AsyncClient:
        self.app.state.gate = gate(self.manifest.requests)
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://service")

    def _path(self, request: str, *, real: bool = True) -> str:
        ids = {**self.ids, **self.own_ids.get(request, {})}
        template = request.split(" ", 1)[1]
        return _PARAMETER.sub(lambda found: ids[found[1]] if real else str(uuid4()), template)

    async def _ask(
        self, http: httpx.AsyncClient, request: str, headers: Mapping[str, str], path: str
    ) -> httpx.Response:
        body = dict(self.bodies.get(request, {})) if request.startswith("POST") else None
        return await http.request(
            request.split(" ", 1)[0], path, json=body, params=self.queries.get(request), headers=dict(headers)
        )

    async def _rows(self) -> dict[str, list[str]]:
        tables = await self.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        # That somebody was refused is recorded, with their name; nothing else is.
        names = [row["tablename"] for row in tables if row["tablename"] not in _OF_WHO_ASKED]
        queries = {name: f'SELECT t::text FROM "{name}" AS t ORDER BY 1' for name in names}  # noqa: S608
        queries["changed_row"] = (
            "SELECT t::text FROM changed_row AS t WHERE of_table NOT IN ('staff', 'audit') ORDER BY 1"
        )
        return {name: [row["t"] for row in await self.pool.fetch(query)] for name, query in queries.items()}
