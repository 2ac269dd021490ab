"""The gate of a service's HTTP: who is let in, what a refusal says, and under whose name something is done."""

import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.access.actions import Action
from shared.access.errors import IdentityUnavailableError
from shared.access.roles import Purpose, Role
from shared.access.scopes import Belonging
from shared.privacy.unwrapping import KeysRefusedError, current_purpose
from shared.service.answers import Json
from shared.service.gate import Gate, acting, check_area, covers, guarded
from shared.service.limits import Limit
from shared.service.serve import hosts_checked
from shared.service.settings import ServiceSettings
from tests.support.fields import show_all_fields
from tests.support.identity import SUBJECT, Published, bearer, claims, gate, rsa_key, signed_with_public_key, unsigned
from tests.support.recorded import RecordedInMemory, StaffInMemory
from tests.support.refusals import members

REQUESTS = {"GET /cases": Action.CASES_READ, "PUT /cases": Action.NOTES_READ, "POST /cases/{area}": Action.CASES_DECIDE}
TOKENS = {purpose: f"token-for-{purpose}" for purpose in Purpose}
DIGESTS = {purpose: hashlib.sha256(token.encode()).hexdigest() for purpose, token in TOKENS.items()}


@pytest.fixture(autouse=True)
def fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """The routes of these tests are in no table of fields: all that they answer is shown."""
    show_all_fields(monkeypatch)


@guarded
async def who(request: Request) -> Response:
    return Json({"by": acting(request)})


@guarded
async def of_area(request: Request) -> Response:
    if not covers(request, Belonging.of([request.path_params["area"]])):
        return Json({}, status_code=404)
    check_area(request, request.query_params.get("named", request.path_params["area"]))
    return Json({"by": acting(request)})


@guarded
async def opens(request: Request) -> Response:
    if request.query_params.get("refused"):
        raise KeysRefusedError("no more for now")
    return Json(current_purpose()._asdict())


ROUTES = [
    Route("/cases", who),
    Route("/cases", opens, methods=["PUT"]),
    Route("/cases/{area}", of_area, methods=["POST"]),
    Route("/metrics", who),
    Route("/status", who),
    Route("/dead-letters", who),
    Route("/forgotten", who),
]


async def as_it_is(body: bytes) -> bytes:
    return body


def app(with_gate: Gate) -> Starlette:
    made = Starlette(routes=ROUTES, middleware=[hosts_checked(ServiceSettings(http_hosts="localhost, parley.test"))])
    made.state.gate = with_gate
    made.state.staff = StaffInMemory()
    made.state.recorder = RecordedInMemory()
    return made


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    made = app(gate(REQUESTS, machine_tokens=DIGESTS))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url="http://localhost") as client:
        yield client


async def test_who_acts_is_whose_token_it_is_and_not_what_a_header_names(http: httpx.AsyncClient) -> None:
    headers = bearer(Role.COORDINATOR) | {"x-operator": "somebody-else"}
    answer = await http.post("/cases/E10000014", headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"by": f"c.okafor ({SUBJECT})"})


async def test_whoever_acts_is_an_id_within(http: httpx.AsyncClient) -> None:
    made = app(gate(REQUESTS))
    made.state.staff.with_names = as_it_is
    async with httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url="http://localhost") as client:
        answer = await client.get("/cases", headers=bearer(Role.COORDINATOR))
    assert re.fullmatch("staff-[0-9a-f]{32}", answer.json()["by"])
    assert made.state.recorder.last.who == answer.json()["by"]
    assert answer.json()["by"] in made.state.staff.names, "who looks can be named by who reads the audit"


async def test_keys_are_unwrapped_for_the_right_and_whoever_has_it_and_refused_ones_are_no_error(
    http: httpx.AsyncClient,
) -> None:
    answer = await http.put("/cases", headers=bearer(Role.COORDINATOR))
    assert answer.json()["name"] == "notes.read"
    assert answer.json()["actor"] == f"c.okafor ({SUBJECT})", "an id within, a name towards who asks"
    refused = await http.put("/cases?refused=1", headers=bearer(Role.COORDINATOR))
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert current_purpose().name == "unsaid"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COORDINATOR])
async def test_a_refusal_names_the_right_that_is_missing(http: httpx.AsyncClient, role: Role) -> None:
    answer = await http.get("/cases", headers=bearer(role))
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert members(answer.json()) == {
        "detail": "This needs the right cases.read, which these roles have: coordinator.",
        "right": "cases.read",
    }


