"""Fills a service's database from its changelog, and compares the contents of two databases.

The newest image of each row is staged first, and all of them become rows at the end, because constraints that span rows
hold only once every row is present. They become rows of the schema that they were written under; later migrations are
then applied to them.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

from shared.messaging.changelog.image_schema import IMAGES, schema_of_images
from shared.messaging.changelog.writer import PENDING, SEQUENCE, Image, keyed_tables
from shared.postgres.connection import Connection
from shared.postgres.migrations import Schema, migrate
from shared.postgres.row_reach import read_everything

# `of_before` is the value in rows that are older than the column, which `ADD COLUMN` sets without writing the rows.
_COLUMNS = """
SELECT quote_ident(attname) AS name, attgenerated <> '' AS generated,
    CASE WHEN atthasmissing
        THEN quote_literal((attmissingval::text::text[])[1]) || '::' || format_type(atttypid, atttypmod)
        ELSE 'NULL'
    END AS of_before
FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""


@dataclass(frozen=True)
class Content:
    """How many rows a table has, and a digest of them that does not depend on their order."""

    rows: int
    digest: str


async def begin(connection: Connection) -> None:
    """Creates an empty staging table; drops whatever an earlier attempt staged."""
    await connection.execute(
        f"""
        DROP SCHEMA IF EXISTS rebuilding CASCADE;
        CREATE SCHEMA rebuilding;
        CREATE UNLOGGED TABLE {IMAGES} (of_table text, key text, image jsonb, PRIMARY KEY (of_table, key))
        """
    )


async def stage(connection: Connection, images: Iterable[Image]) -> None:
    """Stages changelog records, which come in log order; the newest image of each row replaces earlier ones."""
    newest = dict(images)
    names = [tuple(key.decode().partition(" ")[::2]) for key in newest]
    await connection.execute(
        f"""
        INSERT INTO {IMAGES} SELECT of_table, key, image::jsonb
        FROM unnest($1::text[], $2::text[], $3::text[]) AS given (of_table, key, image)
        ON CONFLICT (of_table, key) DO UPDATE SET image = excluded.image
        """,  # noqa: S608 - a constant
        [of_table for of_table, _ in names],
        [key for _, key in names],
        [None if image is None else image.decode() for image in newest.values()],
    )


async def restore(connection: Connection, owner: "asyncpg.Connection[Any]", schema: Schema) -> None:
    """Makes rows of what was staged, in a database without tables, and brings them to the newest schema.

    `connection` is as in `finish`, `owner` a connection of the one who owns the tables, `schema` the service's.
    Raises `NewerSchemaError` where the images are of a later release, `MigrationError`, and asyncpg.PostgresError as
    `finish` does.
    """
    await migrate(owner, schema, only=await schema_of_images(connection, schema.folders))
    await finish(connection)
    await migrate(owner, schema)


async def finish(connection: Connection) -> None:
    """Turns the staged images into rows, advances the sequences, and restores the outbox rows that were pending.

    Needs a login that may set `session_replication_role`: each row passed its checks when it was first written, so
    triggers are off, and nothing written here is a change for the changelog. Raises asyncpg.PostgresError when a table
    rejects a row.
    """
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await read_everything(connection)
        for table in await keyed_tables(connection):
            columns = await connection.fetch(_COLUMNS, f'public."{table.name}"')
            names = ", ".join(row["name"] for row in columns if not row["generated"])
            rows = ", ".join(f"r.{row['name']}" for row in columns if not row["generated"])
            # A column that an image lacks was added later without writing the row: it gets the value that older rows
            # have.
            of_before = ", ".join(row["of_before"] for row in columns)
            await connection.execute(f'DELETE FROM "{table.name}"')  # noqa: S608 - names from the catalogue
            await connection.execute(
                f"""
                INSERT INTO "{table.name}" ({names}) OVERRIDING SYSTEM VALUE
                SELECT {rows} FROM {IMAGES} AS s
                CROSS JOIN LATERAL jsonb_populate_record(ROW({of_before})::"{table.name}", s.image) AS r
                WHERE s.of_table = $1 AND s.image IS NOT NULL
                """,  # noqa: S608 - names and values from the catalogue
                table.name,
            )
        await connection.execute(
            f"""
            SELECT setval(
                quote_ident(key)::regclass, (image ->> 'last_value')::bigint, (image ->> 'is_called')::boolean
            )
            FROM {IMAGES} WHERE of_table = '{SEQUENCE}' AND image IS NOT NULL
            """  # noqa: S608 - a constant
        )
        await _restore_pending_rows(connection)
        await connection.execute("DROP SCHEMA rebuilding CASCADE")


async def _restore_pending_rows(connection: Connection) -> None:
    rows = await connection.fetch(
        f"""
        SELECT image FROM {IMAGES} WHERE of_table = $1 AND key <> '' AND key::integer < (
            SELECT image::text::integer FROM {IMAGES} WHERE of_table = $1 AND key = ''
        )
        ORDER BY key::integer
        """,  # noqa: S608 - a constant
        PENDING,
    )
    waiting = [row["image"] if isinstance(row["image"], dict) else orjson.loads(row["image"]) for row in rows]
    await connection.executemany(
        "INSERT INTO outbox (topic, key, value, headers) VALUES ($1, $2, $3, $4::text::jsonb)",
        [
            (each["topic"], base64.b64decode(each["key"]), base64.b64decode(each["value"]), each["headers"])
            for each in waiting
        ],
    )


async def contents(connection: Connection) -> dict[str, Content]:
    """The content of each table that the changelog covers. Databases with equal contents hold the same rows.

    Needs a transaction.
    """
    await read_everything(connection)
    found = {}
    for table in await keyed_tables(connection):
        row = await connection.fetchrow(
            f"""
            SELECT count(*) AS rows, md5(coalesce(string_agg(image, '' ORDER BY image), '')) AS digest
            FROM (SELECT md5(row_to_json(t)::text) AS image FROM "{table.name}" AS t) AS rows
            """  # noqa: S608 - names from the catalogue
        )
        if row is not None:
            found[table.name] = Content(row["rows"], row["digest"])
    return found
