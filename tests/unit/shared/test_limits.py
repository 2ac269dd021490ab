"""Nobody does at will what costs us: an address before anybody is known, a caller after."""

import hashlib
from dataclasses import replace

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.access.actions import Action
from shared.access.roles import Purpose, Role
from shared.service.answers import Json
from shared.service.gate import gate_of, guarded
from shared.service.limits import Limit
from shared.service.serve import application
from shared.service.settings import ServiceSettings
from tests.support.fields import show_all_fields
from tests.support.identity import bearer, gate, signed_in
from tests.support.recorded import RecordedInMemory, StaffInMemory


@pytest.fixture(autouse=True)
def fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """The routes of these tests are in no table of fields: all that they answer is shown."""
    show_all_fields(monkeypatch)


def test_so_many_at_once_then_one_at_a_time_and_each_address_for_itself() -> None:
    clock = [0.0]
    limit = Limit(3, 2.0, lambda: clock[0])
    assert [limit.allows("a") for _ in range(5)] == [True, True, True, False, False]
    assert limit.allows("b")
    clock[0] = 2.0
    assert [limit.allows("a") for _ in range(2)] == [True, False]
    clock[0] = 1000.0
    assert [limit.allows("a") for _ in range(4)] == [True, True, True, False]


@guarded
async def answered(_request: Request) -> Response:
    return Json({})


async def test_a_caller_who_asks_without_end_waits_and_others_do_not() -> None:
    requests = {"GET /cases": Action.CASES_READ, "GET /status": Action.STATUS_READ}
    app = application(ServiceSettings(), routes=[Route("/cases", answered), Route("/status", answered)])
    own = {Purpose.MACHINERY: hashlib.sha256(b"token").hexdigest()}
    app.state.gate = replace(gate(requests, machine_tokens=own), limit=Limit(3, 1_000.0))
    app.state.staff, app.state.recorder = StaffInMemory(), RecordedInMemory()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        statuses = [(await http.get("/cases", headers=bearer(Role.COORDINATOR))).status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        assert (await http.get("/cases", headers=signed_in("somebody.else", Role.COORDINATOR))).status_code == 200
        # Whoever watches the machinery is not held up.
        watching = {"authorization": "Bearer token"}
        assert {(await http.get("/status", headers=watching)).status_code for _ in range(5)} == {200}
    # Every service has such a limit.
    assert gate_of(ServiceSettings(), requests).limit is not None
