"""Who has left is erased: a practitioner's name and address, the name of one of ours; what they did stays by an id."""

import asyncio
import base64
from collections.abc import AsyncIterator
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from dateutil.relativedelta import relativedelta

from deploy.stack.erased_keys import clear_erased_keys
from deploy.stack.home import Stack
from deploy.stack.services import KEYRING_DATABASE
from deploy.stack.worker_uses import uses_of
from services.workforce.handlers.erasures import PractitionerRetention, WorkerErasures
from shared.access.roles import Role
from shared.contracts.base import Sealed
from shared.contracts.practitioners import practitioner_id
from shared.contracts.workforce import WorkerErasureReason
from shared.messaging.timers.clock import Clock
from shared.postgres.pool import open_pool
from shared.privacy.sealing import CannotOpenError
from shared.service.staff import FORMER, Staff, StaffRetention
from tests.support import screening_records, screening_service, workforce_service
from tests.support.at_rest import found_in, pieces, rows
from tests.support.databases import connected
from tests.support.event_traffic import eventually, read_to_end, relaying
from tests.support.identity import recorded, signed_in
from tests.support.workforce_service import AREA, SESSION_DAY, Workforce, agency, area

ADMINISTRATOR = signed_in("an administrator", Role.AREA_ADMINISTRATOR, areas=[AREA])
OPERATOR = signed_in("an operator", Role.OPERATOR)
HEAD = "agency,practitioner,name,email,profession,attended,before_engaging-parents,after_engaging-parents"


@pytest.fixture
async def workforce(databases: Any) -> AsyncIterator[Workforce]:
    async with workforce_service.running(databases) as service:
        yield service


def _who(workforce: Workforce) -> WorkerErasures:
    return WorkerErasures(workforce.context)


async def _wrapped(stack: Stack, subject: UUID) -> bytes | None:
    async with connected(stack.admin_database_url(KEYRING_DATABASE)) as admin:
        found: bytes | None = await admin.fetchval("SELECT wrapped FROM data_key WHERE subject = $1", subject)
        return found


async def test_nothing_of_a_practitioner_who_has_left_can_be_read_anywhere(stack: Stack, workforce: Workforce) -> None:
    mark = f"Leaver{uuid4().hex}"
    own_id, session = mark, await workforce.arrange()
    person = {"agency": "schools", "practitioner": own_id}
    subject = practitioner_id("schools", own_id)
    place = await workforce.book(session, own_id)
    await workforce.screened(await workforce.screening_by(own_id, date(2041, 3, 1)))
    successor = {"practitioner": f"S{mark}", "name": "Next", "email": "next@example.org", "role": "teacher"}
    workforce.http.headers.update(ADMINISTRATOR)

    held = await workforce.post("/practitioners/held", person)
    assert (held["sealed"], held["screenings"], held["booked"], held["erased"]) == (2, 1, 1, None)
    refused = await workforce.post("/practitioners/erase", person | {"reason": "has-left"}, 409)
    assert "Give the place up first" in refused["detail"]
    # Somebody hands over to them, so that a box of theirs goes to Kafka.
    former = {"agency": "schools", "practitioner": f"F{mark}", "to": successor | {"practitioner": own_id}}
    await workforce.post("/practitioners/hand-over", former)
    await workforce.post(f"/sessions/{session}/places/{place['training_id']}/give-up")
    before = {
        table: await workforce.pool.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - below
        for table in ("screening", "place", "session_history")
    }
    box = Sealed.model_validate(
        await workforce.pool.fetchval("SELECT screened_as FROM practitioner WHERE practitioner_id = $1", subject)
    )
    opened = (await workforce.keyring.for_opening([box])).open(box)
    assert opened["name"] == f"Name of {own_id}"
    wrapped = await _wrapped(stack, subject)
    assert wrapped is not None
    async with relaying(stack, "workforce"):
        await eventually(lambda: _is_empty(workforce))
    on_topic = [each.value() for each in read_to_end(stack, "practitioner-handed-over")]
    assert any(str(subject).encode() in value for value in on_topic), "a box is on a topic"

    done = await workforce.post("/practitioners/erase", person | {"reason": "has-left"})
    assert (done["erased"]["reason"], done["erased"]["finished"]) == ("has-left", True)
    again = await workforce.post("/practitioners/erase", person | {"reason": "objection"})
    assert again == done, "who was erased stays so"

    await clear_erased_keys(stack.admin_database_url(KEYRING_DATABASE))
    marks = [own_id, f"Name of {own_id}", f"{own_id}@example.org"]
    assert not found_in([*pieces(stack), *await rows(stack)], marks), "no name in a heap, log, segment or file"
    forms = (wrapped, wrapped.hex().encode(), base64.b64encode(wrapped)[:-4])
    assert not [where for _, where, content in pieces(stack) if any(form in content for form in forms)]
    workforce.keyring.forget()
    with pytest.raises(CannotOpenError):
        (await workforce.keyring.for_opening([box])).open(box)
    # What they did stays.
    assert before == {
        table: await workforce.pool.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - above
        for table in before
    }
    assert (await uses_of(stack, subject, "practitioner-id"))["workforce"] >= 3
    shown = (await workforce.get(f"/sessions/{session}"))["everybody"]
    assert [(each["name"], each["practitioner"]) for each in shown] == [(None, None)]
    # Who is booked or screens under the same id again stays without a name, and is not lost.
    await workforce.screened(await _screened_again(workforce, own_id))
    await workforce.book(session, own_id)
    assert (await workforce.get(f"/sessions/{session}"))["everybody"][-1]["name"] is None
    assert not found_in(await rows(stack), marks)


