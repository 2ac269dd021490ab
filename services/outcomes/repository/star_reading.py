"""Reads a version of the star with DuckDB, as it is or as it was known on a day. Nothing here needs the database."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from services.outcomes.domain.star.norms import norms_of
from services.outcomes.domain.star.reported import EVERY, REPORTED, as_known_on
from services.outcomes.domain.star.rules import OF_STAR
from services.outcomes.domain.star.tables import STAR
from services.outcomes.repository.star_engine import TYPES, as_sql, statements
from services.outcomes.repository.star_folder import StarFolder, Version

_NORM = "norm"


class NoStarError(Exception):
    """Nothing was written yet."""


def open_star(folder: Path, *, known_on: date | None = None, memory_mb: int = 512, threads: int = 1) -> Any:
    """A DuckDB connection with the star's tables as `star_<table>`, all of one version, and the reported ones by name.

    With `known_on` they are as they were known at the end of that day: worked out by today's rules from what had been
    reported by then. The directory has no days, so its names, prices and populations are the newest.

    Raises NoStarError where nothing was written yet.
    """
    version = StarFolder(folder).current()
    if version is None:
        raise NoStarError(f"there is no star in {folder}")
    connection = duckdb.connect(":memory:", config={"memory_limit": f"{memory_mb}MB", "threads": threads})
    before = EVERY if known_on else ""
    for name in REPORTED:
        if name != _NORM:
            _view(connection, before + name, version, "reported", name)
    if known_on is None:
        for name in STAR:
            _view(connection, OF_STAR + name, version, "star", name)
        return connection
    _norms(connection, before + _NORM)
    for name, text in as_sql(as_known_on(known_on)):
        connection.execute(f'CREATE VIEW "{name}" AS {text}')
    for part in statements():
        for name, text in part:
            connection.execute(f'CREATE TABLE "{name}" AS {text}')
    return connection


def _view(connection: Any, name: str, version: Version, room: str, table: str) -> None:
    files = sorted(place for place in version.manifest.files if place.startswith(f"{room}/{table}/"))
    if not files:
        kinds = STAR[table].columns if room == "star" else {}
        columns = {column: each.kind for column, each in kinds.items()} or dict(REPORTED[table].columns)
        none = ", ".join(f'CAST(NULL AS {TYPES[kind]}) AS "{column}"' for column, kind in columns.items())
        connection.execute(f'CREATE VIEW "{name}" AS SELECT {none} WHERE false')
        return
    places = ", ".join("'" + str(version.root / place).replace("'", "''") + "'" for place in files)
    connection.execute(
        f'CREATE VIEW "{name}" AS SELECT * FROM read_parquet([{places}], hive_partitioning = false)'  # noqa: S608
    )


def _norms(connection: Any, name: str) -> None:
    columns = ", ".join(f'"{column}" {TYPES[kind]}' for column, kind in REPORTED[_NORM].columns.items())
    connection.execute(f'CREATE TABLE "{name}" ({columns})')
    used = connection.execute(f'SELECT DISTINCT instrument, version FROM "{EVERY}measure"').fetchall()  # noqa: S608
    for norm in norms_of(used):
        connection.execute(f'INSERT INTO "{name}" VALUES (?, ?, ?, ?, ?)', norm)  # noqa: S608
