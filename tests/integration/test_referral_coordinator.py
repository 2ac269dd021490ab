"""What a coordinator does over HTTP, on real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from shared.access.roles import Role
from shared.service.staff import Staff
from tests.support.identity import recorded, signed_in
from tests.support.referral_families import AGENCY, ASKING_AREA, P1, START, screening, some_id
from tests.support.referral_service import (
    CASE,
    DIRECTORY,
    NAME,
    Referral,
    agency,
    family,
    running,
)
from tests.support.refusals import members


@pytest.fixture
async def referral(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *DIRECTORY) as service:
        yield service


async def test_the_coordinator_works_through_the_worklist(referral: Referral) -> None:
    names = ("F1", "F2", "F3", "F4")
    await referral.screened(
        *(family(name, area=ASKING_AREA, number=at, day=at) for at, name in enumerate(names, 1)),
        screening(number=9, family_ref="F9"),
    )
    listing = (await referral.http.get("/worklist", params={"area": ASKING_AREA, "limit": 3})).json()["items"]
    assert [item["case_id"] for item in listing] == [str(some_id(f"case-{name}")) for name in names[:3]]
    days = listing[0].pop("days_waited")
    assert days > 10
    assert listing[0] == {
        "case_id": str(some_id("case-F1")),
        "area": ASKING_AREA,
        "agency": AGENCY,
        "family_ref": "F1",
        "state": "awaiting-coordinator",
        "waiting_since": "2025-04-02T09:30:00+00:00",
        "waiting_reason": "area-asks-coordinator",
        "waiting_before": None,
        "coordinator": None,
        "urgency": "high",
        "urgency_reasons": ["over-the-areas-limit"],
    }
    first, second, third, fourth = (some_id(f"case-{name}") for name in names)
    assert await referral.post("agree", {"offer": "south-mediation"}, first) == (
        200,
        {"case_id": str(first), "state": "offered"},
    )
    assert (await referral.post("return", {"missing": ["tool"]}, second))[1]["state"] == "returned"
    assert (await referral.post("to-panel", None, third))[1]["state"] == "at-panel"
    status, answer = await referral.post("agree", {}, third)
    assert (status, answer["detail"]) == (409, "A case that is at-panel allows agree to the panel alone.")
    assert (await referral.post("from-panel", None, third))[1]["state"] == "awaiting-coordinator"
    assert (await referral.post("agree", {}, third))[1]["state"] == "offered"
    assert (await referral.post("refuse", {"reason": "other-support"}, fourth))[1]["state"] == "refused"
    assert (await referral.post("hold", None, first))[1]["state"] == "on-hold"
    assert (await referral.post("resume", None, first))[1]["state"] == "offered"
    assert (await referral.post("withdraw", {"parent": str(P1)}, first))[1]["state"] == "closed"
    assert (await referral.post("halt", None, third))[1]["state"] == "halted"
    assert await referral.topics() == [
        *("referral-agreed", "referral-agreed", "case-returned", "case-taken-to-panel", "referral-agreed"),
        *("case-refused", "case-held", "case-resumed", "case-closed", "case-halted"),
    ]
    agreed = [event["agreed_by"] for topic, event in await referral.published() if topic == "referral-agreed"]
    assert agreed == ["area-setting", "coordinator", "coordinator"]
    unwithdrawn = "SELECT count(*) FROM consent WHERE case_id = $1 AND withdrawn_at IS NULL"
    assert await referral.pool.fetchval(unwithdrawn, first) == 1


@pytest.mark.parametrize(
    ("command", "body", "status", "answer"),
    [
        (
            "agree",
            {"offer": "unheard-of"},
            422,
            {"errors": [{"field": "offer", "rule": "is not an offer in this area"}]},
        ),
        ("agree", {"ofer": "x"}, 422, {"errors": [{"field": "ofer", "rule": "is not a field of this record"}]}),
        ("return", {}, 422, {"errors": [{"field": "missing", "rule": "must be given"}]}),
        (
            "withdraw",
            {"parent": str(uuid4())},
            422,
            {"errors": [{"field": "parent", "rule": "is not a parent of this case"}]},
        ),
        ("resume", None, 409, {"detail": "A case that is awaiting-coordinator does not allow resume."}),
    ],
)
async def test_what_the_pages_refuse(referral: Referral, command: str, body: Any, status: int, answer: Any) -> None:
    await referral.screened(screening(area=ASKING_AREA))
    refused, why = await referral.post(command, body)
    assert (refused, members(why)) == (status, answer)
    assert (await referral.topics(), await referral.state()) == ([], "awaiting-coordinator")


async def test_the_pages_know_their_bearer_and_their_cases(referral: Referral) -> None:
    assert (await referral.http.get("/worklist", headers={"authorization": "Bearer no"})).status_code == 401
    assert (await referral.http.get(f"/cases/{uuid4()}")).status_code == 404
    assert (await referral.post("agree", None, uuid4()))[0] == 404
    for limit in ("0", "many", "²", "100000"):
        assert (await referral.http.get("/worklist", params={"limit": limit})).status_code == 422
    await referral.screened(screening(area=ASKING_AREA))
    response = await referral.http.post(f"/cases/{CASE}/agree", content=b"{")
    assert response.status_code == 422


async def test_without_a_legal_basis_the_coordinator_cannot_agree_either(referral: Referral) -> None:
    await referral.register(agency(legal_basis=None))
    await referral.screened(screening())
    status, answer = await referral.post("agree", {"offer": "north-mediation"})
    assert status == 409
    assert answer["detail"] == ("The case cannot be agreed: the front door has no recorded legal basis for sharing.")


async def test_two_people_agree_at_once_and_one_referral_goes_out(referral: Referral) -> None:
    await referral.screened(screening(area=ASKING_AREA))
    answers = await asyncio.gather(*(referral.post("agree") for _ in range(4)))
    assert sorted(status for status, _ in answers) == [200, 409, 409, 409]
    assert await referral.topics() == ["referral-agreed"]


async def test_the_worklist_is_paged_by_urgency_and_shows_who_has_a_case(referral: Referral) -> None:
    need = {"F1": "targeted", "F2": "child-in-need", "F3": "child-protection", "F4": "targeted"}
    yesterday = datetime.now(UTC) - timedelta(days=1)
    parents = tuple(each.model_copy(update={"privacy_notice_on": yesterday.date()}) for each in screening().parents)
    recent = {"day": (yesterday - START).days, "area": ASKING_AREA, "parents": parents}
    await referral.screened(
        *(family(name, number=at, level_of_need=each, **recent) for at, (name, each) in enumerate(need.items())),
        family("F5", "domestic-abuse-pathway", number=9, **recent),
    )
    await referral.post("return", {"missing": ["tool"]}, some_id("case-F4"))
    await referral.post("answer", None, some_id("case-F4"))
    pages = [
        (await referral.http.get("/worklist", params={"limit": 2, "offset": offset})).json() for offset in (0, 2, 4)
    ]
    assert [page["total"] for page in pages] == [5, 5, 5]
    names = {str(some_id(f"case-{name}")): name for name in ("F1", "F2", "F3", "F4", "F5")}
    lines = [(names[item["case_id"]], item["urgency"], item["urgency_reasons"]) for p in pages for item in p["items"]]
    assert lines == [
        ("F5", "immediate", ["sign-of-abuse"]),
        ("F3", "high", ["child-protection"]),
        ("F2", "raised", ["child-in-need"]),
        ("F4", "raised", ["referrer-has-answered"]),
        ("F1", "routine", []),
    ]
    first, other = (signed_in(who, Role.COORDINATOR, areas=[ASKING_AREA]) for who in ("c.okafor", "d.shah"))
    claimed = f"/cases/{some_id('case-F2')}"
    assert (await referral.http.post(f"{claimed}/claim", headers=first)).json()["coordinator"] == recorded("c.okafor")
    refused = await referral.http.post(f"{claimed}/claim", headers=other)
    assert (refused.status_code, f"{recorded('c.okafor')} has this case" in refused.text) == (409, True)
    assert (await referral.http.post(f"{claimed}/release", headers=other)).status_code == 409
    mine = (await referral.http.get("/worklist", params={"coordinator": recorded("c.okafor")})).json()["items"]
    assert [names[item["case_id"]] for item in mine] == ["F2"]
    taken = await referral.http.post(f"{claimed}/claim", headers=other, json={"take_over": True})
    assert taken.json()["coordinator"] == recorded("d.shah")
    assert (await referral.http.post(f"{claimed}/release", headers=other)).status_code == 200
    had = "SELECT coordinator, until IS NOT NULL AS over FROM assignment ORDER BY id"
    assert [tuple(row) for row in await referral.pool.fetch(had)] == [
        (Staff(referral.pool, referral.keyring).id_of(recorded(name)), True) for name in ("c.okafor", "d.shah")
    ]


async def test_a_note_is_stored_sealed_and_is_only_added_to(referral: Referral) -> None:
    await referral.screened(screening(area=ASKING_AREA))
    text = "Spoke with the school: Mrs Example will send the tool."
    assert (await referral.post("notes", {"text": text}))[0] == 200
    assert (await referral.post("notes", {"text": ""}))[0] == 422
    assert (await referral.post("notes", {"text": text}, uuid4()))[0] == 404
    [note] = (await referral.http.get(f"/cases/{CASE}/notes")).json()["items"]
    assert (note["text"], note["who"]) == (text, recorded(NAME))
    assert "Example" not in str([tuple(row) for row in await referral.pool.fetch("SELECT * FROM case_note")])
    for statement in ("UPDATE case_note SET who = 'x'", "DELETE FROM case_note"):
        with pytest.raises(asyncpg.RaiseError, match="only added to"):
            await referral.pool.execute(statement)
