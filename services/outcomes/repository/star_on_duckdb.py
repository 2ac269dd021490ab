"""The star's Parquet files on DuckDB, by the names that the indicators call its tables."""

from pathlib import Path
from typing import Any

import ibis

from services.outcomes.domain.star.tables import STAR


def star_on_duckdb(folder: Path) -> Any:
    """A connection on which every indicator can be counted. A table without files has no rows.

    Only the columns of the star are read, from the files themselves: what the names of folders say is not data.
    """
    connection = ibis.duckdb.connect()
    for name, table in STAR.items():
        schema = ibis.schema({column: each.kind.value for column, each in table.columns.items()})
        if not any((folder / name).rglob("*.parquet")):
            connection.create_table(name, schema=schema)
            continue
        # A name of another table's file would be taken for this one's: each is read under a name of its own.
        files = connection.read_parquet(
            str(folder / name / "**" / "*.parquet"), table_name=f"files_of_{name}", hive_partitioning=False
        )
        connection.create_view(name, files.select([files[column] for column in schema.names]).cast(schema))
    return connection
