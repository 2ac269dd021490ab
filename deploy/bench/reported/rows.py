"""Writes what the events of so many cases reported, a month at a time, as outcomes exports its own rows."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from deploy.bench.sql_files import statements

FIRST, NEWEST, MONTHS = date(2023, 4, 1), date(2026, 3, 30), 36
REST = "rest"
_HERE = Path(__file__).parent
_MACROS = (
    "CREATE MACRO draw(n, what) AS (hash(hash(n, what)) % 1000)::INTEGER",
    "CREATE MACRO pick(n, what, among) AS among[1 + (hash(hash(n, what)) % len(among))::INTEGER]",
    "CREATE MACRO id_of(n, what) AS md5(what || n)::UUID::VARCHAR",
    "CREATE MACRO area_of(n) AS 'E100000' || lpad((n + 1)::VARCHAR, 2, '0')",
    "CREATE MACRO noon(day) AS epoch_us(day::TIMESTAMP + INTERVAL 12 HOUR)",
)


def months() -> Iterator[date]:
    """The months in which the cases are screened first."""
    for number in range(MONTHS):
        yield date(FIRST.year + (FIRST.month - 1 + number) // 12, (FIRST.month - 1 + number) % 12 + 1, 1)


def write_rows(cases: int, folder: Path) -> int:
    """Writes CSV files, as `2023-04/screening.csv` and `rest/region_area.csv`. Returns how many rows of cases."""
    connection = duckdb.connect(":memory:", config={"memory_limit": "2GB", "threads": 2})
    for macro in _MACROS:
        connection.execute(macro)
    _write(connection, _HERE / "rest.sql", folder / REST, {"cases": cases})
    written = sum(
        _write(
            connection,
            _HERE / "cases.sql",
            folder / f"{month:%Y-%m}",
            {"cases": cases, "month": month, "newest": NEWEST},
        )
        for month in months()
    )
    connection.close()
    return written


def _write(connection: Any, file: Path, folder: Path, values: dict[str, Any]) -> int:
    folder.mkdir(parents=True)
    written = 0
    first, queries = statements(file)
    for text in first:
        connection.execute(text, _of(text, values))
    for name, text in queries.items():
        (count,) = connection.execute(
            f"COPY ({text}) TO '{folder / name}.csv' (HEADER false)", _of(text, values)
        ).fetchone()
        written += count
    return written


def _of(text: str, values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if f"${name}" in text}
