"""What is past its time goes, and nothing else: families by their cases, letters that were seen to, sessions."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import httpx
import pytest
from dateutil.relativedelta import relativedelta
from starlette.applications import Starlette

from services.families.handlers.retention import HumanRetention
from services.referral.handlers.retention import CaseRetention
from shared.access.roles import Role
from shared.messaging.timers.clock import Clock
from shared.service.definition import Context
from shared.service.retention import LetterRetention, Retention
from shared.service.settings import ServiceSettings
from shared.service.staff import Staff
from shared.web.sessions import SessionRetention
from tests.support import screening_records, screening_service
from tests.support.identity import bearer, gate
from tests.support.pathway import AREA
from tests.support.recorded import recorder
from tests.support.whole_families import AGENCIES, MarkedFamily, WholeFamilies, whole_families

# After every child is born.
YEARS = ("2023", "2024", "2025", "2026")


@pytest.fixture
async def whole(databases: Any) -> AsyncIterator[WholeFamilies]:
    async with whole_families(databases) as pathway:
        yield pathway


def _of_year(record: dict[str, Any], year: str) -> dict[str, Any]:
    moved: dict[str, Any] = json.loads(json.dumps(record).replace("2026-05", f"{year}-05"))
    return moved


async def test_families_go_by_a_simple_model_and_whoever_stays_can_be_read(whole: WholeFamilies) -> None:
    random = Random(11)
    families = [MarkedFamily(at, random) for at in range(6)]
    for at, family in enumerate(families):
        for day, agency in enumerate(random.sample(AGENCIES, 1 + at % 2), start=4):
            record = _of_year(family.record(agency, f"F{at}-{agency}", day), random.choice(YEARS))
            if random.random() < 0.8:
                record["level_of_need"] = "universal"
            await whole.send(record)
    referral = whole.databases["referral"]
    rows = await referral.pool.fetch(
        """
        SELECT case_id, state,
            greatest(submitted_at, (SELECT max(at) FROM case_history AS h WHERE h.case_id = c.case_id)) AS at
        FROM referral_case AS c
        """
    )
    cases = {row["case_id"]: (row["state"], row["at"]) for row in rows}
    assert {state for state, _ in cases.values()} >= {"not-referred", "offered"}
    now = max(at for _, at in cases.values()) + relativedelta(years=4, months=6)
    whose = {at: await _cases_of(whole, family) for at, family in enumerate(families)}
    assert all(whose.values())
    goes = {
        at
        for at, theirs in whose.items()
        if all(cases[each][0] == "not-referred" and cases[each][1] + relativedelta(years=6) <= now for each in theirs)
    }
    assert 0 < len(goes) < len(families), "some go and some stay"
    of_cases = CaseRetention(Context("referral", ServiceSettings(), referral.pool, referral.keyring, Clock("events")))
    of_people = HumanRetention(whole.context)

    before = await whole.readable()
    expected = sum(len(whose[at]) for at in goes)
    assert await of_cases.due(now) == ({AREA: expected} if expected else {})
    people = sum(len(families[at].words) for at in goes)
    named = {case_id for at in goes for case_id in whose[at]}
    assert await of_people.due(now) == {}
    assert await of_people.due_with(named) == Counter({AREA: people})
    assert await of_people.due_with(named, ["E06000045"]) == {}, "of another area nothing is shown"
    assert await whole.readable() == before, "a preview changes nothing"

    assert await of_cases.apply(now) == Counter({AREA: expected})
    assert await of_cases.apply(now) == {}, "once each"
    await whole.relay("referral")
    await whole.run()
    assert await of_people.apply(now) == Counter({AREA: people})
    assert await of_people.apply(now) == {}
    await whole.relay("families")
    await whole.run()
    after = await whole.readable()
    for at, family in enumerate(families):
        for word in family.words.values():
            assert (f"o{word[::-1]}" in after or f"says {word}" in after) is (at not in goes), (at, word)
    reasons = await whole.databases["families"].pool.fetch("SELECT DISTINCT reason, by FROM erasure")
    assert [tuple(each) for each in reasons] == [("retention-ended", "stack:retention")]


async def _cases_of(whole: WholeFamilies, family: MarkedFamily) -> list[UUID]:
    return await whole.cases_with(await whole.ids_of(family.words["mother"]))


async def test_who_may_have_an_open_case_elsewhere_stays(whole: WholeFamilies) -> None:
    """Whatever referral says of one case: whose other case is not past its time is not erased."""
    family = MarkedFamily(0, Random(11))
    record = _of_year(family.record(AGENCIES[0], "F-past", 4), "2024")
    await whole.send({**record, "level_of_need": "universal"})
    later = family.record(AGENCIES[1], "F-open", 4)
    for parent, before in zip(later["parents"], record["parents"], strict=True):
        parent["name"] = before["name"]
    await whole.send(later)
    past, still_open = await _cases_of(whole, family)
    of_people = HumanRetention(whole.context)
    for case_id in (past, still_open):
        assert await of_people.due_with([case_id]) == {}
    assert (await of_people.due_with([past, still_open]))[AREA] == len(family.words)


async def test_a_letter_that_was_seen_to_goes_with_its_key_and_an_open_one_never(databases: Any) -> None:
    screening = await screening_service.started(databases)
    database = screening.database
    for at in range(2):
        broken = {**screening_records.line(screening_records.screening(family_ref=f"F{at}")), "value": "{" * (at + 1)}
        await screening.send([broken])
    letters = [row["id"] for row in await database.pool.fetch("SELECT id FROM dead_letter ORDER BY id")]
    await database.pool.execute("UPDATE dead_letter SET status = 'discarded' WHERE id = $1", letters[0])
    retention = LetterRetention(database.pool, database.keyring, "screening")
    now = datetime.now(UTC)
    assert await retention.due(now + timedelta(days=89)) == {}
    later = now + timedelta(days=91)
    assert await retention.due(later) == {"": 1}
    assert await retention.apply(later) == {"": 1}
    assert await retention.apply(later) == {}
    sealed = {row["id"]: row["sealed"] for row in await database.pool.fetch("SELECT id, sealed FROM dead_letter")}
    assert sealed[letters[0]] is None
    assert sealed[letters[1]] is not None
    assert await database.keyring.erased(letters) == {letters[0]}


async def test_sessions_that_are_over_go(databases: Any) -> None:
    pool = (await databases("referral")).pool
    now = datetime.now(UTC)
    await pool.execute("DELETE FROM web.page_session")
    ages = {b"old": (11 * 60, 1), b"idle": (60, 31), b"used": (60, 1)}
    for name, (began, used) in ages.items():
        times = now - timedelta(minutes=began), now - timedelta(minutes=used)
        await pool.execute("INSERT INTO web.page_session VALUES ($1, $2, $3, $4)", name, b"x", *times)
    sessions = SessionRetention(pool)
    assert await sessions.due(now) == {"": 2}
    assert await sessions.apply(now) == {"": 2}
    assert [row["id"] for row in await pool.fetch("SELECT id FROM web.page_session")] == [b"used"]
    assert await sessions.due(now) == {}


async def test_whoever_asks_is_shown_and_removes_sessions_as_the_job_does(databases: Any) -> None:
    """No caller's reach has rows of sessions in it."""
    database = await databases("referral")
    context = Context("referral", ServiceSettings(), database.pool, database.keyring, Clock("wall"))
    app = Starlette(routes=Retention(context, [SessionRetention(database.pool)]).routes())
    app.state.gate, app.state.staff = gate({}), Staff(database.pool, database.keyring)
    app.state.recorder = recorder("referral", database.pool)
    await database.pool.execute("DELETE FROM web.page_session")
    await database.pool.execute("INSERT INTO web.page_session VALUES ('old', 'x', '2026-01-01', '2026-01-01')")
    headers = bearer(Role.AREA_ADMINISTRATOR, areas=[AREA])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://referral") as http:
        seen = (await http.get("/retention", headers=headers)).json()["items"]
        gone = (await http.post("/retention/apply", headers=headers)).json()["items"]
    assert seen == gone == [{"schedule": "page-session", "area": "", "number": 1}]
    assert not await database.pool.fetchval("SELECT count(*) FROM web.page_session")
