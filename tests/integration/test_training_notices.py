"""Whoever signs up for a training is written to while it is still so, once each, and sealed, on real PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.base import Sealed
from tests.support.workforce_service import SESSION_DAY, TODAY, Workforce, person, running

KINDS = ("training-place-confirmed", "training-comes-up", "training-called-off", "training-moved", "certificate-issued")
HEAD = "agency,practitioner,name,email,attended"
HOME = "/workforce/pages/my-training"


@pytest.fixture
async def workforce(databases: Any) -> AsyncIterator[Workforce]:
    async with running(databases) as service:
        yield service


async def written(workforce: Workforce) -> list[tuple[str, str]]:
    """Every notice that was published until now, as its kind and the name of whom it is for."""
    await workforce.timers.fire()
    found = [each for each in await workforce.published() if each["kind"] in KINDS]
    boxes = [Sealed.model_validate(each["sealed"]) for each in found]
    keys = await workforce.keyring.for_opening(boxes)
    assert [str(box.subject) for box in boxes] == [each["practitioner_id"] for each in found]
    return [(each["kind"], keys.open(box)["name"].split()[-1]) for each, box in zip(found, boxes, strict=True)]


async def test_who_has_a_place_is_written_to_and_reminded_on_the_day_before(workforce: Workforce) -> None:
    session = await workforce.arrange(places=1)
    place = await workforce.book(session, "T1")
    await workforce.book(session, "T1")
    await workforce.book(session, "T2")
    await workforce.book(await workforce.arrange(), "T3", email=None)
    # Who waits has no place, and T3 no address.
    assert await written(workforce) == [("training-place-confirmed", "T1")]
    (event,) = await workforce.published("training-place-confirmed")
    assert (event["day"], event["delivery"]) == (SESSION_DAY.isoformat(), "in-person")
    assert event["page"] == f"{HOME}/{place['training_id']}/give-up"
    assert event["practitioner_id"] == str(person("T1"))
    rows = await workforce.pool.fetch("SELECT topic, convert_from(value, 'UTF8') AS value FROM outbox")
    assert {row["topic"] for row in rows if "sealed" in row["value"]} == {"training-reminders"}
    assert not [row for row in rows if "@example.org" in row["value"] or "Name of" in row["value"]]
    # Whoever moves up has a place from then on, and who gave theirs up is reminded of nothing.
    await workforce.post(f"/sessions/{session}/places/{place['training_id']}/give-up")
    assert (await written(workforce))[1:] == [("training-place-confirmed", "T2")]
    await workforce.move_to(SESSION_DAY - timedelta(days=2))
    assert await workforce.published("training-comes-up") == []
    await workforce.move_to(SESSION_DAY - timedelta(days=1))
    await workforce.move_to(SESSION_DAY)
    assert (await written(workforce))[2:] == [("training-comes-up", "T2")]


async def test_a_late_timer_reminds_nobody_of_what_has_begun(workforce: Workforce) -> None:
    await workforce.book(await workforce.arrange(), "T1")
    await workforce.move_to(SESSION_DAY + timedelta(days=1))
    assert await workforce.published("training-comes-up") == []


async def test_who_books_on_the_day_before_is_not_reminded_as_well(workforce: Workforce) -> None:
    session = await workforce.arrange(days=[(TODAY + timedelta(days=1)).isoformat()])
    await workforce.book(session, "T1")
    await workforce.move_to(TODAY + timedelta(days=1))
    assert await written(workforce) == [("training-place-confirmed", "T1")]


async def test_where_a_session_is_called_off_everybody_is_written_to_and_nobody_reminded(
    workforce: Workforce,
) -> None:
    session = await workforce.arrange(places=2)
    gone = await workforce.book(session, "T0")
    await workforce.book(session, "T1")
    await workforce.post(f"/sessions/{session}/places/{gone['training_id']}/give-up")
    await workforce.book(session, "T2")
    await workforce.book(session, "T3")
    await written(workforce)
    await workforce.post(f"/sessions/{session}/call-off")
    await workforce.move_to(SESSION_DAY)
    off = [name for kind, name in await written(workforce) if kind == "training-called-off"]
    assert sorted(off) == ["T1", "T2", "T3"]
    assert await workforce.published("training-comes-up") == []
    assert {each["page"] for each in await workforce.published("training-called-off")} == {HOME}


async def test_where_a_session_is_moved_everybody_is_written_to_and_reminded_of_the_new_day(
    workforce: Workforce,
) -> None:
    session = await workforce.arrange(places=1, venue="Room 1")
    await workforce.book(session, "T1")
    await workforce.book(session, "T2")
    await written(workforce)
    assert [each["venue"] for each in await workforce.published("training-place-confirmed")] == ["Room 1"]
    await workforce.move_to(SESSION_DAY - timedelta(days=1))
    later = SESSION_DAY + timedelta(days=9)
    body = {"days": [later.isoformat()], "venue": "Room 2"}
    assert (await workforce.post(f"/sessions/{session}/move", body))["moved"] is True
    # The same again moves nothing, and nobody is written to twice.
    assert (await workforce.post(f"/sessions/{session}/move", body))["moved"] is False
    moved = [(kind, name) for kind, name in await written(workforce) if kind == "training-moved"]
    assert sorted(moved) == [("training-moved", "T1"), ("training-moved", "T2")]
    event, _ = await workforce.published("training-moved")
    assert (event["day"], event["venue"], event["delivery"]) == (later.isoformat(), "Room 2", "in-person")
    # Reminded of the first day, they are reminded of the new one too, on the day before it.
    await workforce.move_to(later - timedelta(days=2))
    assert [each["day"] for each in await workforce.published("training-comes-up")] == [SESSION_DAY.isoformat()]
    await workforce.move_to(later)
    days = [each["day"] for each in await workforce.published("training-comes-up")]
    assert days == [SESSION_DAY.isoformat(), later.isoformat()]
    await workforce.move_to(later + timedelta(days=1))
    await workforce.post(f"/sessions/{session}/move", body | {"venue": None}, 409)


async def test_a_session_that_is_over_is_called_off_without_a_mail(workforce: Workforce) -> None:
    session = await workforce.arrange()
    await workforce.book(session, "T1")
    await workforce.move_to(SESSION_DAY - timedelta(days=1))
    await workforce.move_to(SESSION_DAY + timedelta(days=1))
    await workforce.post(f"/sessions/{session}/call-off")
    assert [kind for kind, _ in await written(workforce)] == ["training-place-confirmed", "training-comes-up"]


async def test_who_completed_a_training_is_written_where_their_certificate_is_and_once(workforce: Workforce) -> None:
    session = await workforce.arrange()
    for name in ("T1", "T2", "T3"):
        await workforce.book(session, name)
    await workforce.move_to(SESSION_DAY)
    before = len(await written(workforce))
    lines = f"{HEAD}\nschools,T1,,,yes\nschools,T2,,,no\nschools,T3,,,yes\n"
    await workforce.attend(session, lines)
    # Corrected before anything went out: there is no certificate of T3's.
    await workforce.attend(session, f"{HEAD}\nschools,T3,,,no\n")
    assert (await written(workforce))[before:] == [("certificate-issued", "T1")]
    (event,) = await workforce.published("certificate-issued")
    assert (event["page"], event["day"]) == (f"{HOME}/{event['training_id']}/certificate", SESSION_DAY.isoformat())
    await workforce.attend(session, lines.replace("schools,T3,,,yes\n", ""))
    assert len(await written(workforce)) == before + 1
