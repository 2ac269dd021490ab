"""Every column of every service's database is in the register, and what it says is sealed holds boxes alone."""

import re
from collections.abc import Mapping
from typing import Any

import asyncpg
import orjson
import pytest

from deploy.stack.home import Stack
from deploy.stack.services import KEYRING_DATABASE, SERVICE_NAMES
from shared.contracts.base import Sealed
from shared.privacy.register.classified import keyring_columns, service_columns
from shared.privacy.register.kinds import Kind
from tests.support import families_service, screening_records, screening_service

WHAT_TO_DO = "decide of which kind it is, and say so in the service's columns.yaml"
# Boxes are JSON, digests and wrapped keys bytes: nothing else can hold what must not rest as it is.
_TYPES = {"sealed": "jsonb", "hashed": "bytea", "wrapped": "bytea", "cookie-sealed": "bytea"}


def _known(database: str) -> Mapping[str, Kind]:
    return keyring_columns() if database == KEYRING_DATABASE else service_columns(database)


async def _columns(connection: "asyncpg.Connection[Any]") -> dict[str, str]:
    """Every column of every table, as `table.column`, with its type."""
    rows = await connection.fetch(
        """
        SELECT class.relname || '.' || attname AS name, format_type(atttypid, NULL) AS type
        FROM pg_attribute JOIN pg_class AS class ON class.oid = attrelid
        JOIN pg_namespace AS space ON space.oid = class.relnamespace
        WHERE class.relkind IN ('r', 'p', 'm', 'f') AND attnum > 0 AND NOT attisdropped
            AND space.nspname NOT LIKE 'pg\\_%' AND space.nspname <> 'information_schema'
        """
    )
    return {row["name"]: row["type"] for row in rows}


def _differences(found: Mapping[str, str], known: Mapping[str, Kind]) -> list[str]:
    return [
        *(f"{name} is new: {WHAT_TO_DO}" for name in sorted(found.keys() - known.keys())),
        *(
            f"{name} must rest {known[name].at_rest}, and is {found[name]}"
            for name in sorted(found.keys() & known.keys())
            if known[name].at_rest != "clear" and found[name] != _TYPES.get(known[name].at_rest)
        ),
        *(f"{name} is no more: take it out of the register" for name in sorted(known.keys() - found.keys())),
    ]


@pytest.mark.parametrize("database", [*SERVICE_NAMES, KEYRING_DATABASE])
async def test_every_column_is_in_the_register_with_what_it_holds(stack: Stack, database: str) -> None:
    connection = await asyncpg.connect(stack.admin_database_url(database))
    try:
        assert not _differences(await _columns(connection), _known(database))
    finally:
        await connection.close()


@pytest.mark.parametrize("kind", ["text", "jsonb", "uuid", "integer", "citizen"])
async def test_a_column_that_is_added_would_be_found(stack: Stack, kind: str) -> None:
    connection = await asyncpg.connect(stack.admin_database_url("screening"))
    adding = connection.transaction()
    await adding.start()
    try:
        await connection.execute("CREATE DOMAIN citizen AS uuid")
        await connection.execute(f"ALTER TABLE person ADD COLUMN nickname {kind}, DROP COLUMN part")
        await connection.execute("ALTER TABLE person ALTER COLUMN sealed TYPE text")
        assert _differences(await _columns(connection), service_columns("screening")) == [
            f"person.nickname is new: {WHAT_TO_DO}",
            "person.sealed must rest sealed, and is text",
            "person.part is no more: take it out of the register",
        ]
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
    """What the columns hold that are said to be sealed, where there is a row."""
    found = {}
    for column in sorted(name for name, kind in service_columns(service).items() if kind.at_rest == "sealed"):
        table, _, name = column.partition(".")
        rows = await pool.fetch(f'SELECT "{name}"::text AS document FROM "{table}" WHERE "{name}" IS NOT NULL')  # noqa: S608 - listed
        if rows:
            found[column] = [orjson.loads(row["document"]) for row in rows]
    return found


async def test_columns_of_sealed_kinds_hold_boxes_alone(databases: Any) -> None:
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