async def test_a_practitioner_is_erased_where_one_connection_is_all_that_is_left(
    stack: Stack, workforce: Workforce
) -> None:
    await workforce.screened(await workforce.screening_by(f"only{uuid4()}", date(2041, 3, 1)))
    subject = await workforce.pool.fetchval("SELECT practitioner_id FROM practitioner")
    pool = await open_pool(stack.database_url("workforce"), connections=1, name="test")
    try:
        context = replace(workforce.context, pool=pool)
        async with asyncio.timeout(10):
            done = await WorkerErasures(context).erase_practitioner(subject, WorkerErasureReason.HAS_LEFT, "x")
        assert (done.subject, done.finished_at is None) == (subject, False)
    finally:
        pool.terminate()


async def _is_empty(workforce: Workforce) -> bool:
    return not await workforce.pool.fetchval("SELECT count(*) FROM outbox")


async def _screened_again(workforce: Workforce, own_id: str) -> Any:
    """What screening publishes of somebody whose key was erased."""
    person = practitioner_id("schools", own_id)
    event = await workforce.screening_by(f"T{uuid4()}", date(2041, 3, 2))
    keys = await workforce.keyring.for_sealing([person], "practitioner")
    sealed = keys.seal_or_empty(person, "practitioner", {"name": "again", "email": None})
    ref = event.practitioner.model_copy(update={"practitioner_id": person, "sealed": sealed})
    return event.model_copy(update={"practitioner": ref})


async def test_a_family_is_screened_by_somebody_who_was_erased_as_by_anybody(databases: Any, stack: Stack) -> None:
    """A sign of abuse is not lost because its sender's name is not kept."""
    service = await screening_service.started(databases)
    worker = f"w-{uuid4()}"
    # Copies: one of them is changed below, and other tests have these people too.
    records = [deepcopy(screening_records.screening()) for _ in range(2)]
    for at, each in enumerate(records):
        each["practitioner"] = {**each["practitioner"], "id": worker}
        each["family_ref"] = f"F-{at}-{worker}"
    await service.send_each(records[0])
    async with connected(stack.admin_database_url(KEYRING_DATABASE)) as admin:
        statement = "UPDATE data_key SET wrapped = NULL, erased_at = now() WHERE subject = $1"
        assert await admin.execute(statement, practitioner_id(records[0]["agency"], worker)) == "UPDATE 1"
    service.database.keyring.forget()
    records[1]["parents"][0]["conversation"]["answers"]["physical-harm"] = "yes"
    await service.send_each(records[1])
    assert await service.dead() == []
    first, second = await service.sent("screening-completed")
    assert (first["decision"], second["decision"]) == ("refer", "domestic-abuse-pathway")
    assert second["practitioner"]["practitioner_id"] == first["practitioner"]["practitioner_id"]


