"""What practitioners do themselves, on real PostgreSQL: the last place, a place twice, and figures of their answers."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.workforce.domain.confidence import mean_change
from services.workforce.domain.errors import UnknownError
from services.workforce.domain.follow_up import Answer
from services.workforce.handlers.follow_ups import FollowUps
from services.workforce.handlers.people import Person
from services.workforce.handlers.sessions import Booking, Sessions
from services.workforce.repository import figures
from services.workforce.repository import sessions as queries
from shared.access.roles import Role
from shared.contracts.workforce import ConfidenceOccasion, HowOften, Profession, TrainingModule
from shared.service.form_keys import AlreadySentError
from tests.support.identity import signed_in
from tests.support.workforce_service import AREA, SESSION_DAY, Workforce, agency, area, person, running

MODULE = TrainingModule.ENGAGING_PARENTS
BY = "staff-" + "0" * 32


@pytest.fixture
async def workforce(databases: Any) -> AsyncIterator[Workforce]:
    async with running(databases, area(smallest_group=3), agency()) as service:
        yield service


async def booked(workforce: Workforce, session: str, own_id: str, key: UUID | None = None, **before: int) -> Booking:
    who = Person(person(own_id), "schools", own_id, f"Name of {own_id}", None)
    scores = {MODULE: before["before"]} if before else None
    sessions = Sessions(workforce.context)
    return await sessions.book(UUID(session), who, Profession.TEACHER, BY, before=scores, key=key)


async def test_of_those_who_ask_at_once_one_gets_the_last_place_and_nobody_two(workforce: Workforce) -> None:
    session, key = await workforce.arrange(places=1), uuid4()
    asked = await asyncio.gather(
        booked(workforce, session, "T1", key),
        booked(workforce, session, "T1", key),
        booked(workforce, session, "T1"),
        *(booked(workforce, session, f"T{number}") for number in range(2, 6)),
        return_exceptions=True,
    )
    # The same form, twice.
    assert [type(each) for each in asked if isinstance(each, BaseException)] == [AlreadySentError]
    rows = await workforce.pool.fetch("SELECT practitioner_id, status FROM place")
    assert Counter(row["status"] for row in rows) == {"booked": 1, "waiting": 4}
    assert len({row["practitioner_id"] for row in rows}) == 5
    (first,) = (row["practitioner_id"] for row in rows if row["status"] == "booked")
    waiting = [each.waiting_position for each in asked if isinstance(each, Booking) and each.waiting_position]
    assert sorted(set(waiting)) == [1, 2, 3, 4]
    # Whoever has the place gives it up: the first who waits has it.
    training = await workforce.pool.fetchval("SELECT training_id FROM place WHERE status = 'booked'")
    sessions = Sessions(workforce.context)
    with pytest.raises(UnknownError):
        await sessions.give_up(UUID(session), training, BY, own=uuid4(), reason="ill")
    changed = await sessions.give_up(UUID(session), training, BY, own=first, reason="ill")
    assert len(changed.moved_up()) == 1
    (gone,) = [each for each in (await workforce.get(f"/sessions/{session}"))["everybody"] if each["reason"]]
    assert (gone["training_id"], gone["reason"]) == (str(training), "ill")


async def test_what_participants_answer_is_counted_together_and_shown_singly_to_the_trainer_alone(
    workforce: Workforce,
) -> None:
    session = await workforce.arrange()
    sessions, follow_ups = Sessions(workforce.context), FollowUps(workforce.context)
    people = {f"T{number}": number for number in (1, 2, 3)}
    trainings = {who: (await booked(workforce, session, who, before=1)).training_id for who in people}
    await workforce.move_to(SESSION_DAY)
    for who, number in people.items():
        scores = {MODULE: 1 + number}
        await sessions.rate(UUID(session), trainings[who], person(who), ConfidenceOccasion.AFTER, scores)
    with pytest.raises(UnknownError):
        await sessions.rate(UUID(session), trainings["T1"], person("T2"), ConfidenceOccasion.AFTER, {MODULE: 5})
    lines = "".join(f"schools,{who},yes\n" for who in people)
    await workforce.attend(session, f"agency,practitioner,attended\n{lines}")
    await workforce.move_to(SESSION_DAY + timedelta(days=200))
    for who in ("T1", "T2"):
        answer = Answer(True, HowOften.MONTHLY, families=4, obstacles=("no-time",), confidence={MODULE: 3})
        await follow_ups.answer(trainings[who], answer, own=person(who))
    with pytest.raises(UnknownError):
        await follow_ups.answer(trainings["T3"], Answer(False, HowOften.NEVER), own=person("T1"))
    async with workforce.pool.acquire() as connection:
        rated = await figures.ratings(connection, AREA)
        counted = await figures.follow_ups(connection, AREA)
    after = mean_change([(each.before or 0, each.after or 0) for each in rated], 3)
    assert after is not None
    assert (after.people, after.mean, round(after.low, 3)) == (3, 2, -0.484)
    assert mean_change([(each.before or 0, each.later) for each in rated if each.later], 3) is None
    assert counted == {
        "answered": 2,
        "asked": 3,
        "used": 2,
        "families": 8,
        "said_families": 2,
        "obstacles": {"no-time": 2},
    }
    # The trainer sees who answered what, the area's administrator that somebody did.
    for role, sees in ((Role.TRAINER, True), (Role.AREA_ADMINISTRATOR, False)):
        headers = signed_in("lee", role, areas=[AREA])
        shown = (await workforce.http.get(f"/sessions/{session}", headers=headers)).json()["everybody"]
        assert all(("confidence" in each) is sees for each in shown)
        items = (await workforce.http.get("/follow-ups", params={"status": "answered"}, headers=headers)).json()[
            "items"
        ]
        assert len(items) == 2
        assert all(("families" in each) is sees for each in items)


async def test_sessions_are_read_a_page_at_a_time_the_latest_past_one_first(workforce: Workforce) -> None:
    days = [SESSION_DAY + timedelta(days=number // 2) for number in range(7)]
    for day in days:
        await workforce.arrange(days=[str(day)])
    today = SESSION_DAY + timedelta(days=90)
    seen: list[Any] = []
    after: Any = None
    async with workforce.pool.acquire() as connection:
        while found := await queries.page(connection, past=True, today=today, areas=[AREA], after=after, limit=3):
            seen += [(each["days"][0], each["session_id"]) for each in found]
            after = seen[-1]
        to_come = await queries.page(connection, past=False, today=today, areas=None, after=None, limit=3)
    assert seen == sorted(seen, reverse=True)
    assert sorted(day for day, _ in seen) == days
    assert to_come == []
