"""The audit on real PostgreSQL and Kafka: many write one chain, and whatever a superuser does to it is found."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from deploy.cli.main import app
from deploy.rebuild.database import rebuilt_name
from deploy.stack.databases import hold_audit, migrate_database
from deploy.stack.home import Stack
from shared.audit import store
from shared.audit.entry import Access, Entry, Outcome, Subjects
from shared.audit.recorder import AnchorPolicy, Recorder
from shared.audit.verification import ChainCheck, Verified
from shared.contracts.topics import AUDIT_ANCHORS
from shared.messaging.changelog import rebuilding
from shared.messaging.changelog.writer import changes
from tests.support.databases import mark_audit
from tests.support.event_traffic import eventually, read_to_end, relaying

SERVICE = "workforce"
Statement = tuple[Any, ...]
"""SQL with its arguments."""


def access(**more: Any) -> Access:
    return Access(
        who="staff-" + "0" * 32,
        action="cases.read",
        request="GET /cases/{id:uuid}",
        outcome=Outcome.ALLOWED,
        correlation_id=uuid4(),
        roles=("coordinator",),
        areas=("E10000014",),
        subjects=Subjects.of(cases=[uuid4()], persons=[uuid4(), uuid4()]),
        **more,
    )


@pytest.fixture
async def database(databases: Any) -> Any:
    return await databases(SERVICE)


@pytest.fixture
async def superuser(stack: Stack) -> AsyncIterator["asyncpg.Connection[Any]"]:
    connection = await asyncpg.connect(stack.admin_database_url(SERVICE))
    yield connection
    await connection.close()


async def checked(connection: Any) -> Verified:
    check = ChainCheck(SERVICE, [])
    async with connection.transaction(readonly=True):
        async for entry in store.every(connection):
            check.add(entry)
    return check.end()


async def parley(stack: Stack, *arguments: str) -> Result:
    env = {"PARLEY_HOME": str(stack.home.path), "COLUMNS": "200"}
    return await asyncio.to_thread(CliRunner().invoke, app, ["audit", *arguments], env=env)


@asynccontextmanager
async def tampered_with(connection: Any, *statements: Statement) -> AsyncIterator[None]:
    """What a superuser does, who turns the triggers off; it is undone at the end."""
    await connection.execute("CREATE TABLE as_it_was AS TABLE audit")
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                await connection.execute(*statement)
        yield
    finally:
        await connection.execute("ALTER TABLE IF EXISTS elsewhere RENAME TO audit")
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute("DELETE FROM audit")
            await connection.execute("INSERT INTO audit SELECT * FROM as_it_was")
        await connection.execute("DROP TABLE as_it_was")


async def test_those_who_write_at_once_write_one_chain(stack: Stack, database: Any, databases: Any) -> None:
    # As two processes do, each with connections of its own.
    other = await databases(SERVICE)
    recorders = [Recorder(SERVICE, each.pool, policy=AnchorPolicy(10**9)) for each in (database, other)]
    before = (await checked_in(database)).entries
    written = await asyncio.gather(*(recorders[number % 2].record(access()) for number in range(60)))
    assert sorted(entry.sequence for entry in written) == list(range(before + 1, before + 61))
    after = await checked_in(database)
    assert (after.found, after.entries) == ((), before + 60)


async def test_of_those_written_together_one_that_cannot_be_takes_no_other_with_it(database: Any) -> None:
    recorder = Recorder(SERVICE, database.pool, policy=AnchorPolicy(10**9))
    before = (await checked_in(database)).entries
    accesses = [access(), access(reason="\0"), access(), access()]
    asked = [asyncio.create_task(recorder.record(each)) for each in accesses]
    await asyncio.sleep(0)
    asked[3].cancel()
    first, refused, third, gone = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(first, Entry)
    assert isinstance(third, Entry)
    assert isinstance(refused, asyncpg.PostgresError)
    assert isinstance(gone, asyncio.CancelledError)
    # Whoever went away had asked all the same.
    await recorder.record(access())
    after = await checked_in(database)
    assert (after.found, after.entries) == ((), before + 4)


async def checked_in(database: Any) -> Verified:
    async with database.pool.acquire() as connection:
        return await checked(connection)


async def test_a_service_adds_to_it_and_changes_nothing(database: Any) -> None:
    await Recorder(SERVICE, database.pool).record(access())
    for statement in (
        "UPDATE audit SET who = 'somebody else'",
        "DELETE FROM audit",
        "TRUNCATE audit",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.pool.execute(statement)
    for skipped in (0, 2):
        with pytest.raises(asyncpg.RaiseError, match="continues the last one"):
            await database.pool.execute(
                """
                INSERT INTO audit SELECT sequence + $1, form, service, at, who, roles, areas, action, request, outcome,
                    cases, families, persons, practitioners, records, reason, address, correlation_id, hash, hash
                FROM audit ORDER BY sequence DESC LIMIT 1
                """,
                skipped,
            )
    # It can give itself no right to it, and turn nothing off.
    await database.pool.execute("GRANT UPDATE, DELETE, TRUNCATE ON audit TO CURRENT_USER")
    for statement in (
        "UPDATE audit SET who = 'somebody else'",
        "ALTER TABLE audit DISABLE TRIGGER USER",
        "ALTER TABLE audit OWNER TO CURRENT_USER",
        "CREATE OR REPLACE FUNCTION audit_continues() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.pool.execute(statement)


async def test_nobody_changes_it_by_mistake(superuser: Any) -> None:
    for statement in ("UPDATE audit SET who = 'somebody else'", "DELETE FROM audit", "TRUNCATE audit"):
        with pytest.raises(asyncpg.RaiseError, match="only added to"):
            await superuser.execute(statement)


async def test_verify_finds_what_a_superuser_does_and_where(stack: Stack, database: Any, superuser: Any) -> None:
    recorder = Recorder(SERVICE, database.pool, policy=AnchorPolicy(entries=10))
    while (await recorder.record(access())).sequence % 10 != 9:
        pass
    anchored = (await recorder.record(access())).sequence
    head = await recorder.record(access())
    async with relaying(stack, SERVICE):
        await eventually(lambda: _sent(database))
    whole = await parley(stack, "verify", SERVICE)
    assert whole.exit_code == 0, whole.output
    assert f"up to {anchored}" in whole.output
    one, two = anchored - 5, anchored - 3
    tried: list[tuple[list[Statement], int, str]] = [
        ([("UPDATE audit SET who = 'somebody else' WHERE sequence = $1", one)], one, "changed"),
        ([("UPDATE audit SET persons = '{}' WHERE sequence = $1", one)], one, "changed"),
        ([("UPDATE audit SET roles = '{coordinator,coordinator}' WHERE sequence = $1", one)], one, "changed"),
        ([("DELETE FROM audit WHERE sequence = $1", one)], one + 1, "gap"),
        (
            [
                ("UPDATE audit SET sequence = 1000000 + sequence WHERE sequence IN ($1, $2)", one, two),
                ("UPDATE audit SET sequence = $1::bigint WHERE sequence = 1000000 + $2::bigint", one, two),
                ("UPDATE audit SET sequence = $1::bigint WHERE sequence = 1000000 + $2::bigint", two, one),
            ],
            one,
            "changed",
        ),
        ([("DELETE FROM audit WHERE sequence >= $1", anchored)], anchored, "cut-off"),
        ([("DELETE FROM audit",)], 1, "cut-off"),
        ([("ALTER TABLE audit RENAME TO elsewhere",)], 1, "cut-off"),
    ]
    for statements, place, flaw in tried:
        async with tampered_with(superuser, *statements):
            found = await parley(stack, "verify", SERVICE, "--json")
        assert found.exit_code == 1, (statements, found.output)
        [result] = json.loads(found.stdout)["services"]
        assert (place, flaw) in {(each["sequence"], each["flaw"]) for each in result["found"]}, (statements, result)
    # Behind the last anchor the chain alone holds; a head that was kept elsewhere holds that too.
    kept = stack.home.path / "kept.jsonl"
    kept.write_text(json.dumps({"service": SERVICE, "sequence": head.sequence, "hash": head.hash, "at": str(head.at)}))
    async with tampered_with(superuser, ("DELETE FROM audit WHERE sequence = $1", head.sequence)):
        assert (await parley(stack, "verify", SERVICE)).exit_code == 0
        assert (await parley(stack, "verify", SERVICE, "--heads", str(kept))).exit_code == 1
    assert (await parley(stack, "verify", SERVICE, "--heads", str(kept))).exit_code == 0


async def test_a_chain_that_is_written_again_is_found_by_the_anchors(
    stack: Stack, database: Any, superuser: Any
) -> None:
    recorder = Recorder(SERVICE, database.pool, policy=AnchorPolicy(entries=1))
    await recorder.record(access())
    last = await recorder.record(access())
    async with relaying(stack, SERVICE):
        await eventually(lambda: _sent(database))
    async with tampered_with(superuser, ("DELETE FROM audit WHERE sequence >= $1", last.sequence - 1)):
        # By the service's own code: hashes as they should be, and another story.
        forger = Recorder(SERVICE, database.pool, policy=AnchorPolicy(10**9))
        for _ in range(2):
            await forger.record(access())
        assert not (await checked(superuser)).found
        found = await parley(stack, "verify", SERVICE)
        assert found.exit_code == 1
        assert "not-as-anchored" in found.output


async def test_the_head_is_anchored_by_time_too_and_only_where_it_moved(stack: Stack, database: Any) -> None:
    recorder = Recorder(SERVICE, database.pool, policy=AnchorPolicy(entries=10**9))
    entry = await recorder.record(access())
    assert await recorder.anchor() == await recorder.anchor() == entry.sequence
    rows = await database.pool.fetch("SELECT value FROM outbox WHERE topic = $1", AUDIT_ANCHORS)
    assert [json.loads(row["value"])["hash"] for row in rows] == [entry.hash]
    async with relaying(stack, SERVICE):
        await eventually(lambda: _sent(database))
    published = await asyncio.to_thread(read_to_end, stack, AUDIT_ANCHORS)
    assert json.loads(published[-1].value()) == {
        "service": SERVICE,
        "sequence": entry.sequence,
        "hash": entry.hash,
        "at": entry.at.isoformat().replace("+00:00", "Z"),
    }


@pytest.mark.parametrize(
    "opened",
    [
        "GRANT DELETE ON audit TO workforce",
        "ALTER TABLE audit OWNER TO workforce",
        "ALTER TABLE audit DISABLE TRIGGER audit_is_only_added_to",
    ],
)
async def test_a_table_that_could_be_changed_is_a_finding(
    stack: Stack, database: Any, superuser: Any, opened: str
) -> None:
    await superuser.execute(opened)
    try:
        found = await parley(stack, "verify", SERVICE)
    finally:
        await superuser.execute("ALTER TABLE audit ENABLE TRIGGER USER")
        await hold_audit(stack, SERVICE, SERVICE)
    assert (found.exit_code, "the table: unguarded" in found.output) == (1, True)


async def test_a_record_that_is_no_anchor_is_a_finding(stack: Stack, database: Any) -> None:
    assert "no anchors" not in (await parley(stack, "verify", "notification")).output
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("deploy.audit.verifying.read_to_end", lambda *_: iter([[Junk()]]))
        found = await parley(stack, "verify", "notification")
    assert (found.exit_code, "1 records of the anchors' topic are no anchors" in found.output) == (1, True)


class Junk:
    def value(self) -> bytes:
        return b'{"service": "notification"}'


async def test_a_rebuilt_audit_verifies(stack: Stack, database: Any, superuser: Any) -> None:
    await Recorder(SERVICE, database.pool).record(access(reason="other", address="198.51.100.7"))
    await mark_audit(superuser)
    images: dict[bytes, bytes | None] = {}
    own = await asyncpg.connect(stack.database_url(SERVICE))
    async with changes(own) as rounds:
        async for some in rounds:
            images.update(some)
    await own.close()
    admin = await asyncpg.connect(stack.database_admin_url)
    name = rebuilt_name(SERVICE)
    await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await admin.execute(f"CREATE DATABASE {name} OWNER {SERVICE}")
    try:
        await migrate_database(stack, SERVICE, name)
        rebuilt = await asyncpg.connect(stack.admin_database_url(name))
        await rebuilding.begin(rebuilt)
        await rebuilding.stage(rebuilt, images.items())
        await rebuilding.finish(rebuilt)
        assert await checked(rebuilt) == await checked(superuser)
        assert not (await checked(rebuilt)).found
        await rebuilt.close()
    finally:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.close()


async def _sent(database: Any) -> bool:
    return not await database.pool.fetchval("SELECT count(*) FROM outbox")
