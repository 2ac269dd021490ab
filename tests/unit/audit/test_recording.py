"""What the gate records of a request: everything that a person asks for, before its answer leaves, or nobody has it."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from enum import StrEnum
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from shared.access.actions import Action
from shared.access.roles import Purpose, Role
from shared.access.scopes import Belonging
from shared.audit.entry import Outcome
from shared.service.answers import Json, problem
from shared.service.gate import covers, guarded
from shared.service.recording import concerns
from shared.service.requests import body_of
from tests.support.fields import show_all_fields
from tests.support.identity import bearer, gate
from tests.support.recorded import RecordedInMemory, StaffInMemory, ids

CASE, OTHER, FAMILY, PERSON = ids(1, 2, 3, 4)
HERE, ELSEWHERE = "E10000014", "E10000030"
TOKEN = "of the stack's own"
REQUESTS = {
    "GET /cases/{id:uuid}": Action.CASES_READ,
    "POST /cases/{id:uuid}/refuse": Action.CASES_DECIDE,
    "GET /worklist": Action.WORKLIST_READ,
    "GET /certificates/{number}": Action.CERTIFICATES_READ,
    "GET /facts": Action.FACTS_READ,
    "GET /decisions": Action.DECISIONS_READ,
}


class Why(StrEnum):
    OTHER_PEOPLE = "other-people"


class Refusal(BaseModel):
    reason: Why
    why: str = ""


@pytest.fixture(autouse=True)
def fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """The routes of these tests are in no table of fields: all that they answer is shown."""
    show_all_fields(monkeypatch)


@guarded
async def case(request: Request) -> Response:
    area = ELSEWHERE if request.path_params["id"] == OTHER else HERE
    if not covers(request, Belonging.of([area])):
        return problem(404, "There is no such case.")
    return Json({"case_id": CASE, "parents": [{"person_id": PERSON, "name": "Ada"}], "family": {"family_id": FAMILY}})


@guarded
async def refuse(request: Request) -> Response:
    body = await body_of(request, Refusal)
    if body.why == "fail":
        raise ZeroDivisionError
    concerns(request, cases=[OTHER])
    return problem(409, "It is not possible.") if body.why else Json({})


@guarded
async def worklist(_request: Request) -> Response:
    return Json({"items": [{"case_id": str(CASE)}, {"sides": [{"cases": [OTHER]}]}, {"case_id": None}], "cases": 2})


@guarded
async def decisions(_request: Request) -> Response:
    def lines() -> Iterator[bytes]:
        for number in range(2_500):
            yield orjson.dumps({"case_id": str(UUID(int=number))}) + b"\n"

    return StreamingResponse(lines(), media_type="application/x-ndjson")


@guarded
async def anything(_request: Request) -> Response:
    return Json({"case_id": CASE})


@pytest.fixture
def app() -> Starlette:
    made = Starlette(
        routes=[
            Route("/cases/{id:uuid}", case),
            Route("/cases/{id:uuid}/refuse", refuse, methods=["POST"]),
            Route("/worklist", worklist),
            Route("/decisions", decisions),
            *(Route(path, anything) for path in ("/certificates/{number}", "/facts", "/status", "/metrics")),
            Route("/subscriptions/{name}/resume", anything, methods=["POST"]),
        ]
    )
    made.state.gate = gate(REQUESTS, machine_tokens={Purpose.MACHINERY: hashlib.sha256(TOKEN.encode()).hexdigest()})
    made.state.staff, made.state.recorder = StaffInMemory(), RecordedInMemory()
    return made


@pytest.fixture
async def http(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


COORDINATOR = bearer(Role.COORDINATOR, areas=[HERE])


async def test_who_read_whose_record_from_where(app: Starlette, http: httpx.AsyncClient) -> None:
    answer = await http.get(f"/cases/{CASE}", headers=COORDINATOR | {"x-forwarded-for": "10.0.0.9, 198.51.100.7"})
    found = app.state.recorder.last
    assert (found.action, found.request, found.outcome) == ("cases.read", "GET /cases/{id:uuid}", Outcome.ALLOWED)
    assert app.state.staff.names[found.who].startswith("c.okafor")
    subjects = found.subjects
    assert (subjects.cases, subjects.families, subjects.persons) == ((CASE,), (FAMILY,), (PERSON,))
    assert (found.roles, found.areas, found.address) == (("coordinator",), (HERE,), "198.51.100.7")
    assert answer.headers["x-correlation-id"] == str(found.correlation_id)


async def test_what_is_refused_or_out_of_reach_is_recorded_too(app: Starlette, http: httpx.AsyncClient) -> None:
    recorded = app.state.recorder
    assert (await http.get(f"/cases/{OTHER}", headers=COORDINATOR)).status_code == 404
    assert (recorded.last.outcome, recorded.last.subjects.cases) == (Outcome.NOT_FOUND, (OTHER,))
    assert recorded.last.areas == (HERE, ELSEWHERE), "who administers either may know of the attempt"
    assert (await http.get(f"/cases/{CASE}", headers=bearer(Role.TRAINER, areas=[ELSEWHERE]))).status_code == 403
    assert (recorded.last.outcome, recorded.last.subjects.cases) == (Outcome.REFUSED, (CASE,))
    assert (recorded.last.roles, recorded.last.areas) == (("trainer",), (ELSEWHERE,))
    before = len(recorded.entries)
    assert (await http.get(f"/cases/{CASE}")).status_code == 401
    assert len(recorded.entries) == before, "nobody is known"


@pytest.mark.parametrize(
    ("body", "status", "outcome", "reason"),
    [
        ({"reason": "other-people"}, 200, Outcome.ALLOWED, "other-people"),
        ({"reason": "other-people", "why": "no"}, 409, Outcome.NOT_POSSIBLE, "other-people"),
        ({"reason": "ada-marksworthy"}, 422, Outcome.INVALID, None),
        ({"reason": "other-people", "why": "fail"}, 500, Outcome.FAILED, "other-people"),
    ],
)
async def test_a_command_is_recorded_whatever_becomes_of_it(
    app: Starlette, http: httpx.AsyncClient, body: Any, status: int, outcome: Outcome, reason: str | None
) -> None:
    answer = await http.post(f"/cases/{CASE}/refuse", json=body, headers=COORDINATOR)
    [entry] = app.state.recorder.entries
    assert (answer.status_code, entry.access.outcome, entry.access.reason) == (status, outcome, reason)
    assert CASE in entry.access.subjects.cases
    assert (OTHER in entry.access.subjects.cases) == (status in (200, 409))
    assert b"marksworthy" not in entry.canonical()


async def test_a_list_is_recorded_with_whom_it_showed(app: Starlette, http: httpx.AsyncClient) -> None:
    await http.get("/worklist", headers=COORDINATOR)
    assert app.state.recorder.last.subjects.cases == (CASE, OTHER)
    await http.get("/facts", headers=bearer(Role.ANALYST))
    assert app.state.recorder.last.subjects.cases == (), "what is published has pseudonyms"
    await http.get("/certificates/Ada-Marksworthy", headers=bearer(Role.TRAINER))
    assert "Marksworthy" not in repr(app.state.recorder.last)


async def test_a_long_answer_leaves_as_far_as_it_is_recorded(app: Starlette, http: httpx.AsyncClient) -> None:
    answer = await http.get("/decisions", headers=COORDINATOR)
    assert len(answer.content.splitlines()) == 2_500
    assert [len(entry.access.subjects.cases) for entry in app.state.recorder.entries] == [1_000, 1_000, 500]


@pytest.mark.parametrize("failure", [ConnectionRefusedError(), TimeoutError()])
async def test_nobody_sees_what_can_t_be_recorded(app: Starlette, http: httpx.AsyncClient, failure: Exception) -> None:
    app.state.recorder.failure = failure
    for path in (f"/cases/{CASE}", "/worklist", "/decisions"):
        answer = await http.get(path, headers=COORDINATOR)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), path
        assert b"case_id" not in answer.content
    answer = await http.post(f"/cases/{CASE}/refuse", json={"reason": "other-people"}, headers=COORDINATOR)
    assert (answer.status_code, "Look whether it was done" in answer.text) == (503, True)


async def test_what_the_stack_itself_reads_of_the_machinery_is_not_recorded(
    app: Starlette, http: httpx.AsyncClient
) -> None:
    own = {"authorization": f"Bearer {TOKEN}"}
    assert (await http.get("/status", headers=own)).status_code == 200
    assert not app.state.recorder.entries
    # What it changes is, and so is what a person reads; and what it has no right to.
    await http.post("/subscriptions/updates/resume", headers=own)
    await http.get("/status", headers=bearer(Role.OPERATOR))
    await http.get("/worklist", headers=own)
    assert [(each.access.action, each.access.who == "stack:machinery") for each in app.state.recorder.entries] == [
        ("subscriptions.resume", True),
        ("status.read", False),
        ("worklist.read", True),
    ]
