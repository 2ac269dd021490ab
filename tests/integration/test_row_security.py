"""The database itself shows a caller no more than their reach, whatever a query asks for."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack
from random import Random
from types import SimpleNamespace
from typing import Any

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from deploy.rebuild.database import rebuilt_name
from deploy.stack.databases import migrate_database
from deploy.stack.home import Stack
from deploy.stack.services import SERVICE_NAMES
from shared.access.actions import Action
from shared.access.principal import Machine
from shared.access.roles import Purpose
from shared.access.scopes import EVERYWHERE, NOWHERE, Belonging, Reach, Scope
from shared.messaging.changelog import rebuilding
from shared.messaging.changelog.writer import changes
from shared.postgres.pool import open_pool
from shared.postgres.row_reach import SETTING, reading_within, setting_of
from shared.privacy.register.classified import own_columns, service_columns
from shared.service.answers import Json
from shared.service.gate import guarded, reads_nothing
from tests.stateful.running import all_services
from tests.support.fields import show_all_fields
from tests.support.guarded_cases import Outcomes, Referral
from tests.support.guarded_notices import PROVIDERS, Notification
from tests.support.guarded_rows import AGENCIES, AREAS, Families, Screening, Workforce, World

SHOWN: Mapping[str, Callable[[Random], World]] = {
    "families": Families,
    "notification": Notification,
    "outcomes": Outcomes,
    "referral": Referral,
    "screening": Screening,
    "workforce": Workforce,
}
"""The services whose pages show guarded rows, each within its caller's reach."""
OPEN = {
    "outbox": "every event is written to it by COPY, and it holds a row for moments",
    "audit": "it names people by ids alone, its chain is read whole, and its page asks for the areas of each entry",
}
"""Tables of every service that are not guarded, each with its reason."""
KEPT = tuple(sorted(SHOWN.keys() - {"outcomes"}))
"""Those that keep a changelog."""

_UNGUARDED = """
SELECT name FROM unnest($1::text[]) AS name LEFT JOIN pg_class ON relname = name AND relkind = 'r'
    AND relnamespace IN ('public'::regnamespace, to_regnamespace('web'))
WHERE NOT coalesce(relrowsecurity AND relforcerowsecurity, false)
    OR NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid)
    OR EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND pg_get_expr(polqual, polrelid) = 'true')
ORDER BY name
"""


def tables_about_people(service: str) -> set[str]:
    """The service's own tables with a column that the register calls personal."""
    tables = {name.partition(".")[0] for name, kind in own_columns(service).items() if kind.is_personal}
    # A browser's session is in a schema of its own, and opens with that browser's cookie alone.
    return tables - {"page_session", "ended_sign_in", "own_session"}


def core_tables_about_people(service: str) -> set[str]:
    """Those that every service has."""
    own = own_columns(service)
    core = {
        name.partition(".")[0]
        for name, kind in service_columns(service).items()
        if kind.is_personal and name not in own
    }
    return core - OPEN.keys()


async def unguarded(connection: Any, tables: Collection[str]) -> list[str]:
    return [row["name"] for row in await connection.fetch(_UNGUARDED, sorted(tables))]


@pytest.mark.parametrize("service", SERVICE_NAMES)
async def test_every_table_about_people_is_guarded(stack: Stack, service: str) -> None:
    connection = await asyncpg.connect(stack.admin_database_url(service))
    try:
        tables = core_tables_about_people(service) | tables_about_people(service)
        assert len(tables) > 1
        assert await unguarded(connection, tables) == [], "guard them in a migration: CALL guard_rows(...)"
        trying = connection.transaction()
        await trying.start()
        # What the check is for: a table that is new, one that its owner reads whole, one that is open.
        await connection.execute("CREATE TABLE brand_new (id int)")
        one, other, *_ = sorted(tables)
        await connection.execute(f"ALTER TABLE {one} NO FORCE ROW LEVEL SECURITY")
        await connection.execute(f"CREATE POLICY open ON {other} USING (true)")
        assert await unguarded(connection, {*tables, "brand_new"}) == sorted([one, other, "brand_new"])
        await trying.rollback()
    finally:
        await connection.close()


