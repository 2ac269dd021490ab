"""No column of any service's database rests unsealed that nobody has decided on."""

import re
from collections.abc import Mapping
from typing import Any

import asyncpg
import orjson
import pytest

from deploy.stack.home import Stack
from deploy.stack.services import KEYRING_DATABASE, SERVICE_NAMES
from shared.contracts.base import Sealed
from tests.support import families_service, screening_records, screening_service
from tests.support.columns_at_rest import KINDS, WORDLESS, listed

LIST = "tests/support/columns_at_rest.py"
WHAT_TO_DO = f"decide how what it holds may rest (sealed, or what kind of open), and list it in {LIST}"


async def _worded(connection: "asyncpg.Connection[Any]") -> set[str]:
    """Every column that could hold words, as `table.column`: of whatever type, known or not, that is not wordless."""
    rows = await connection.fetch(
        """
        SELECT class.relname || '.' || attname AS name, format_type(atttypid, NULL) AS type
        FROM pg_attribute JOIN pg_class AS class ON class.oid = attrelid
        JOIN pg_namespace AS space ON space.oid = class.relnamespace
        WHERE class.relkind IN ('r', 'p', 'm', 'f') AND attnum > 0 AND NOT attisdropped
            AND space.nspname NOT LIKE 'pg\\_%' AND space.nspname <> 'information_schema'
        """
    )
    return {row["name"] for row in rows if row["type"] not in WORDLESS}


def _differences(found: set[str], known: Mapping[str, str]) -> list[str]:
    return [
        *(f"{name} is new: {WHAT_TO_DO}" for name in sorted(found - known.keys())),
        *(f"{name} is no more: take it out of {LIST}" for name in sorted(known.keys() - found)),
    ]


@pytest.mark.parametrize("database", [*SERVICE_NAMES, KEYRING_DATABASE])
async def test_every_column_that_could_hold_words_is_listed_with_what_it_holds(stack: Stack, database: str) -> None:
    known = listed(database)
    assert set(known.values()) <= KINDS.keys()
    connection = await asyncpg.connect(stack.admin_database_url(database))
    try:
        assert not _differences(await _worded(connection), known)
    finally:
        await connection.close()


@pytest.mark.parametrize("kind", ["text", "jsonb", "bytea", "text[]", "inet", "tstzrange", "int4range[]", "citizen"])
async def test_a_column_that_is_added_would_be_found(stack: Stack, kind: str) -> None:
    connection = await asyncpg.connect(stack.admin_database_url("screening"))
    adding = connection.transaction()
    await adding.start()
    try:
        await connection.execute("CREATE DOMAIN citizen AS uuid")
        await connection.execute(f"ALTER TABLE person ADD COLUMN nickname {kind}, ADD COLUMN seen_at timestamptz")
        (difference,) = _differences(await _worded(connection), listed("screening"))
        assert difference == f"person.nickname is new: {WHAT_TO_DO}"
    finally:
        await adding.rollback()
        await connection.close()


def _holds_boxes_alone(node: Any) -> bool:
    """Whether all that a document holds is in sealed boxes, however they are put together."""
    if isinstance(node, dict) and node.keys() == Sealed.model_fields.keys():
        return re.fullmatch("[A-Za-z0-9_-]{38,}={0,2}", node["box"]) is not None
    if isinstance(node, dict | list):
        return all(_holds_boxes_alone(each) for each in (node.values() if isinstance(node, dict) else node))
    return node is None


async def _sealed_rows(service: str, pool: Any) -> dict[str, list[Any]]:
    """What the columns hold that are listed as sealed, where there is a row."""
    found = {}
    for column in sorted(name for name, kind in listed(service).items() if kind == "sealed"):
        table, _, name = column.partition(".")
        rows = await pool.fetch(f'SELECT "{name}"::text AS document FROM "{table}" WHERE "{name}" IS NOT NULL')  # noqa: S608 - listed
        if rows:
            found[column] = [orjson.loads(row["document"]) for row in rows]
    return found


async def test_what_is_listed_as_sealed_holds_boxes_alone(databases: Any) -> None:
    screening = await screening_service.started(databases)
    broken = {**screening_records.line(screening_records.screening()), "value": "{"}
    await screening.send([broken])
    await screening.send_each(screening_records.screening())
    held = await _sealed_rows("screening", screening.database.pool)
    async with families_service.running(databases) as families:
        await families.screened("hants-schools", families_service.ANNA, families_service.BEN, children=("2015-06-01",))
        held |= await _sealed_rows("families", families.pool)
    assert held.keys() >= {"person.sealed", "dead_letter.sealed", "parent.sealed", "submission.children"}
    assert not [column for column, rows in held.items() if not all(map(_holds_boxes_alone, rows))]
    assert not _holds_boxes_alone([held["person.sealed"][0], {"views": "in clear"}])
