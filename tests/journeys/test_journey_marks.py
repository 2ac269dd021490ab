"""A family with marked secrets goes the whole way: after the retention nothing on any disk has one of them in clear."""

import asyncio
import base64
import json
import time

import asyncpg
import pytest
from confluent_kafka import Producer

from deploy.stack import raw_records
from deploy.stack.home import Stack
from services import TOPOLOGY
from tests.journeys.marked import Marks, comes_into_mid_course, comes_to_the_end
from tests.journeys.parties import until
from tests.journeys.steps import Case
from tests.journeys.world import World
from tests.support.at_rest import found_in, pieces, rows

# So short that what was processed is old at once.
SECONDS = 1.0


@pytest.fixture(scope="module")
def lived(world: World) -> tuple[Stack, Marks, Case]:
    marks = Marks()
    case = comes_into_mid_course(world, marks)
    comes_to_the_end(case, marks)
    return world.stack, marks, case


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