async def test_no_service_can_step_over_the_guard(stack: Stack) -> None:
    connection = await asyncpg.connect(stack.database_admin_url)
    try:
        above = "SELECT rolname FROM pg_roles WHERE rolname = ANY($1) AND (rolsuper OR rolbypassrls OR rolcreaterole)"
        assert await connection.fetch(above, list(SERVICE_NAMES)) == []
    finally:
        await connection.close()


async def test_a_connection_without_a_reach_sees_and_writes_nothing(stack: Stack, databases: Any) -> None:
    pool = (await databases("families")).pool
    await pool.execute("INSERT INTO member VALUES ('police', 'F1', gen_random_uuid())")
    connection = await asyncpg.connect(stack.database_url("families"))
    try:
        assert await connection.fetch("SELECT * FROM member") == []
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("INSERT INTO member VALUES ('police', 'F2', gen_random_uuid())")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SET row_security = off; SELECT * FROM member")
    finally:
        await connection.close()


@pytest.mark.parametrize("service", KEPT)
async def test_guarded_rows_are_in_the_changelog_and_come_back_from_it(
    stack: Stack, databases: Any, service: str
) -> None:
    pool = (await databases(service)).pool
    await SHOWN[service](Random(5)).save(pool)
    images: dict[bytes, bytes | None] = {}
    # A connection without a reach, as any tool would open it.
    connection = await asyncpg.connect(stack.database_url(service))
    async with changes(connection) as found:
        async for some in found:
            images.update(some)
    await connection.close()
    admin = await asyncpg.connect(stack.database_admin_url)
    await admin.execute(f"DROP DATABASE IF EXISTS {rebuilt_name(service)} WITH (FORCE)")
    await admin.execute(f"CREATE DATABASE {rebuilt_name(service)} OWNER {service}")
    try:
        await migrate_database(stack, service, rebuilt_name(service))
        again = await asyncpg.connect(stack.admin_database_url(rebuilt_name(service)))
        await rebuilding.begin(again)
        await rebuilding.stage(again, images.items())
        await rebuilding.finish(again)
        rebuilt = await rebuilding.contents(again)
        await again.close()
    finally:
        await admin.execute(f"DROP DATABASE {rebuilt_name(service)} WITH (FORCE)")
        await admin.close()
    in_use = await asyncpg.connect(stack.admin_database_url(service))
    expected = await rebuilding.contents(in_use)
    await in_use.close()
    tables = SHOWN[service](Random(5)).covered(EVERYWHERE).keys()
    assert {table: rebuilt[table] for table in tables} == {table: expected[table] for table in tables}
    assert all(expected[table].rows for table in tables)


@pytest.mark.parametrize("service", SHOWN)
async def test_what_the_stateful_tests_read_of_a_service_is_all_of_it(
    stack: Stack, databases: Any, service: str
) -> None:
    await (world := SHOWN[service](Random(5))).save((await databases(service)).pool)
    async with AsyncExitStack() as pools:

        async def opened(url: str, name: str) -> Any:
            pool = await open_pool(url, connections=1, name=name)
            pools.push_async_callback(pool.close)
            return pool

        await (running := all_services(stack)[service]).open(opened)
        tables, at_rest = await running.tables(), await running.everything_at_rest()
    for table, rows in world.covered(EVERYWHERE).items():
        assert {world.seen(table, row) for row in tables[table]} == rows, table
    assert at_rest.count("\n") + 1 >= sum(map(len, tables.values()))


def random_reach(random: Random) -> Reach:
    return Reach(
        frozenset(random.sample(sorted(Scope), random.randrange(3))),
        frozenset(random.sample(AREAS, random.randrange(3))),
        random.choice((None, *AGENCIES)),
        random.choice((None, *PROVIDERS)),
    )


