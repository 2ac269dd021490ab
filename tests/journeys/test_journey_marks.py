"""A family with marked secrets goes the whole way: after the retention nothing on any disk has one of them in clear."""

import asyncio
import base64
import json
import time
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from confluent_kafka import Producer

from deploy.stack import raw_records
from deploy.stack.home import Stack
from deploy.stack.operator_api import NotFoundError, OperatorClient
from services import TOPOLOGY
from shared.access.roles import Role
from tests.journeys.parties import until
from tests.journeys.people import Family, screening
from tests.journeys.steps import (
    Case,
    a_session_is_planned,
    the_coordinator_agrees_that_it_is_safe_and_appropriate,
    the_practitioner_touches_base_with,
    the_provider_accepts_and_contacts_each_parent,
    the_provider_assesses,
    the_provider_gets_each_parents_details_apart,
    the_session_is_held,
)
from tests.journeys.world import World
from tests.support.at_rest import found_in, pieces, rows

# So short that what was processed is old at once.
SECONDS = 1.0


class Marks:
    """One value for each secret of each person, which stands nowhere else."""

    def __init__(self) -> None:
        self._own = uuid4().hex[:8]
        self.made: list[str] = []

    def make(self, what: str) -> str:
        self.made.append(f"Mark{what.capitalize()}{self._own}")
        return self.made[-1]


def marked(family: Family, world: World, marks: Marks) -> dict[str, Any]:
    """A screening in which whatever is to be sealed has a mark, but for days and codes, which stand in many places."""
    record = screening(family, world.now)
    for at, parent in enumerate(record["parents"]):
        contact, whose = parent["contact"], f"parent{at}"
        contact["email"] = f"{marks.make(f'{whose}email')}@example.org"
        contact["phone"] = f"+44 7700 {marks.make(f'{whose}phone')}"
        contact["safe_times"] = marks.make(f"{whose}times")
        contact["address"] = {"lines": [marks.make(f"{whose}street")], "postcode": marks.make(f"{whose}post")}
        parent["identifiers"] = [{"kind": "other", "value": marks.make(f"{whose}number")}]
    for at, child in enumerate(record["children"]):
        child["views"] = marks.make(f"child{at}views")
        child["identifiers"] = [{"kind": "other", "value": marks.make(f"child{at}number")}]
    workers = [record["practitioner"], *(each["practitioner"] for each in record["wrap_around"])]
    for at, worker in enumerate(workers):
        worker["id"], worker["name"] = marks.make(f"worker{at}id"), marks.make(f"worker{at}name")
        worker["email"] = f"{marks.make(f'worker{at}email')}@example.org"
    return record


def is_known(coordinator: OperatorClient, case: Case) -> bool:
    try:
        return bool(coordinator.get("referral", f"/cases/{case.id}"))
    except NotFoundError:
        return False


def goes_the_whole_way(world: World, marks: Marks) -> Case:
    """From the form, which was first sent with a slip, to the end."""
    family = world.family("hants-schools", marks.make("surname"), marks.make("mother"), marks.make("father"))
    record = marked(family, world, marks)
    front_door = world.front_doors[family.agency]
    front_door.send("screenings", {**record, "submission_id": str(uuid4()), "agency": "nobody"})
    front_door.send("screenings", record)
    answer = front_door.hears(family.ref, "screened", submission_id=record["submission_id"])
    case = Case(world, family, str(answer["case_id"]))
    coordinator = world.acting_as(Role.COORDINATOR, marks.make("staff"))
    until(lambda: is_known(coordinator, case), f"referral to have read the screening of {case.id}")
    coordinator.post("referral", f"/cases/{case.id}/claim", {})
    coordinator.post("referral", f"/cases/{case.id}/notes", {"text": marks.make("note")})
    the_coordinator_agrees_that_it_is_safe_and_appropriate(case)
    the_provider_gets_each_parents_details_apart(case, "mediation-now")
    the_provider_accepts_and_contacts_each_parent(case)
    the_provider_assesses(case, each_alone=False)
    a_session_is_planned(case, 1, "joint", in_days=1)
    the_practitioner_touches_base_with(case, family.mother)
    the_session_is_held(case, 1, "joint")
    words = [{"person": each, "change": "better", "words": marks.make("words")} for each in case.parents.values()]
    case.reports("case-closed", reason="completed", views=words)
    assert case.hears("closed")["outcome"] == "completed"
    return case


