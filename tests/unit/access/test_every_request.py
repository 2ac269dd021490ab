"""Every request of every service by whoever has no access token of theirs: none is let in by what once opened all."""

import re
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from starlette.applications import Starlette

from services import MANIFESTS
from shared.access.requests import OF_EVERY_PAGE, OF_EVERY_SERVICE
from shared.access.roles import Purpose, Role
from shared.contracts.manifest import Manifest
from shared.messaging.publishing.relay import Relay
from shared.messaging.timers.firing import Timers
from shared.service.audit_routes import audit_routes
from shared.service.clock_routes import clock_routes
from shared.service.drift import requests_of
from shared.service.gate import Gate, gate_of
from shared.service.operator import operator_routes
from shared.service.retention import Retention
from shared.service.settings import ServiceSettings
from shared.service.subject_access import subject_access_routes
from tests.support.identity import SUBJECT, bearer, claims, gate, rsa_key, signed
from tests.support.recorded import RecordedInMemory, StaffInMemory
from tests.support.wired_services import context_of, wired

TOKEN = "uVqg0zmUEJ9c2k5p2J8oKXh4d1cFQy3s"
# Which another key of ours signed, and which is for somebody else: everything else about them is good.
STRANGERS_KEY = {"authorization": f"Bearer {signed(claims(roles=[*Role]), rsa_key('strangers'))}"}
REFUSED: Mapping[str, Mapping[str, str]] = {
    "nothing": {},
    "a name": {"x-operator": "c.okafor"},
    "a random token": {"authorization": f"Bearer {TOKEN}"},
    "a random token and a name": {"authorization": f"Bearer {TOKEN}", "x-operator": f"c.okafor ({SUBJECT})"},
    "a purpose": {"authorization": f"Bearer {Purpose.MACHINERY}"},
    "another audience": bearer(*Role, aud=["account"]),
    "no audience": bearer(*Role, aud=None),
    "an id token": bearer(*Role, typ="ID"),
    "another key": STRANGERS_KEY,
}
_PARAMETER = re.compile(r"\{\w+(?::(\w+))?\}")


def app_of(service: Manifest, keys: Path, let_in_by: Gate) -> Starlette:
    """A service's HTTP with nothing behind it: whoever got past the gate would meet an error, and no answer."""
    context = context_of(service, keys)
    own = list(wired(service, keys).routes)
    machinery = operator_routes(context, Relay(context.settings, service.name), {})
    clock = clock_routes(context, Timers(service.name, {}, None, context.clock))  # type: ignore[arg-type]
    kept = Retention(context).routes()
    app = Starlette(
        routes=[*own, *machinery, *clock, *audit_routes(context), *subject_access_routes(context, None), *kept]
    )
    app.state.gate, app.state.staff, app.state.recorder = let_in_by, StaffInMemory(), RecordedInMemory()
    return app


def address_of(request: str) -> tuple[str, str]:
    values = {"uuid": lambda: str(uuid4()), "int": lambda: "1", None: lambda: "some"}
    method, path = request.split(" ", 1)
    return method, _PARAMETER.sub(lambda found: values[found[1]](), path)


@pytest.mark.parametrize("service", MANIFESTS, ids=lambda each: each.name)
async def test_no_request_is_answered_without_an_access_token_for_parley(
    service: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What an earlier release took it by, and what a home of then may still set.
    monkeypatch.setenv("PARLEY_OPERATOR_TOKEN", TOKEN)
    for let_in_by in (gate(service.requests), gate_of(ServiceSettings(), service.requests)):
        app = app_of(service, tmp_path, let_in_by)
        # Metrics are the process's own, and its test asks for them.
        asked = requests_of(app.routes)
        anonymous = (OF_EVERY_PAGE if service.pages else frozenset()) | {*service.by_link, *service.for_anybody}
        assert asked == {*service.requests, *OF_EVERY_SERVICE, *anonymous} - {"GET /metrics"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as http:
            for request in sorted(asked - anonymous):
                for what, headers in REFUSED.items():
                    answer = await http.request(*address_of(request), headers=dict(headers))
                    if " /pages/" in request:
                        # No token opens a page: whoever has no session is sent to sign in, and their form is not taken.
                        assert answer.status_code == (303 if request.startswith("GET") else 403), (request, what)
                        continue
                    assert answer.status_code == 401, (request, what)
                    assert answer.headers["www-authenticate"].startswith("Bearer"), (request, what)


@pytest.mark.parametrize("service", MANIFESTS, ids=lambda each: each.name)
async def test_nobody_has_a_right_to_a_request_by_a_token_without_roles(service: Manifest, tmp_path: Path) -> None:
    app = app_of(service, tmp_path, gate(service.requests))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as http:
        for request in sorted(requests_of(app.routes) - OF_EVERY_PAGE):
            if " /pages/" in request:
                continue
            headers = bearer() | {"x-operator": "operator"}
            answer = await http.request(*address_of(request), headers=headers)
            assert (answer.status_code, bool(answer.json()["right"])) == (403, True), request
