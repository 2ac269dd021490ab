from pathlib import Path

import asyncpg
import pytest

from deploy.stack.home import Stack
from shared.postgres.migrations import MigrationError, Schema, migrate


async def test_what_postgresql_refuses_is_reported_with_file_and_line(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "0001_places.sql").write_text("CREATE TABLE place (id integer PRIMARY KEY);\n")
    (tmp_path / "R_1_counts.sql").write_text(
        "CREATE VIEW counts AS\nSELECT count(*) AS places,\n    nowhere FROM place;\n"
    )
    admin = await asyncpg.connect(stack.database_admin_url)
    await admin.execute("CREATE DATABASE refused_migrations")
    try:
        connection = await asyncpg.connect(stack.admin_database_url("refused_migrations"))
        try:
            with pytest.raises(
                MigrationError, match=r'places/R_1_counts\.sql, line 3: column "nowhere" does not exist'
            ):
                await migrate(connection, Schema([("places", tmp_path)]))
            assert await connection.fetchval("SELECT array_agg(name) FROM schema_migration") == [
                "places/0001_places.sql"
            ]
        finally:
            await connection.close()
    finally:
        await admin.execute("DROP DATABASE refused_migrations")
        await admin.close()