async def test_the_name_of_one_of_ours_is_erased_everywhere_and_reads_as_a_former_member(
    stack: Stack, databases: Any, workforce: Workforce
) -> None:
    name = f"Leaving {uuid4()}"
    session = await workforce.arrange()
    workforce.http.headers.update(signed_in(name, Role.TRAINER, areas=[AREA]))
    await workforce.post(f"/sessions/{session}/call-off")
    staff = Staff(workforce.pool, workforce.keyring)
    who = staff.id_of(recorded(name))
    other = await databases("referral")
    elsewhere = Staff(other.pool, other.keyring)
    await elsewhere.acts(recorded(name))
    stays = await elsewhere.acts(recorded(f"Staying {uuid4()}"))
    for role in set(Role) - {Role.OPERATOR}:
        headers = signed_in("somebody", role, areas=[AREA])
        for path in ("/staff/held", "/staff/erase"):
            refused = await workforce.http.post(path, json={"staff_id": who, "reason": "has-left"}, headers=headers)
            assert refused.status_code == 403, role

    workforce.http.headers.update(OPERATOR)
    assert (await workforce.post("/staff/held", {"name": recorded(name)}))["known"] is True
    nobody = await workforce.post("/staff/erase", {"name": "never was", "reason": "has-left"}, 404)
    assert "ever acted" in nobody["detail"]
    await workforce.post("/staff/held", {"name": "stack:machinery"}, 422)
    done = await workforce.post("/staff/erase", {"name": recorded(name), "reason": "has-left"})
    assert done["erased"]["finished"] is True

    elsewhere = Staff(other.pool, other.keyring)
    other.keyring.forget()
    shown = await elsewhere.with_names(f'{{"who":"{who}","other":"{stays}"}}'.encode())
    assert f"{FORMER} ({who})" in shown.decode()
    assert "Staying" in shown.decode()
    boxes = StaffRetention(other.pool, other.keyring, "referral")
    now = Clock("wall").now()
    assert await boxes.due(now) == await boxes.apply(now) == {"": 1}
    assert await boxes.due(now) == {}
    left = [row["staff_id"] for row in await other.pool.fetch("SELECT staff_id FROM staff")]
    assert left == [stays]
    assert f"{FORMER} ({who})" in (await elsewhere.with_names(f'"{who}"'.encode())).decode()
    assert await elsewhere.acts(recorded(name)) == who, "their id, without a name"
    assert [row["staff_id"] for row in await other.pool.fetch("SELECT staff_id FROM staff")] == [stays]
    await clear_erased_keys(stack.admin_database_url(KEYRING_DATABASE))
    assert not found_in([*pieces(stack), *await rows(stack)], [name])
    assert (await uses_of(stack, UUID(hex=who.removeprefix("staff-")), "staff-id"))["workforce"] >= 1


async def test_names_go_when_each_area_s_time_is_over_and_a_backup_brings_none_back(
    stack: Stack, workforce: Workforce
) -> None:
    other_area = workforce_service.OTHER_AREA
    await workforce.register(
        area() | {"practitioner_retention_months": 12, "certificate_retention_months": 36},
        area(other_area) | {"practitioner_retention_months": 60},
        agency(),
        agency("wide", (AREA, other_area)),
    )
    screened = date(2041, 3, 1)
    people = {each: f"{each}-{uuid4()}" for each in ("screened", "trained", "champion", "wide")}
    for each in ("screened", "champion"):
        await workforce.screened(await workforce.screening_by(people[each], screened))
    await workforce.screened(await workforce.screening_by(people["wide"], screened, agency="wide"))
    session = await workforce.arrange()
    await workforce.book(session, people["trained"])
    await workforce.post("/champions", {"agency": "schools", "practitioner": people["champion"]})
    await workforce.move_to(SESSION_DAY)
    await workforce.attend(session, f"{HEAD}\nschools,{people['trained']},,,,yes,2,4\n")

    retention = PractitionerRetention(workforce.context, _who(workforce))

    async def gone_by(day: date) -> dict[str, int]:
        await workforce.move_to(day)
        assert await retention.due(workforce.clock.now(), [other_area]) == {}
        due = await retention.due(workforce.clock.now())
        assert await retention.apply(workforce.clock.now()) == due
        return dict(due)

    assert await gone_by(screened + relativedelta(months=12)) == {}, "the last day is still theirs"
    assert await gone_by(screened + relativedelta(months=12, days=1)) == {AREA: 1}
    # Trained on SESSION_DAY, with a certificate that does not lapse: it counts from then.
    assert await gone_by(SESSION_DAY + relativedelta(months=36)) == {}
    assert await gone_by(SESSION_DAY + relativedelta(months=36, days=1)) == {AREA: 1}
    assert await gone_by(screened + relativedelta(months=60)) == {}
    assert await gone_by(screened + relativedelta(months=60, days=1)) == {AREA: 1}
    assert await gone_by(screened + timedelta(days=20_000)) == {}, "a champion is still one"
    found = await workforce.pool.fetch("SELECT subject, reason, by FROM worker_erasure")
    assert {row["subject"] for row in found} == {
        practitioner_id("wide" if each == "wide" else "schools", people[each])
        for each in ("screened", "trained", "wide")
    }
    assert {(row["reason"], row["by"]) for row in found} == {("retention-ended", "stack:retention")}

    # A keyring from a backup: a key that the records say was erased is there.
    back = uuid4()
    await workforce.keyring.for_sealing([back], "practitioner")
    await workforce.pool.execute(
        "INSERT INTO worker_erasure VALUES ($1, 'practitioner', '{}', 'has-left', 'x', now(), now())", back
    )
    assert await _who(workforce).once() == 1
    assert await _wrapped(stack, back) is None
    with pytest.raises(asyncpg.RaiseError, match="only added to"):
        await workforce.pool.execute("DELETE FROM worker_erasure")
