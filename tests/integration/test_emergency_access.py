"""Opening a case in an emergency: for reading, for a time, by whom the table names, told at once, and reviewed by
somebody else of the area. Property-based over roles, people and times, on HTTP and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.referral.domain.safety.emergency import ReviewFinding
from services.referral.manifest import MANIFEST
from shared.access.actions import Action
from shared.access.roles import Role
from shared.access.table import TABLE
from shared.contracts.base import Sealed
from shared.contracts.vocabulary import EmergencyReason
from tests.support.identity import signed_in
from tests.support.referral_families import ASKING_AREA
from tests.support.referral_service import DIRECTORY, Referral, family, running

ELSEWHERE = "E06000001"
MAY = TABLE[Action.CASES_OPEN_IN_EMERGENCY].roles
# Each example takes a second: what fails is not made smaller.
SETTINGS = settings(max_examples=8, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


@pytest.fixture
async def service(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *DIRECTORY) as opened:
        yield opened


async def a_case(service: Referral, decision: str = "refer") -> UUID:
    name = str(uuid4())
    case = family(name, decision, area=ASKING_AREA, number=name)
    await service.screened(case)
    found: UUID = case.case_id
    return found


def somebody(name: str, role: Role, area: str = ELSEWHERE) -> dict[str, str]:
    return signed_in(name, role, areas=[area], agency="elsewhere", provider="elsewhere")


async def opens(service: Referral, case: UUID, headers: dict[str, str], **body: Any) -> Any:
    body = {"reason": "child-at-risk-now", "words": "a neighbour rang"} | body
    return await service.http.post(f"/cases/{case}/emergency", json=body, headers=headers)


async def test_a_case_is_open_to_whoever_opened_it_for_its_time_and_to_be_read_alone(service: Referral) -> None:
    loop = asyncio.get_running_loop()

    @SETTINGS
    @given(
        role=st.sampled_from(Role),
        reason=st.sampled_from(EmergencyReason),
        words=st.text(st.characters(codec="ascii", categories=["L"]), min_size=12, max_size=40),
        passed=st.integers(0, 120),
        halted=st.booleans(),
    )
    def holds(role: Role, reason: EmergencyReason, words: str, passed: int, halted: bool) -> None:
        asyncio.run_coroutine_threadsafe(one(role, reason, words, passed, halted), loop).result(120)

    async def one(role: Role, reason: EmergencyReason, words: str, passed: int, halted: bool) -> None:
        case = await a_case(service, "domestic-abuse-pathway" if halted else "refer")
        before = len([topic for topic in await service.topics() if topic == "case-opened-in-emergency"])
        me, other = somebody(f"n.{uuid4().hex[:8]}", role), somebody("o.ther", role)
        if role is Role.COORDINATOR:
            own = somebody("c.own", role, ASKING_AREA)
            assert (await opens(service, case, own)).status_code == 409, "one's own is no emergency"
            assert (await opens(service, uuid4(), me)).status_code == 404
        answer = await opens(service, case, me, reason=reason, words=words)
        if role not in MAY:
            assert answer.status_code == 403
            assert answer.json()["right"] == Action.CASES_OPEN_IN_EMERGENCY
            return
        assert answer.status_code == 200, answer.text
        events = [event for topic, event in await service.published() if topic == "case-opened-in-emergency"]
        assert len(events) == before + 1, "whoever answers for the area is told at once"
        assert (events[-1]["case_id"], events[-1]["area"], events[-1]["reason"]) == (str(case), ASKING_AREA, reason)
        assert words not in str(events[-1])
        access = answer.json()["access_id"]
        row = await service.pool.fetchrow("SELECT * FROM emergency_access WHERE access_id = $1", UUID(access))
        assert words not in str(dict(row)), "what somebody wrote is sealed"
        box = Sealed.model_validate(row["words"])
        assert (await service.keyring.for_opening([box])).open(box) == words
        entry = await service.pool.fetchrow("SELECT * FROM audit ORDER BY sequence DESC LIMIT 1")
        assert (entry["action"], entry["reason"], entry["outcome"]) == ("cases.open-in-emergency", reason, "allowed")
        assert case in entry["cases"]
        assert ASKING_AREA in entry["areas"], "who administers the case's area reads it"
        # Nobody else gets in by it, and nothing else is opened by it.
        assert (await service.http.get(f"/emergencies/{access}", headers=other)).status_code == 404
        for request in MANIFEST.requests:
            method, path = request.split(" ")
            if "/cases/{" in path and "emergency" not in path and "{meeting" not in path and "/pages/" not in path:
                path = path.replace("{id:uuid}", str(case)).replace("{case:uuid}", str(case))
                path = path.replace("{conflict:uuid}", str(uuid4()))
                may = role in TABLE[Action(MANIFEST.requests[request])].roles
                answer = await service.http.request(method, path, headers=me)
                assert answer.status_code == (404 if may else 403), request
        # It is open for its time, and no longer.
        await service.pool.execute("ALTER TABLE emergency_access DISABLE TRIGGER USER")
        await service.pool.execute(
            """
            UPDATE emergency_access SET opened_at = opened_at - $2::interval, ends_at = ends_at - $2::interval
            WHERE access_id = $1
            """,
            *(UUID(access), timedelta(minutes=passed)),
        )
        await service.pool.execute("ALTER TABLE emergency_access ENABLE TRIGGER USER")
        read = await service.http.get(f"/emergencies/{access}", headers=me)
        assert read.status_code == (200 if passed < 60 else 404)
        if read.status_code == 200:
            shown = read.json()
            assert shown["case_id"] == str(case)
            assert ("decision" in shown) is (role is Role.COORDINATOR)
            if halted and role is not Role.COORDINATOR:
                assert (shown["state"], shown["in_hands_of"]) == ("withheld", "withheld")
                assert "halted" not in read.text
                assert "abuse" not in read.text

    await asyncio.to_thread(holds)


async def test_each_use_waits_until_somebody_else_of_the_area_has_reviewed_it(service: Referral) -> None:
    loop = asyncio.get_running_loop()
    reviewers = sorted(set(Role))

    @SETTINGS
    @given(
        role=st.sampled_from(reviewers),
        finding=st.sampled_from(ReviewFinding),
        own=st.booleans(),
        area=st.sampled_from([ASKING_AREA, ELSEWHERE]),
    )
    def holds(role: Role, finding: ReviewFinding, own: bool, area: str) -> None:
        asyncio.run_coroutine_threadsafe(one(role, finding, own, area), loop).result(120)

    async def one(role: Role, finding: ReviewFinding, own: bool, area: str) -> None:
        case, user = await a_case(service), f"u.{uuid4().hex[:8]}"
        access = (await opens(service, case, somebody(user, Role.COORDINATOR))).json()["access_id"]
        reviewer = somebody(user if own else "r.eviewer", role, area)
        body = {"finding": finding, "words": "spoken with both"}
        allowed = role in TABLE[Action.EMERGENCIES_REVIEW].roles
        listed = await service.http.get("/emergencies?limit=10000", headers=reviewer)
        if allowed:
            assert (access in listed.text) is (area == ASKING_AREA)
        answer = await service.http.post(f"/emergencies/{access}/review", json=body, headers=reviewer)
        expected = 403 if not allowed else 404 if area == ELSEWHERE else 409 if own else 200
        assert answer.status_code == expected, (role, own, area, answer.text)
        [mine] = [each for each in await uses(service) if each["access_id"] == access]
        assert mine["finding"] == (finding if expected == 200 else None)
        if expected == 200:
            again = await service.http.post(f"/emergencies/{access}/review", json=body, headers=reviewer)
            assert again.status_code == 409, "a review is given once"

    async def uses(service: Referral) -> list[dict[str, Any]]:
        headers = somebody("a.dmin", Role.AREA_ADMINISTRATOR, ASKING_AREA)
        answer = await service.http.get("/emergencies?limit=10000", headers=headers)
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    await asyncio.to_thread(holds)


async def test_a_review_that_is_overdue_is_on_the_worklist_until_it_is_done(service: Referral) -> None:
    coordinator = somebody("c.own", Role.COORDINATOR, ASKING_AREA)

    async def overdue() -> int:
        found: int = (await service.http.get("/worklist", headers=coordinator)).json()["reviews_overdue"]
        return found

    before = await overdue()
    access = (await opens(service, await a_case(service), somebody("u.ser", Role.TEAM_MANAGER))).json()["access_id"]
    assert await overdue() == before
    await service.pool.execute("ALTER TABLE emergency_access DISABLE TRIGGER USER")
    await service.pool.execute(
        "UPDATE emergency_access SET review_due_at = opened_at WHERE access_id = $1", UUID(access)
    )
    await service.pool.execute("ALTER TABLE emergency_access ENABLE TRIGGER USER")
    assert await overdue() == before + 1
    listed = (await service.http.get("/emergencies", headers=coordinator)).json()["items"]
    assert [each["overdue"] for each in listed if each["access_id"] == access] == [True]
    body = {"finding": "another-way-was-open", "words": "we were there"}
    answer = await service.http.post(f"/emergencies/{access}/review", json=body, headers=coordinator)
    assert answer.status_code == 200
    assert await overdue() == before


async def test_the_database_keeps_each_use_and_lets_nobody_review_their_own(service: Referral) -> None:
    access = (await opens(service, await a_case(service), somebody("u.ser", Role.COORDINATOR))).json()["access_id"]
    for statement, refused in (
        ("UPDATE emergency_access SET who = 'x'", asyncpg.RaiseError),
        ("DELETE FROM emergency_access", asyncpg.RaiseError),
        (
            "UPDATE emergency_access SET review_words = words, finding = 'x', reviewed_at = now(), reviewed_by = who",
            asyncpg.CheckViolationError,
        ),
    ):
        with pytest.raises(refused):
            await service.pool.execute(f"{statement} WHERE access_id = $1", UUID(access))