async def test_out_of_reach_is_not_there_and_a_named_area_is_refused(http: httpx.AsyncClient) -> None:
    here, elsewhere = "E10000014", "E10000030"
    headers = bearer(Role.COORDINATOR)
    assert (await http.post(f"/cases/{here}", headers=headers)).status_code == 200
    assert (await http.post(f"/cases/{elsewhere}", headers=headers)).status_code == 404
    named = await http.post(f"/cases/{here}?named={elsewhere}", headers=headers)
    assert (named.status_code, named.json()["right"]) == (403, "cases.decide")
    assert (await http.post(f"/cases/{here}", headers=bearer(Role.COORDINATOR, areas=None))).status_code == 404


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ({}, "an access token is needed"),
        ({"authorization": "Bearer"}, "an access token is needed"),
        ({"authorization": "Basic b3BlcmF0b3I6b3BlcmF0b3I="}, "an access token is needed"),
        ({"authorization": "Bearer made-up"}, "can't be read"),
        ({"authorization": "Bearer " + "x" * 10_000}, "at most 8192 characters"),
        (bearer(Role.COORDINATOR, exp=1), "exp: the token has expired"),
        (bearer(Role.COORDINATOR, aud=[]), "aud: the token is for nobody"),
        ({"authorization": f"Bearer {unsigned(claims())}"}, "alg: must be one of"),
        ({"authorization": f"Bearer {signed_with_public_key(claims())}"}, "alg: must be one of"),
    ],
)
async def test_a_token_that_is_no_good_is_refused_by_a_named_rule(
    http: httpx.AsyncClient, header: Mapping[str, str], rule: str
) -> None:
    answer = await http.get("/cases", headers=header)
    assert answer.status_code == 401
    assert rule in answer.json()["detail"]
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_token_of_the_stack_s_own_opens_what_it_is_for(http: httpx.AsyncClient) -> None:
    opened: dict[Purpose, set[str]] = {}
    for purpose, token in TOKENS.items():
        headers = {"authorization": f"bearer {token}", "x-operator": "somebody"}
        answers = {path: await http.get(path, headers=headers) for path in ("/cases", "/metrics", "/status")}
        answers["/dead-letters"] = await http.get("/dead-letters", headers=headers)
        opened[purpose] = {path for path, answer in answers.items() if answer.status_code == 200}
        assert {answer.status_code for answer in answers.values()} <= {200, 403}
        assert all(answers[path].json() == {"by": f"stack:{purpose}"} for path in opened[purpose])
    assert opened == {
        Purpose.METRICS: {"/metrics"},
        Purpose.HEALTH: {"/status"},
        Purpose.MACHINERY: {"/status", "/dead-letters"},
    }
    assert (await http.get("/metrics")).status_code == 401


async def test_a_page_that_is_in_no_list_is_nobody_s(http: httpx.AsyncClient) -> None:
    for headers in (bearer(*Role), {"authorization": f"Bearer {TOKENS[Purpose.MACHINERY]}"}):
        assert (await http.get("/forgotten", headers=headers)).status_code == 403


async def test_nobody_is_let_in_while_the_provider_is_away() -> None:
    provider = Published(rsa_key())
    provider.failure = IdentityUnavailableError("The identity provider does not answer: ConnectError.")
    made = app(Gate(REQUESTS, provider.verifier(), DIGESTS))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url="http://localhost") as client:
        answer = await client.get("/cases", headers=bearer(Role.COORDINATOR))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "does not answer" in answer.json()["detail"]
        # The stack's own tokens need nobody else.
        own = {"authorization": f"Bearer {TOKENS[Purpose.METRICS]}"}
        assert (await client.get("/metrics", headers=own)).status_code == 200


async def test_without_a_provider_and_without_tokens_nobody_is_let_in() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app(Gate())), base_url="http://localhost") as client:
        for headers in ({}, bearer(*Role), {"authorization": "Bearer "}, {"authorization": "Bearer operator"}):
            for path in ("/cases", "/metrics", "/forgotten"):
                assert (await client.get(path, headers=headers)).status_code == 401


async def test_a_request_that_is_not_let_in_is_logged_by_its_rule_a_few_times(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.service.gate._LOGGED", Limit(2, 60.0))
    with structlog.testing.capture_logs() as lines:
        for _ in range(4):
            await http.get("/cases", headers={"authorization": "Bearer Ada-Osei"})
        await http.get("/cases", headers=bearer(Role.COORDINATOR))
    (rule,) = {line["rule"] for line in lines}
    assert rule
    assert [(line["method"], line["route"]) for line in lines] == [("GET", "/cases")] * 2
    assert "Ada" not in str(lines)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("parley.test:8443", 200),
        ("LOCALHOST:1", 200),
        ("evil.example", 400),
        ("localhost.evil", 400),
    ],
)
async def test_the_host_is_checked_before_anything_else(http: httpx.AsyncClient, host: str, status: int) -> None:
    answer: Any = await http.get("/cases", headers=bearer(Role.COORDINATOR) | {"host": host})
    assert answer.status_code == status
