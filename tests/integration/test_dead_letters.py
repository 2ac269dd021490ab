"""Dead letters as a tool: list, show, retry, discard, over the operator's HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.applications import Starlette

from shared.access.roles import Role
from shared.messaging.publishing.relay import Relay
from shared.messaging.timers.clock import Clock
from shared.service.definition import Context
from shared.service.operator import operator_routes
from shared.service.settings import ServiceSettings
from shared.service.staff import Staff
from tests.support.identity import bearer, gate, recorded, signed_in
from tests.support.recorded import recorder
from tests.support.screening_service import Screening, sample

NAME = "ada"
AREA = "E06000001"


@pytest.fixture
async def screening(databases: Any) -> Screening:
    service = Screening(await databases("screening"))
    await service.register(["hants-schools"], ["E10000014"])
    return service


@pytest.fixture
async def http(screening: Screening) -> AsyncIterator[httpx.AsyncClient]:
    database = screening.database
    context = Context("screening", ServiceSettings(), database.pool, database.keyring, Clock("events"))
    app = Starlette(routes=operator_routes(context, Relay(ServiceSettings(), "screening"), screening.consumers))
    app.state.gate = gate({})
    app.state.staff = Staff(database.pool, database.keyring)
    app.state.recorder = recorder(database.service, database.pool)
    headers = signed_in(NAME, Role.OPERATOR)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://s", headers=headers
    ) as client:
        yield client


async def broken(screening: Screening) -> None:
    """A record from an area that its agency is not registered in."""
    line = sample(1)[0]
    value = {**json.loads(line["value"]), "area": AREA}
    await screening.send([{**line, "value": json.dumps(value)}])


async def only(http: httpx.AsyncClient) -> dict[str, Any]:
    (letter,) = (await http.get("/dead-letters")).json()["items"]
    return dict(letter)


async def test_a_retry_takes_the_record_through_when_the_cause_is_gone(
    screening: Screening, http: httpx.AsyncClient
) -> None:
    await broken(screening)
    letter = await only(http)
    first = (await http.post(f"/dead-letters/{letter['id']}/retry")).json()
    assert first["status"] == "open"
    assert first["findings"] == [{"field": "area", "rule": "is not one that this agency is registered in"}]

    await screening.database.pool.execute("UPDATE agency SET areas = areas || $1::text", AREA)
    second = (await http.post(f"/dead-letters/{letter['id']}/retry")).json()
    assert second["status"] == "resolved"
    assert len(await screening.decisions()) == 1
    assert len(await screening.sent("screening-completed")) == 1

    assert (await http.get("/dead-letters")).json()["items"] == []
    shown = (await http.get(f"/dead-letters/{letter['id']}")).json()
    assert [(each["actor"], each["action"], each["outcome"]) for each in shown["audit"]] == [
        (recorded(NAME), "retry", "open"),
        (recorded(NAME), "retry", "resolved"),
    ]
    # Resolved means done: once more is refused, and has no second effect.
    assert (await http.post(f"/dead-letters/{letter['id']}/retry")).status_code == 404
    assert len(await screening.sent("screening-completed")) == 1


async def test_two_retries_at_once_have_one_effect(screening: Screening, http: httpx.AsyncClient) -> None:
    await broken(screening)
    letter = await only(http)
    await screening.database.pool.execute("UPDATE agency SET areas = areas || $1::text", AREA)
    path = f"/dead-letters/{letter['id']}/retry"
    answers = await asyncio.gather(*(http.post(path) for _ in range(5)))

    assert {answer.status_code for answer in answers} <= {200, 404}
    assert len(await screening.sent("screening-completed")) == 1


async def test_a_discard_needs_a_reason_and_is_audited(screening: Screening, http: httpx.AsyncClient) -> None:
    await broken(screening)
    letter = await only(http)
    path = f"/dead-letters/{letter['id']}/discard"
    for body in (b"", b"[]", b'{"reason": " "}', b'{"reason": 7}', b'{"reason": "Anna asked for it"}'):
        assert (await http.post(path, content=body)).status_code == 422
    assert (await http.post(path, json={"reason": "sent-again"})).status_code == 200
    assert (await http.post(path, json={"reason": "other"})).status_code == 404

    assert (await http.get("/dead-letters")).json()["items"] == []
    (entry,) = (await http.get(f"/dead-letters/{letter['id']}")).json()["audit"]
    assert (entry["actor"], entry["action"], entry["reason"]) == (recorded(NAME), "discard", "sent-again")


async def test_one_that_was_given_up_waits_again_when_it_is_sent_again(
    screening: Screening, http: httpx.AsyncClient
) -> None:
    await broken(screening)
    await http.post(f"/dead-letters/{(await only(http))['id']}/discard", json={"reason": "no-longer-needed"})
    await broken(screening)
    assert (await only(http))["times_seen"] == 2


async def test_a_letter_that_is_too_large_is_published_without_its_record(
    screening: Screening, http: httpx.AsyncClient
) -> None:
    """Kafka would refuse it, and every later dead letter of the topic would wait behind it for ever."""
    line = sample(1)[0]
    await screening.send([{**line, "value": json.dumps({"filler": "x" * 1_000_000})}, {**line, "value": "not JSON"}])
    rows = await screening.database.pool.fetch("SELECT value FROM outbox WHERE topic LIKE '%.dead-letters' ORDER BY id")
    assert [json.loads(row["value"])["sealed"] is None for row in rows] == [True, False]
    assert max(len(row["value"]) for row in rows) < 1_000_000
    # The record itself is kept, and can be tried again.
    (large,) = (await http.get("/dead-letters", params={"reason": "256 KiB"})).json()["items"]
    assert (await http.post(f"/dead-letters/{large['id']}/retry")).json()["findings"]


async def test_they_are_found_by_what_is_wrong(screening: Screening, http: httpx.AsyncClient) -> None:
    await broken(screening)
    found = (await http.get("/dead-letters", params={"reason": "registered"})).json()["items"]
    none = (await http.get("/dead-letters", params={"reason": "JSON"})).json()["items"]
    assert (len(found), none) == (1, [])


async def test_only_the_operator_gets_in(http: httpx.AsyncClient) -> None:
    for header in ("", "Bearer", "Bearer wrong", bearer(Role.OPERATOR)["authorization"] + "x"):
        for request in (("GET", "/status"), ("GET", "/dead-letters"), ("POST", f"/dead-letters/{uuid4()}/retry")):
            answer = await http.request(*request, headers={"authorization": header})
            assert answer.status_code == 401


async def test_one_that_was_mended_and_sent_again_waits_for_nobody(
    screening: Screening, http: httpx.AsyncClient
) -> None:
    first, other = sample(2)
    unreadable = {**json.loads(first["value"]), "children": "none"}
    await screening.send([{**first, "value": json.dumps(unreadable)}])
    letter = await only(http)
    await screening.send([other])
    assert (await only(http))["id"] == letter["id"], "another record mends nothing"
    await screening.send([first])
    assert (await http.get("/dead-letters")).json()["items"] == []
    (entry,) = (await http.get(f"/dead-letters/{letter['id']}")).json()["audit"]
    assert (entry["actor"], entry["action"], entry["outcome"]) == ("its sender", "sent-again", "resolved")
    await screening.send([{**first, "value": json.dumps({**unreadable, "children": 7})}])
    assert (await only(http))["id"] != letter["id"], "one that comes after it was taken is not mended by it"