async def test_the_database_and_the_code_agree_on_what_is_within_reach(databases: Any) -> None:
    random = Random(7)
    records = [
        (
            random.sample(AREAS, random.randrange(3)),
            random.choice((None, *AGENCIES)),
            random.choice((None, *PROVIDERS)),
        )
        for _ in range(100)
    ]
    numbers = set(range(len(records)))
    async with (await databases("families")).pool.acquire() as connection:
        trying = connection.transaction()
        await trying.start()
        await connection.execute("CREATE TABLE record (number int, areas text[], agency text, provider text)")
        await connection.execute("CALL guard_rows('record', 'areas', 'agency', 'provider')")
        await connection.executemany(
            "INSERT INTO record VALUES ($1, $2, $3, $4)", [(number, *each) for number, each in enumerate(records)]
        )
        for reach in (EVERYWHERE, NOWHERE, *(random_reach(random) for _ in range(300))):
            await connection.execute("SELECT set_config($1, $2, true)", SETTING, setting_of(reach))
            shown = {row["number"] for row in await connection.fetch("SELECT number FROM record")}
            assert shown == {number for number in numbers if reach.covers(Belonging.of(*records[number]))}, reach
        await trying.rollback()


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("service", SHOWN)
async def test_a_query_without_a_condition_shows_just_what_the_reach_covers(
    databases: Any, service: str, seed: int
) -> None:
    pool = (await databases(service)).pool
    random = Random(seed)
    world: World = SHOWN[service](random)
    await world.save(pool)
    shown_to_some = await pool.fetch("SELECT tablename FROM pg_policies WHERE policyname = 'within_reach'")
    assert (
        {row["tablename"] for row in shown_to_some} <= world.covered(EVERYWHERE).keys() <= tables_about_people(service)
    )
    for reach in (EVERYWHERE, NOWHERE, *(random_reach(random) for _ in range(12))):
        with reading_within(reach):
            shown = {
                table: {world.seen(table, row) for row in await pool.fetch(f"SELECT * FROM {table}")}  # noqa: S608
                for table in world.covered(reach)
            }
        assert shown == world.covered(reach), reach


async def test_a_page_shows_its_callers_reach_and_one_that_asks_nobody_shows_nothing(
    databases: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The requests of this test are in no table of fields.
    show_all_fields(monkeypatch)
    pool = (await databases("families")).pool
    await (world := Families(Random(3))).save(pool)
    reach = Reach(frozenset({Scope.AREA}), frozenset({AREAS[0]}))

    class OfAnArea:
        """Lets in whoever asks, as one whose requests are not recorded, within this reach."""

        async def caller_of(self, _request: Request) -> Machine:
            return Machine(Purpose.HEALTH)

        def is_too_much_of(self, _caller: Machine) -> bool:
            return False

        def action_of(self, _request: Request) -> Action:
            return Action.STATUS_READ

        def reach_of(self, _caller: Machine, _action: Action) -> Reach:
            return reach

    @guarded
    async def careless(_request: Request) -> Response:
        return Json({"members": sorted(row["family_ref"] for row in await pool.fetch("SELECT * FROM member"))})

    @guarded
    async def streamed(_request: Request) -> Response:
        async def lines() -> AsyncIterator[str]:
            for row in await pool.fetch("SELECT * FROM member ORDER BY family_ref"):
                yield f"{row['family_ref']}\n"

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    async def unasked(_request: Request) -> Response:
        return Json({"members": [row["family_ref"] for row in await pool.fetch("SELECT * FROM member")]})

    staff = SimpleNamespace(id_of=lambda by: by, with_names=_as_it_is)
    pages = {"/careless": careless, "/streamed": streamed, "/unasked": unasked}
    app = Starlette(routes=[Route(*page) for page in pages.items()], middleware=[reads_nothing()])
    app.state.gate, app.state.staff = OfAnArea(), staff
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://x") as http:
        shown = (await http.get("/careless")).json()["members"]
        assert (await http.get("/streamed")).text.split() == shown
        assert (await http.get("/unasked")).json()["members"] == []
    assert shown == sorted(world.covered(reach)["member"])
    assert 0 < len(shown) < len(world.screened)
    assert await pool.fetchval("SELECT count(*) FROM member") == len(world.screened)


async def _as_it_is(body: bytes) -> bytes:
    return body
