"""Who looked at a family, by its people's ids, in one query; and that nobody looks unrecorded."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from services.referral.manifest import MANIFEST
from shared.access.actions import Action
from shared.access.roles import Role
from shared.access.table import TABLE
from shared.service.audit_routes import audit_routes
from tests.support.identity import SUBJECT, bearer, gate
from tests.support.referral_families import ASKING_AREA
from tests.support.referral_service import DIRECTORY, Referral, family, running

ELSEWHERE = "E06000001"
COORDINATOR = bearer(Role.COORDINATOR, areas=[ASKING_AREA])
ADMINISTRATOR = bearer(Role.AREA_ADMINISTRATOR, areas=[ASKING_AREA])


@pytest.fixture
async def referral(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *DIRECTORY) as service:
        service.app.router.routes.extend(audit_routes(service.context))
        service.app.state.gate = gate(MANIFEST.requests)
        yield service


def fresh(number: int, area: str = ASKING_AREA) -> Any:
    """A case and people of whom no other test has recorded anything."""
    made = family(f"{number}-{uuid4()}", area=area)
    parents = tuple(parent.model_copy(update={"person_id": uuid4()}) for parent in made.parents)
    return made.model_copy(update={"case_id": uuid4(), "parents": parents})


async def history(
    http: httpx.AsyncClient, headers: dict[str, str] = ADMINISTRATOR, **about: Any
) -> list[dict[str, Any]]:
    answer = await http.get("/audit", params={name: str(value) for name, value in about.items()}, headers=headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_person_s_whole_history_is_one_query(referral: Referral) -> None:
    case, other = fresh(1), fresh(2)
    await referral.screened(case)
    await referral.screened(other)
    http, path = referral.http, f"/cases/{case.case_id}"
    await http.get(path, headers=COORDINATOR)
    await http.post(f"{path}/claim", headers=COORDINATOR)
    await http.get("/worklist", headers=COORDINATOR)
    await http.get(path, headers=bearer(Role.COORDINATOR, areas=[ELSEWHERE]))
    # Of no area at all: what they tried is for who administers the case's.
    await http.get(path, headers=bearer(Role.PRACTITIONER, areas=None, agency="elsewhere"))
    await http.post(f"{path}/halt", json={"reason": "no such code"}, headers=COORDINATOR)
    person = case.parents[0].person_id
    found = await history(http, person=person)
    seen = [(each["action"], each["outcome"]) for each in found]
    expected = [
        ("cases.read", "allowed"),
        ("cases.claim", "allowed"),
        ("worklist.read", "allowed"),
        ("cases.read", "not-found"),
        ("cases.read", "refused"),
    ]
    assert seen[: len(expected)] == expected
    assert seen[-1][0] == "cases.stop"
    assert {each["who"] for each in found} == {f"c.okafor ({SUBJECT})"}, "the name is opened for who may read it"
    assert str(case.case_id) in found[0]["cases"]
    [worklist] = [each for each in found if each["action"] == "worklist.read"]
    if any(str(other.case_id) in each["cases"] for each in found):
        assert str(other.parents[0].person_id) in worklist["persons"]
    # Reading it is in it.
    assert ("audit.read", "allowed") in [
        (each["action"], each["outcome"]) for each in await history(http, person=person)
    ]
    assert await history(http, case=case.case_id, to="2026-01-01T00:00:00Z") == []


async def test_the_audit_is_for_who_administers_the_area(referral: Referral) -> None:
    case = fresh(3)
    await referral.screened(case)
    await referral.http.get(f"/cases/{case.case_id}", headers=COORDINATOR)
    elsewhere = bearer(Role.AREA_ADMINISTRATOR, areas=[ELSEWHERE])
    assert await history(referral.http, elsewhere, case=case.case_id) == []
    seen = [each["action"] for each in await history(referral.http, case=case.case_id)]
    assert seen == ["cases.read", "audit.read"], "that somebody elsewhere asked who had looked is theirs to know too"
    for role in Role:
        answer = await referral.http.get("/audit", params={"case": str(case.case_id)}, headers=bearer(role))
        assert (answer.status_code == 403) is (role not in TABLE[Action.AUDIT_READ].roles), role
    for params in ({}, {"case": "none"}, {"case": str(case.case_id), "from": "yesterday"}):
        answer = await referral.http.get("/audit", params=params, headers=ADMINISTRATOR)
        assert answer.status_code == 422


OF_NO_ONE_AREA = ("GET /retention/cases", "GET /emergencies")


async def test_every_case_that_an_answer_shows_is_in_its_entry(referral: Referral) -> None:
    """Whatever page: an id of a case that leaves the service is in the entry of the request that it answers."""
    cases = [fresh(number) for number in range(4)]
    for case in cases:
        await referral.screened(case)
    known = {case.case_id: {parent.person_id for parent in case.parents} for case in cases}
    shown = 0
    for request, action in MANIFEST.requests.items():
        method, path = request.split(" ")
        # Pages have a session in place of a token.
        if method != "GET" or re.search(r"{(meeting|access)", path) or path.startswith("/pages/"):
            continue
        path = path.replace("{id:uuid}", str(cases[0].case_id)).replace("{case:uuid}", str(cases[0].case_id))
        headers = COORDINATOR if Role.COORDINATOR in TABLE[Action(action)].roles else ADMINISTRATOR
        params = {} if request in OF_NO_ONE_AREA else {"area": ASKING_AREA}
        answer = await referral.http.get(path, params=params, headers=headers)
        row = await referral.pool.fetchrow("SELECT * FROM audit ORDER BY sequence DESC LIMIT 1")
        assert (row["action"], row["outcome"], answer.status_code) == (action, "allowed", 200), request
        for case_id, people in known.items():
            if str(case_id) in answer.text or str(case_id) in path:
                shown += 1
                assert case_id in row["cases"], request
                assert people <= {UUID(str(each)) for each in row["persons"]}, request
    assert shown >= 5


async def test_nobody_sees_a_family_while_the_audit_can_t_be_written(referral: Referral, stack: Any) -> None:
    case = fresh(5)
    await referral.screened(case)
    await referral.http.get(f"/cases/{case.case_id}", headers=COORDINATOR)
    superuser = await asyncpg.connect(stack.admin_database_url("referral"))
    await superuser.execute("REVOKE INSERT ON audit FROM referral")
    try:
        for path in (f"/cases/{case.case_id}", "/worklist", f"/cases/{case.case_id}/notes"):
            answer = await referral.http.get(path, headers=COORDINATOR)
            assert answer.status_code == 503, path
            assert str(case.case_id) not in answer.text
    finally:
        await superuser.execute("GRANT INSERT ON audit TO referral")
        await superuser.close()
    assert (await referral.http.get(f"/cases/{case.case_id}", headers=COORDINATOR)).status_code == 200
