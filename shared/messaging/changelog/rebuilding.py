"""Fills a service's database from its changelog, and says whether two databases hold the same.

The database has the service's tables and nothing in them. Images are staged first, the newest of each row, and become
rows at the end: what the tables' constraints ask of rows together holds only then.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from shared.messaging.changelog.writer import PENDING, SEQUENCE, Image, keyed_tables
from shared.postgres.connection import Connection


@dataclass(frozen=True)
class Content:
    """How many rows a table has, and a digest of all of them in any order."""

    rows: int
    digest: str


async def begin(connection: Connection) -> None:
    """Makes room for images. What was staged before is gone."""
    await connection.execute("DROP TABLE IF EXISTS rebuilt_image")
    await connection.execute(
        "CREATE UNLOGGED TABLE rebuilt_image (of_table text, key text, image jsonb, PRIMARY KEY (of_table, key))"
    )


async def stage(connection: Connection, images: Iterable[Image]) -> None:
    """Takes records of the changelog in their order; of each row the newest stands."""
    newest = dict(images)
    names = [tuple(key.decode().partition(" ")[::2]) for key in newest]
    await connection.execute(
        """
        INSERT INTO rebuilt_image SELECT of_table, key, image::jsonb
        FROM unnest($1::text[], $2::text[], $3::text[]) AS given (of_table, key, image)
        ON CONFLICT (of_table, key) DO UPDATE SET image = excluded.image
        """,
        [of_table for of_table, _ in names],
        [key for _, key in names],
        [None if image is None else image.decode() for image in newest.values()],
    )


async def finish(connection: Connection) -> None:
    """Makes rows of what was staged, and sequences go on where they were; the relay finds what was not sent.

    Needs a login that may set `session_replication_role`: each row was allowed once and is not asked again, and what is
    written now is no change for the changelog. Raises asyncpg.PostgresError where the tables do not take a row.
    """
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        for table in await keyed_tables(connection):
            columns = await connection.fetch(
                """
                SELECT quote_ident(attname) AS name FROM pg_attribute
                WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
                """,
                f'public."{table.name}"',
            )
            names = ", ".join(row["name"] for row in columns)
            await connection.execute(f'DELETE FROM "{table.name}"')  # noqa: S608 - names from the catalogue
            await connection.execute(
                f"""
                INSERT INTO "{table.name}" ({names}) OVERRIDING SYSTEM VALUE
                SELECT {", ".join(f"r.{row['name']}" for row in columns)} FROM rebuilt_image AS s
                CROSS JOIN LATERAL jsonb_populate_record(NULL::"{table.name}", s.image) AS r
                WHERE s.of_table = $1 AND s.image IS NOT NULL
                """,  # noqa: S608 - names from the catalogue
                table.name,
            )
        await connection.execute(
            f"""
            SELECT setval(
                quote_ident(key)::regclass, (image ->> 'last_value')::bigint, (image ->> 'is_called')::boolean
            )
            FROM rebuilt_image WHERE of_table = '{SEQUENCE}'
            """  # noqa: S608 - a constant
        )
        await _put_back_what_was_pending(connection)
        await connection.execute("DROP TABLE rebuilt_image")


async def _put_back_what_was_pending(connection: Connection) -> None:
    rows = await connection.fetch(
        """
        SELECT image FROM rebuilt_image WHERE of_table = $1 AND key <> '' AND key::integer < (
            SELECT image::text::integer FROM rebuilt_image WHERE of_table = $1 AND key = ''
        )
        ORDER BY key::integer
        """,
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
    """What each table holds that the changelog keeps. Two databases with the same contents hold the same rows."""
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
