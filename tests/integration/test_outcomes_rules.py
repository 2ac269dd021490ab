"""Outcomes' rules as repeatable migrations: applied again together, and facts by other rules are worked out again."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from deploy.stack.home import Stack
from services.outcomes.domain.facts import DETAILS
from services.outcomes.domain.readings import READINGS
from services.outcomes.handlers.saving import save_rows
from services.outcomes.repository.changed import mark_changed, take_marks
from services.outcomes.repository.facts import COLUMNS, update_facts
from shared.postgres.migrations import Schema, migrate, service_schema
from tests.support.case_stories import Story

# What it takes for facts of sessions to carry the share of those expected who came, in percent.
_ATTENDANCE = (
    ("DROP FUNCTION IF EXISTS new_fact;", "ALTER TABLE fact ADD COLUMN IF NOT EXISTS tried integer;\n{old}"),
    ("\n) RETURNS fact", ",\n    tried integer DEFAULT NULL{old}"),
    ("\n)::fact;", ", tried{old}"),
    (
        "days_since => h.days_since",
        """{old}, tried => (
            SELECT round(100.0 * count(*) FILTER (WHERE a.attended <> 'no') / count(*))::integer
            FROM attendance a WHERE a.case_id = h.case_id AND a.sequence = h.sequence
        )""",
    ),
    ("\nFROM made\n", ", (f).tried{old}"),
)


@asynccontextmanager
async def _scratch(stack: Stack) -> AsyncIterator["asyncpg.Connection[Any]"]:
    admin = await asyncpg.connect(stack.admin_database_url("outcomes"))
    await admin.execute("CREATE DATABASE outcomes_of_other_rules")
    try:
        connection = await asyncpg.connect(stack.admin_database_url("outcomes_of_other_rules"))
        try:
            yield connection
        finally:
            await connection.close()
    finally:
        await admin.execute("DROP DATABASE outcomes_of_other_rules")
        await admin.close()


async def _save(connection: "asyncpg.Connection[Any]", story: Story) -> None:
    readings = [(READINGS[type(event)], event.model_dump_json()) for event in story.events]
    await save_rows(
        connection, [row for each, text in readings for row in each.rows(each.json.validate_json(text)).rows]
    )
    await mark_changed(connection, [story.case_id])
    await take_marks(connection, [story.case_id])
    await update_facts(connection, [story.case_id])


async def test_a_fact_that_gains_a_field_needs_its_rule_alone_and_every_case_is_worked_out_again(
    stack: Stack, tmp_path: Path
) -> None:
    core, (room, folder) = service_schema("outcomes").folders
    copy = tmp_path / "migrations"
    shutil.copytree(folder, copy)
    schema = Schema([core, (room, copy)])
    story = Story().screened().agreed().accepted().assessed().session(1, ("yes", "late", "no"))
    async with _scratch(stack) as connection:
        await migrate(connection, schema)
        await _save(connection, story)
        before = {row["fact"]: dict(row) for row in await connection.fetch("SELECT * FROM fact")}
        assert len(before) == 6

        views = copy / "R_3_newest_fact.sql"
        views.write_text(f"{views.read_text()}\n-- Another text.\n")
        again = await migrate(connection, schema)
        assert again == [f"{room}/{file.name}" for file in sorted(copy.glob("R_*.sql"))]
        assert await migrate(connection, schema) == []
        assert await connection.fetchval("SELECT count(*) FROM changed_case") == 0

        rules = copy / "R_2_facts.sql"
        text = rules.read_text()
        for old, new in _ATTENDANCE:
            assert text.count(old) == 1, old
            text = text.replace(old, new.format(old=old))
        rules.write_text(text)
        await migrate(connection, schema)
        assert [row["case_id"] for row in await connection.fetch("SELECT case_id FROM changed_case")] == [story.case_id]
        now = {row["fact"]: dict(row) for row in await connection.fetch("SELECT * FROM facts_of($1)", [story.case_id])}
        assert {name: fact.pop("tried") for name, fact in now.items()} == {
            name: 67 if name == "session" else None for name in before
        }
        assert now == before


async def test_a_fact_has_the_columns_that_its_contract_has_as_fields(databases: Any) -> None:
    outcomes = await databases("outcomes")
    columns = await outcomes.pool.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'fact'::regclass AND attnum > 0"
    )
    assert {row["attname"] for row in columns} == set(COLUMNS)
    assert set(DETAILS) < set(COLUMNS)
