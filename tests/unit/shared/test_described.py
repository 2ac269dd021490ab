"""What requests say of themselves is what they read, and what they do not say they refuse."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services import MANIFESTS
from shared.access.requests import OF_EVERY_PAGE
from shared.access.roles import Role
from shared.contracts.manifest import Manifest
from shared.service.answers import Json
from shared.service.described import JSON, LIMIT, UNDESCRIBED, Query, describes, description_of
from shared.service.gate import guarded
from shared.service.openapi_documents import DOCS, documents, routes_of
from shared.service.serve import application
from shared.service.settings import ServiceSettings
from tests.support.fields import show_all_fields
from tests.support.identity import bearer, gate
from tests.support.recorded import RecordedInMemory, StaffInMemory

# The ways in which an endpoint reads a body, with the name of its class, and a parameter, with its name.
_BODY = re.compile(r"\b(?:body_of|record_of|read|decision_of)\(request, ([\w.]+)")
_PARAMETER = re.compile(
    r"(?:query_params(?:\.get\(|\[)|asked(?:\.get\(|\[)|(?:day_of|number_of|_time|_ids)\(request, )\"(\w+)\""
)


@pytest.fixture(autouse=True)
def fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """The routes of these tests are in no table of fields: all that they answer is shown."""
    show_all_fields(monkeypatch)


def endpoints(manifest: Manifest) -> Iterator[tuple[str, Any]]:
    for route in routes_of(manifest):
        assert isinstance(route, Route)
        for method in (route.methods or {"GET"}) - {"HEAD"}:
            request = f"{method} {route.path}"
            if request not in OF_EVERY_PAGE | {*manifest.by_signature} and "/pages/" not in request:
                yield request, route.endpoint


def read_by(endpoint: Any) -> tuple[Any, set[str]]:
    """The class that an endpoint reads its body as, and the parameters that it reads, by its source."""
    inner = inspect.unwrap(endpoint)
    source = inspect.getsource(inner)
    found = _BODY.search(source)
    body = None
    if found:
        known = inspect.getclosurevars(getattr(inner, "__func__", inner))
        first, *rest = found[1].split(".")
        body = {**known.globals, **known.nonlocals}[first]
        for name in rest:
            body = getattr(body, name)
    parameters = set(_PARAMETER.findall(source))
    return body, parameters | ({"limit"} if "limit_of(request)" in source else set())


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda each: each.name)
def test_every_request_describes_what_it_reads(manifest: Manifest) -> None:
    wrong = []
    for request, endpoint in endpoints(manifest):
        body, parameters = read_by(endpoint)
        described = description_of(endpoint)
        if described.body is not body:
            wrong.append(f"{request}: @describes(body={body.__name__ if body else None})")
        if more := parameters - {each.name for each in described.query}:
            wrong.append(f"{request}: @describes(query=…) without {', '.join(sorted(more))}")
        if request.startswith("POST") and described is UNDESCRIBED:
            wrong.append(f"{request}: @describes(), where it takes no body")
    assert not wrong, wrong


def test_the_documents_are_what_the_requests_describe() -> None:
    stale = [path.name for path, text in documents().items() if not path.exists() or path.read_text() != text]
    unknown = [path.name for path in DOCS.glob("*.json") if path not in documents()]
    assert not stale + unknown, "run `make contracts` and look at what changed"


@guarded
@describes(query=(LIMIT, Query("case", "…", repeated=True)))
async def described(request: Request) -> Response:
    return Json(dict(request.query_params))


@guarded
async def undescribed(request: Request) -> Response:
    return Json(dict(request.query_params))


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("/described/a?limit=3&case=a&case=b", []),
        ("/described/a?limit=3&limit=4", [("limit", "must be given once")]),
        ("/described/a?lmit=3", [("(unknown field)", "is no parameter of this request")]),
        ("/described/a?case=a%00", [("case", "must not contain the character U+0000")]),
        ("/described/a%00b", [("name", "must not contain the character U+0000")]),
        # What is added before it is described works, and is named by the test above where it reads anything.
        ("/undescribed?lmit=3", []),
    ],
)
async def test_what_a_request_does_not_take_is_refused_by_field_and_rule(
    address: str, refused: list[tuple[str, str]]
) -> None:
    app = application(
        ServiceSettings(), routes=[Route("/described/{name}", described), Route("/undescribed", undescribed)]
    )
    requests = {"GET /described/{name}": "cases.read", "GET /undescribed": "cases.read"}
    app.state.gate, app.state.staff, app.state.recorder = gate(requests), StaffInMemory(), RecordedInMemory()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        answer = await http.get(address, headers=bearer(Role.COORDINATOR))
    assert answer.status_code == (422 if refused else 200)
    assert [(each["field"], each["rule"]) for each in answer.json().get("errors", ())] == refused
    assert description_of(undescribed).takes == JSON
