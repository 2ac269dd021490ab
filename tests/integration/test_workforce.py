"""Training on a real database: places, attendance, certificates, confidence, follow-ups and champions."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from services.workforce.domain.session import replay
from services.workforce.repository import sessions
from shared.access.roles import Role
from shared.service.staff import Staff
from tests.support.identity import recorded, signed_in
from tests.support.workforce_service import (
    AREA,
    MODULES,
    NAME,
    OTHER_AREA,
    SESSION_DAY,
    Workforce,
    agency,
    area,
    person,
    running,
)

HEAD = "agency,practitioner,name,email,profession,attended,before_engaging-parents,after_engaging-parents"


@pytest.fixture
async def workforce(databases: Any) -> AsyncIterator[Workforce]:
    async with running(databases) as service:
        yield service


async def test_a_practitioners_way_from_a_place_to_a_year_later(workforce: Workforce) -> None:
    session = await workforce.arrange()
    place = await workforce.book(session, "T1")
    assert place["status"] == "booked"
    await workforce.move_to(SESSION_DAY)
    came = await workforce.attend(session, f"{HEAD}\nschools,T1,,,,yes,2,4\n")
    (number,) = came["certificates"]
    shown = await workforce.get(f"/certificates/{number}")
    assert shown["status"] == "valid"
    assert (shown["name"], shown["email"], shown["practitioner"]) == ("Name of T1", "T1@example.org", "T1")
    assert shown["modules"] == MODULES

    (completed,) = await workforce.published("training-completed")
    assert completed["practitioner_id"] == str(person("T1"))
    assert completed["completed_on"] == SESSION_DAY.isoformat()
    assert completed["valid_until"] is None
    ratings = [
        (each["occasion"], each["score"], each["instrument"]) for each in await workforce.published("confidence-rated")
    ]
    assert ratings == [("before", 2, "practitioner-confidence"), ("after", 4, "practitioner-confidence")]

    answer = {"used": True, "how_often": "weekly", "trains_others": True, "confidence": {"engaging-parents": 5}}
    path = f"/follow-ups/{place['training_id']}"
    await workforce.move_to(date(2041, 10, 14))
    assert "opens on 2041-10-15" in (await workforce.post(path, answer, 409))["detail"]
    assert (await workforce.get("/follow-ups"))["items"] == []
    await workforce.move_to(date(2041, 10, 15))
    (asked,) = (await workforce.get("/follow-ups"))["items"]
    assert (asked["name"], asked["status"]) == ("Name of T1", "open")
    await workforce.post(path, answer)
    assert [each["used"] for each in await workforce.published("training-follow-up-answered")] == [True]

    found = await workforce.get("/summary", area=AREA)
    (confidence,) = found["confidence"]
    # One person is fewer than the area's smallest group.
    assert (confidence["practitioners"], confidence["before"], found["follow_ups"]["used"]) == (1, None, None)
    await workforce.register(area(smallest_group=1))
    found = await workforce.get("/summary", area=AREA)
    (confidence,) = found["confidence"]
    assert (confidence["before"], confidence["after"], confidence["later"]) == (2.0, 4.0, 5.0)
    assert (confidence["confident_before"], confidence["confident_after"]) == (0.0, 1.0)
    assert found["follow_ups"]["used"] == found["follow_ups"]["weekly"] == found["follow_ups"]["train_others"] == 1
    assert found["trained_by_profession"] == [{"profession": "teacher", "trained": 1}]


async def test_who_is_not_asked_in_time_is_not_asked_any_more(workforce: Workforce) -> None:
    session = await workforce.arrange()
    place = await workforce.book(session, "T1")
    await workforce.move_to(SESSION_DAY)
    await workforce.attend(session, f"{HEAD}\nschools,T1,,,,yes,,\n")
    await workforce.move_to(date(2042, 4, 14))
    assert [each["status"] for each in (await workforce.get("/follow-ups"))["items"]] == ["open"]
    await workforce.move_to(date(2042, 4, 15))
    assert (await workforce.get("/follow-ups"))["items"] == []
    closed = (await workforce.get("/follow-ups", status="unanswered"))["items"]
    assert [each["training_id"] for each in closed] == [place["training_id"]]
    answer = {"used": False, "how_often": "never"}
    assert (
        "closed on 2042-04-15" in (await workforce.post(f"/follow-ups/{place['training_id']}", answer, 409))["detail"]
    )


async def test_corrected_attendance_takes_everything_back(workforce: Workforce) -> None:
    session = await workforce.arrange()
    await workforce.book(session, "T1")
    await workforce.move_to(SESSION_DAY)
    (number,) = (await workforce.attend(session, f"{HEAD}\nschools,T1,,,,yes,2,4\n"))["certificates"]
    await workforce.attend(session, f"{HEAD}\nschools,T1,,,,no,,\n")
    assert (await workforce.get(f"/certificates/{number}"))["status"] == "withdrawn"
    assert len(await workforce.published("training-withdrawn")) == 1
    assert await workforce.pool.fetchval("SELECT count(*) FROM due") == 0
    assert [each["status"] for each in (await workforce.get("/follow-ups", status="withdrawn"))["items"]] == [
        "withdrawn"
    ]
    (again,) = (await workforce.attend(session, f"{HEAD}\nschools,T1,,,,yes,2,4\n"))["certificates"]
    assert again != number
    assert (await workforce.get(f"/certificates/{again}"))["status"] == "valid"
    assert (await workforce.get(f"/certificates/{number}"))["status"] == "withdrawn"


async def test_the_same_list_again_changes_nothing(workforce: Workforce) -> None:
    session = await workforce.arrange()
    await workforce.book(session, "T1")
    await workforce.move_to(SESSION_DAY)
    text = f"{HEAD}\nschools,T1,,,,yes,2,4\nschools,T2,Second,t2@example.org,teacher,partly,,\n"
    await workforce.attend(session, text)
    before = await workforce.state()
    assert (await workforce.attend(session, text))["changed"] == 0
    assert await workforce.state() == before


async def test_a_broken_list_changes_nothing_and_every_line_and_field_is_named(workforce: Workforce) -> None:
    session = await workforce.arrange(places=3)
    await workforce.book(session, "T1")
    await workforce.move_to(SESSION_DAY)
    before = await workforce.state()
    text = "\n".join(
        (
            HEAD,
            "schools,T1,,,,yes,2,4",
            "schools,T2,Secret Name,,teacher,maybe,2,4",
            "schools,,Secret Name,,teacher,yes,2,four",
            "",
            "schools,T3,Secret Name,,wizard,yes,,",
        )
    )
    answer = await workforce.attend(session, text, 422)
    assert [error["field"] for error in answer["errors"]] == [
        "line 3 attended",
        "line 4 practitioner",
        "line 4 after_engaging-parents",
        "line 6 profession",
    ]
    rules = "\n".join(
        (
            HEAD,
            "schools,T1,,,,yes,2,9",
            "elsewhere,T2,Secret Name,,teacher,yes,,",
            "schools,T1,,,,yes,2,4",
            "schools,T4,,,,no,,",
        )
    )
    answer |= {"more": await workforce.attend(session, rules, 422)}
    assert [error["field"] for error in answer["more"]["errors"]] == [
        "line 2 after_engaging-parents",
        "line 3 agency",
        "line 5 attended",
        "line 4 practitioner",
    ]
    assert "Secret" not in str(answer)
    crowd = "\n".join((HEAD, *(f"schools,W{n},Walks in,,teacher,yes,," for n in range(3))))
    assert "one too many for 3 places" in str(await workforce.attend(session, crowd, 422))
    for unread in (b"\xff\xfe", b"", b"name\nx\n", f"{HEAD}\n".encode(), b'agency,practitioner,attended\n"a,b,c\n'):
        response = await workforce.http.post(f"/sessions/{session}/attendance", content=unread)
        assert response.status_code == 422
    assert await workforce.state() == before


async def test_spreadsheets_semicolons_and_marks_are_read(workforce: Workforce) -> None:
    session = await workforce.arrange()
    await workforce.move_to(SESSION_DAY)
    text = '\ufeffagency;practitioner;name;attended\r\nschools;T 1;"Doe; Jo";yes\r\n;;;\r\n'
    assert (await workforce.attend(session, text))["lines"] == 1
    (everybody,) = (await workforce.get(f"/sessions/{session}"))["everybody"]
    assert (everybody["name"], everybody["practitioner"], everybody["profession"]) == ("Doe; Jo", "T 1", "other")


async def test_places_are_never_given_twice_however_many_ask_at_once(workforce: Workforce) -> None:
    session = await workforce.arrange(places=3)
    answers = await asyncio.gather(*(workforce.book(session, f"T{n}") for n in range(8)))
    assert sorted(each["status"] for each in answers) == ["booked"] * 3 + ["waiting"] * 5
    assert sorted(each["waiting_position"] for each in answers if each["status"] == "waiting") == [1, 2, 3, 4, 5]
    booked = [each["training_id"] for each in answers if each["status"] == "booked"]
    waiting = {each["waiting_position"]: each["training_id"] for each in answers if each["status"] == "waiting"}
    given_up = await asyncio.gather(
        *(workforce.post(f"/sessions/{session}/places/{each}/give-up") for each in booked[:2])
    )
    assert {each for answer in given_up for each in answer["moved_up"]} == {waiting[1], waiting[2]}
    await workforce.post(f"/sessions/{session}/number-of-places", {"places": 2}, 422)
    raised = await workforce.post(f"/sessions/{session}/number-of-places", {"places": 5})
    assert raised["moved_up"] == [waiting[3], waiting[4]]


async def test_the_database_itself_gives_no_place_too_many_and_keeps_the_history(workforce: Workforce) -> None:
    session = await workforce.arrange(places=1)
    await workforce.book(session, "T1")
    waits = (await workforce.book(session, "T2"))["training_id"]
    with pytest.raises(asyncpg.CheckViolationError, match="never_more_than_places"):
        await workforce.pool.execute("UPDATE place SET status = 'booked' WHERE training_id = $1", waits)
    with pytest.raises(asyncpg.RaiseError, match="only added to"):
        await workforce.pool.execute("DELETE FROM session_history")


async def test_the_history_alone_explains_a_session(workforce: Workforce) -> None:
    session = await workforce.arrange(places=2)
    first = await workforce.book(session, "T1")
    for own_id in ("T2", "T3", "T4"):
        await workforce.book(session, own_id)
    await workforce.post(f"/sessions/{session}/places/{first['training_id']}/give-up")
    await workforce.book(session, "T1")
    await workforce.post(f"/sessions/{session}/number-of-places", {"places": 3})
    await workforce.move_to(SESSION_DAY)
    await workforce.attend(session, f"{HEAD}\nschools,T2,,,,yes,2,4\nschools,T3,,,,no,,\nschools,T9,New,,,yes,,\n")
    async with workforce.pool.acquire() as connection, connection.transaction():
        current = await sessions.lock(connection, session)
        again = replay(current.session_id, await sessions.history(connection, session))
    assert again == current
    assert {row["by"] for row in await workforce.pool.fetch("SELECT by FROM session_history")} == {
        Staff(workforce.pool, workforce.keyring).id_of(recorded(NAME))
    }


async def test_a_session_called_off_leaves_nobody_a_place(workforce: Workforce) -> None:
    session = await workforce.arrange(places=1)
    await workforce.book(session, "T1")
    await workforce.book(session, "T2")
    assert (await workforce.post(f"/sessions/{session}/call-off"))["given_up"] == 2
    assert "called off" in (await workforce.book(session, "T3", 409))["detail"]
    assert "called off" in (await workforce.attend(session, f"{HEAD}\nschools,T1,,,,yes,,\n", 409))["detail"]


async def test_what_has_been_held_cannot_be_called_off_or_booked(workforce: Workforce) -> None:
    session = await workforce.arrange()
    await workforce.book(session, "T1")
    await workforce.move_to(SESSION_DAY)
    await workforce.attend(session, f"{HEAD}\nschools,T1,,,,yes,,\n")
    await workforce.post(f"/sessions/{session}/call-off", status=409)
    await workforce.move_to(SESSION_DAY + timedelta(days=1))
    assert "has been held" in (await workforce.book(session, "T2", 409))["detail"]


async def test_attendance_is_not_known_before_the_last_day(workforce: Workforce) -> None:
    days = [SESSION_DAY, SESSION_DAY + timedelta(days=7)]
    session = await workforce.arrange(days=[day.isoformat() for day in days])
    await workforce.book(session, "T1")
    await workforce.move_to(days[0])
    answer = await workforce.attend(session, f"{HEAD}\nschools,T1,,,,yes,,\n", 422)
    assert answer["errors"][0]["field"] == "line 2 attended"
    await workforce.move_to(days[1])
    await workforce.attend(session, f"{HEAD}\nschools,T1,,,,yes,,\n")


async def test_e_learning_is_completed_on_a_day_of_ones_own(workforce: Workforce) -> None:
    window = ["2041-03-01", "2041-12-31"]
    session = await workforce.arrange(days=window, delivery="e-learning")
    await workforce.book(session, "T1")
    head = "agency,practitioner,attended,completed_on"
    assert "completed_on" in str(await workforce.attend(session, f"{head}\nschools,T1,yes,\n", 422))
    assert "completed_on" in str(await workforce.attend(session, f"{head}\nschools,T1,yes,2041-03-04\n", 422))
    await workforce.attend(session, f"{head}\nschools,T1,yes,2041-03-02\n")
    assert [each["completed_on"] for each in await workforce.published("training-completed")] == ["2041-03-02"]


async def test_a_region_trains_together(databases: Any) -> None:
    entries = (area(), area(OTHER_AREA), agency(), agency("police", (OTHER_AREA,)), agency("far", ("E06000001",)))
    async with running(databases, *entries) as workforce:
        regional = await workforce.arrange(areas=["E10000014", OTHER_AREA])
        await workforce.book(regional, "T1")
        await workforce.book(regional, "P1", agency="police")
        assert "agency" in str(await workforce.book(regional, "F1", 422, agency="far"))
        local = await workforce.arrange()
        assert "agency" in str(await workforce.book(local, "P1", 422, agency="police"))


async def test_champions_are_named_once_and_stand_down(workforce: Workforce) -> None:
    body = {"agency": "schools", "practitioner": "T1", "name": "Name of T1"}
    await workforce.post("/champions", body)
    await workforce.post("/champions", body)
    assert [each["name"] for each in (await workforce.get("/champions"))["items"]] == ["Name of T1"]
    assert len(await workforce.published("champion-named")) == 1
    await workforce.post("/champions/stand-down", {"agency": "schools", "practitioner": "T1"})
    await workforce.post("/champions/stand-down", {"agency": "schools", "practitioner": "T1"}, 409)
    assert (await workforce.get("/champions"))["items"] == []


async def test_a_session_arranged_again_under_its_id_is_the_same(workforce: Workforce) -> None:
    same = str(uuid4())
    assert await workforce.arrange(session_id=same) == await workforce.arrange(session_id=same) == same
    other = {"session_id": same, "modules": MODULES, "areas": ["E10000014"], "days": ["2041-05-05"]}
    await workforce.post("/sessions", other | {"delivery": "online", "delivered_by": "amity", "places": 3}, 409)
    assert len((await workforce.get("/sessions"))["items"]) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"places": 0}, "places"),
        ({"modules": ["magic"]}, "modules.0"),
        ({"areas": ["E99999999"]}, "areas"),
        ({"days": ["2041-04-15", "2041-04-15"]}, "days"),
        ({"color": "red"}, "color"),
    ],
)
async def test_a_session_that_cannot_be(workforce: Workforce, change: dict[str, Any], field: str) -> None:
    # An area that is theirs at the identity provider, and none of the directory's.
    workforce.http.headers.update(signed_in(NAME, Role.TRAINER, areas=[AREA, "E99999999"]))
    fields = {"modules": MODULES, "areas": ["E10000014"], "days": ["2041-04-15"], "delivery": "online"}
    answer = await workforce.post("/sessions", fields | {"delivered_by": "amity", "places": 3} | change, 422)
    assert [error["field"] for error in answer["errors"]] == [field]


async def test_nobody_without_the_token_and_no_name_in_clear(workforce: Workforce, caplog: Any) -> None:
    session = await workforce.arrange(trainer={"agency": "schools", "practitioner": "T0", "name": "Tracy Trainer"})
    await workforce.book(session, "T1")
    await workforce.move_to(SESSION_DAY)
    await workforce.attend(session, f"{HEAD}\nschools,T1,,,,yes,2,4\nschools,T2,Second Name,two@example.org,,yes,,\n")
    await workforce.post("/champions", {"agency": "schools", "practitioner": "T1"})
    everything = ""
    for table in await workforce.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        rows = await workforce.pool.fetch(f"SELECT t::text AS row FROM {table['tablename']} AS t")  # noqa: S608
        everything += "\n".join(row["row"] for row in rows)
    everything += "\n".join(
        bytes(row["value"]).decode() for row in await workforce.pool.fetch("SELECT value FROM outbox")
    )
    for secret in ("Name of", "Second Name", "Tracy", "@example.org"):
        assert secret not in everything
        assert secret not in caplog.text
    for path in (
        "/modules",
        "/sessions",
        f"/sessions/{session}",
        "/follow-ups",
        "/untrained",
        "/champions",
        "/summary",
    ):
        assert (await workforce.http.get(path, headers={"authorization": "Bearer other"})).status_code == 401


async def test_an_erased_practitioner_stays_counted_and_nameless(workforce: Workforce) -> None:
    session = await workforce.arrange()
    await workforce.book(session, "E1")
    admin = await asyncpg.connect(workforce.admin_keyring_url)
    try:
        await admin.execute("UPDATE data_key SET wrapped = NULL, erased_at = now() WHERE subject = $1", person("E1"))
    finally:
        await admin.close()
    workforce.keyring._remembered.clear()  # as after a minute
    await workforce.move_to(SESSION_DAY)
    await workforce.attend(session, f"{HEAD}\nschools,E1,Name again,,,yes,,\n")
    (everybody,) = (await workforce.get(f"/sessions/{session}"))["everybody"]
    assert (everybody["status"], everybody["name"], everybody["email"]) == ("completed", None, None)
