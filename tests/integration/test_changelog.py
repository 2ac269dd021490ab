"""What a service keeps is in its changelog, and comes back from it exactly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import pytest

from deploy.rebuild import database
from deploy.stack.home import Stack
from shared.contracts.topics import changelog_topic
from shared.messaging.changelog import writer as changelog
from shared.messaging.changelog.writer import Changelog, TooMuchPendingError, changes
from tests.support import families_service
from tests.support.databases import mark_audit
from tests.support.event_traffic import eventually, read_to_end, relaying, settings_of
from tests.support.referral_families import ASKING_AREA, screening, update_json
from tests.support.referral_service import CASE, DIRECTORY, Referral, family, running


@pytest.fixture
async def referral(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *DIRECTORY) as service:
        yield service


@pytest.fixture(autouse=True)
async def audit(stack: Stack) -> None:
    """What earlier tests left in the audits is new to the changelog."""
    for service in ("referral", "families"):
        connection = await asyncpg.connect(stack.admin_database_url(service))
        await mark_audit(connection)
        await connection.close()


@asynccontextmanager
async def keeping(stack: Stack, name: str = "referral") -> AsyncIterator[Changelog]:
    """The changelog is written."""
    kept = Changelog(settings_of(stack, name), name)
    task = asyncio.create_task(kept.run())
    try:
        yield kept
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _is_empty(service: Any, table: str) -> bool:
    return not await service.pool.fetchval(f"SELECT EXISTS (SELECT FROM {table})")  # noqa: S608 - named here


async def _written(service: Any) -> None:
    await eventually(lambda: _is_empty(service, "changed_row"))


async def _some_records(service: Referral) -> None:
    """What events and people do to three families."""
    await service.screened(screening(), family("asked", area=ASKING_AREA), family("safe"))
    await service.updated(update_json("accepted"))
    await service.post("notes", {"text": "Ring before four."})
    await service.post("claim")
    await service.screened(family("safe", "domestic-abuse-pathway", number=2, day=1))
    await service.pass_to(20)


async def _rebuilt(stack: Stack, name: str = "referral") -> tuple[Any, Any]:
    try:
        await database.rebuild(stack, name, lambda *_: None)
        return await database.contents(stack, f"{name}_rebuilt"), await database.contents(stack, name)
    finally:
        await database.drop(stack, name)


async def test_what_events_people_and_the_calendar_did_comes_back_row_by_row(stack: Stack, referral: Referral) -> None:
    async with keeping(stack):
        await _some_records(referral)
        await _written(referral)
        rebuilt, in_use = await _rebuilt(stack)
        assert rebuilt == in_use
        assert {"referral_case", "case_history", "case_note", "assignment", "due", "settled"} <= {
            name for name, content in in_use.items() if content.rows
        }

        await referral.post("withdraw")
        await _written(referral)
        again, in_use = await _rebuilt(stack)
        assert again == in_use != rebuilt


async def test_what_was_not_sent_yet_is_sent_after_a_rebuild_and_numbers_go_on(
    stack: Stack, referral: Referral
) -> None:
    async with keeping(stack):
        await _some_records(referral)
        await _written(referral)
        waiting = await referral.pool.fetch("SELECT topic, key, value, headers FROM outbox ORDER BY id")
        await database.rebuild(stack, "referral", lambda *_: None)
    try:
        connection = await asyncpg.connect(stack.admin_database_url("referral_rebuilt"))
        await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=str, decoder=str, format="text")
        there = await connection.fetch("SELECT topic, key, value, headers FROM outbox ORDER BY id")
        assert len(there) == len(waiting) > 1
        assert [(row["topic"], row["key"], row["value"]) for row in there] == [
            (row["topic"], row["key"], row["value"]) for row in waiting
        ]
        newest = await connection.fetchval("SELECT max(id) FROM consent")
        assert await connection.fetchval("SELECT nextval(pg_get_serial_sequence('consent', 'id'))") > newest > 0
        await connection.close()
    finally:
        await database.drop(stack, "referral")


async def _sent(stack: Stack, service: Referral) -> None:
    """The relay sends what waits, which changes no row."""
    async with relaying(stack, "referral"):
        await eventually(lambda: _is_empty(service, "outbox"))
    assert await _is_empty(service, "changed_row")


async def _nothing_is_sent_again(stack: Stack) -> bool:
    await database.rebuild(stack, "referral", lambda *_: None)
    connection = await asyncpg.connect(stack.admin_database_url("referral_rebuilt"))
    try:
        return not await connection.fetchval("SELECT EXISTS (SELECT FROM outbox)")
    finally:
        await connection.close()
        await database.drop(stack, "referral")


async def test_what_the_relay_sent_is_not_sent_again_by_a_service_that_was_still_since(
    stack: Stack, referral: Referral
) -> None:
    async with keeping(stack):
        await referral.screened(screening(), family("safe"))
        await _written(referral)
        await _sent(stack, referral)
        await eventually(lambda: _nothing_is_sent_again(stack))


async def test_what_the_relay_sent_while_nobody_wrote_is_not_sent_again(stack: Stack, referral: Referral) -> None:
    async with keeping(stack):
        await referral.screened(screening(), family("safe"))
        await _written(referral)
    await _sent(stack, referral)
    assert not await _nothing_is_sent_again(stack)
    async with keeping(stack):
        await eventually(lambda: _nothing_is_sent_again(stack))


async def test_a_round_that_is_cut_off_is_no_state_of_anybody_and_is_written_again(
    stack: Stack, referral: Referral, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _some_records(referral)
    sent = Changelog._send
    cut = asyncio.Event()

    async def cut_off(self: Changelog, producer: Any, images: Any) -> None:
        await sent(self, producer, images)
        if not cut.is_set():
            cut.set()
            raise OSError("the connection went away between the two commits")

    monkeypatch.setattr(Changelog, "_send", cut_off)
    async with keeping(stack):
        await asyncio.wait_for(cut.wait(), 20)
        await _written(referral)
    rebuilt, in_use = await _rebuilt(stack)
    assert rebuilt == in_use


async def test_a_round_waits_while_the_relay_has_too_much_to_send(
    referral: Referral, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changelog, "_MOST_PENDING", 3)
    await _some_records(referral)
    connection = await asyncpg.connect(stack.database_url("referral"))
    before = await connection.fetchval("SELECT count(*) FROM changed_row")
    with pytest.raises(TooMuchPendingError):
        async with changes(connection) as images:
            _ = [image async for image in images]
    assert await connection.fetchval("SELECT count(*) FROM changed_row") == before > 0
    await connection.close()


async def test_nothing_personal_is_in_the_changelog_in_clear(stack: Stack, referral: Referral) -> None:
    async with keeping(stack):
        await _some_records(referral)
        await _written(referral)
    records = await asyncio.to_thread(read_to_end, stack, changelog_topic("referral"))
    assert not any(b"before four" in (record.value() or b"") for record in records)
    assert any(str(CASE).encode() in record.key() for record in records)


async def test_a_dead_letter_as_large_as_a_record_can_be_stops_nothing(stack: Stack, referral: Referral) -> None:
    async with keeping(stack):
        await referral.updated(b'"' + b"x" * 1_000_000 + b'"')
        assert await referral.dead() == 1
        await _written(referral)
        rebuilt, in_use = await _rebuilt(stack)
    assert rebuilt == in_use


async def test_what_was_taken_back_stays_so_in_the_database_that_is_rebuilt(stack: Stack, databases: Any) -> None:
    async with families_service.running(databases) as families, keeping(stack, "families"):
        anna, ben = families_service.ANNA, families_service.BEN
        strangers = await families.sealed("hants-schools", anna, ben, look_first=True)
        await families.receives(*strangers)
        await families.screened("hants-mash", anna, ben, family_ref="2")
        await families.takes_back(*strangers)
        await families.screened("hants-police", anna, ben, family_ref="3")
        await _written(families)
        rebuilt, in_use = await _rebuilt(stack, "families")
        kept = {name: content.rows for name, content in in_use.items()}
        assert rebuilt == in_use
        assert (kept["taken_back"], kept["submission"], kept["likeness"], kept["link_history"]) == (1, 2, 1, 1)


async def test_the_changelog_covers_every_table_but_the_event_cores_bookkeeping(databases: Any) -> None:
    for service in ("screening", "referral", "notification", "families", "workforce"):
        opened = await databases(service)
        kept = {table.name for table in await changelog.keyed_tables(opened.pool)}
        rows = await opened.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        left_out = {row["tablename"] for row in rows} - kept
        assert left_out == {
            *("changed_row", "inbox", "inbox_age", "inbox_before", "outbox", "relay_clear", "schema_migration")
        }


async def test_a_primary_key_does_not_change_behind_the_changelogs_back(referral: Referral) -> None:
    with pytest.raises(asyncpg.RaiseError, match="primary key"):
        await referral.pool.execute("UPDATE area SET area = 'E09000001' WHERE area = $1", ASKING_AREA)