@pytest.fixture(scope="module")
def lived(world: World) -> tuple[Stack, Marks, Case]:
    marks = Marks()
    return world.stack, marks, goes_the_whole_way(world, marks)


def delete_what_was_processed(stack: Stack) -> None:
    """What parties sent, once every service has read it."""

    def deleted() -> bool:
        done = raw_records.delete_processed(stack.admin_properties(), TOPOLOGY, SECONDS, longest_s=60)
        return not done.overdue

    time.sleep(SECONDS)
    until(deleted, "every service to have read what parties sent")
    # Segments are removed a second after they are deleted.
    time.sleep(3)


def everything(stack: Stack, marks: Marks) -> set[tuple[str, str, str]]:
    """Where a mark is. Whom the identity provider knows by which name is in its database; that they acted is not."""
    made = [f"{mark} (" if mark.startswith("MarkStaff") else mark for mark in marks.made]
    return found_in([*asyncio.run(rows(stack)), *pieces(stack)], made)


def test_no_mark_is_on_any_disk_once_what_parties_sent_is_deleted(lived: tuple[Stack, Marks, Case]) -> None:
    stack, marks, case = lived
    before = {(kind, mark) for kind, mark, _ in found_in(pieces(stack), marks.made)}
    came = {mark for mark in marks.made if not mark.startswith(("MarkNote", "MarkStaff"))}
    assert {mark for kind, mark in before if kind == "kafka"} >= came, "the search must see what a party has just sent"
    delete_what_was_processed(stack)
    assert not everything(stack, marks)
    # The case lives on, and who may look sees what was said and who said it.
    [note] = case.world.coordinator.get(f"/cases/{case.id}/notes")["items"]
    assert note["text"].startswith("MarkNote")
    assert note["who"].startswith("markstaff")
    assert set(case.parents) == {case.family.mother, case.family.father}


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_a_mark_that_leaks_to_a_topic_is_found(lived: tuple[Stack, Marks, Case], codec: str) -> None:
    stack, leak = lived[0], Marks()
    mark = leak.make("leak")
    producer = Producer(stack.admin_properties() | {"compression.type": codec, "linger.ms": "50"})
    for number in range(50):
        producer.produce("case-refused.dead-letters", key=b"a-test", value=json.dumps({"name": mark, "n": number}))
    assert not producer.flush(30)
    kinds = {kind for kind, _, _ in found_in(pieces(stack), leak.made)}
    assert ("kafka" if codec == "none" else "kafka-batch") in kinds


def test_a_mark_that_leaks_to_a_row_the_log_of_changes_a_log_or_a_file_is_found(
    lived: tuple[Stack, Marks, Case],
) -> None:
    stack, leak = lived[0], Marks()
    in_row, large, in_log, in_file, encoded = (leak.make(each) for each in ("row", "large", "log", "file", "encoded"))

    async def plant() -> None:
        connection = await asyncpg.connect(stack.admin_database_url("screening"))
        await connection.execute("CREATE TABLE planted (words text, document jsonb)")
        await connection.execute(
            "INSERT INTO planted VALUES ($1, to_jsonb($2::text))", in_row, f"{large} " + "x" * 9000
        )
        await connection.close()

    async def take_out() -> None:
        connection = await asyncpg.connect(stack.admin_database_url("screening"))
        await connection.execute("DROP TABLE planted")
        await connection.close()

    planted_log, planted_file = stack.home.log / "planted.log", stack.home.run / "planted"
    asyncio.run(plant())
    try:
        planted_log.write_text(f"refused {in_log}\n")
        planted_file.write_text(f"{in_file.lower()} {base64.b64encode(f'x{encoded}y'.encode()).decode()}")
        found = {(kind, mark) for kind, mark, _ in everything(stack, leak)}
        assert found >= {
            ("row", in_row),
            ("heap", in_row),
            ("wal", in_row),
            ("row", large),
            ("log", in_log),
            ("file", in_file),
            ("file", encoded),
        }
    finally:
        asyncio.run(take_out())
        planted_log.unlink()
        planted_file.unlink()
