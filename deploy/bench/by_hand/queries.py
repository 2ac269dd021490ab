"""The queries by hand over the star's files, and what they give."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from deploy.bench.sql_files import statements

_HERE = Path(__file__).parent
_PLACES = {
    "area": "SELECT *, area AS place FROM ({})",
    "region": "SELECT *, region AS place FROM ({}) JOIN region USING (area)",
    "all": "SELECT *, 'all' AS place FROM ({})",
}


@dataclass(frozen=True, slots=True)
class Query:
    """A query that gives a row for each unit, how they are counted, and what the numbers are apart by beside places."""

    units: str
    kind: str
    apart: tuple[str, ...]

    def by(self, place: str, *keys: str) -> str:
        """The whole query for each `area`, each `region` or `all`, by these keys beside those that it always has."""
        ending = statements(_HERE / "endings.sql")[1][self.kind]
        return f"WITH unit AS ({_PLACES[place].format(self.units)})\n" + ending.replace(
            "{keys}", ", ".join(("place", *keys, *self.apart))
        )


def queries() -> Mapping[str, Query]:
    """Every query by the name of its indicator."""
    found = {}
    for header, text in statements(_HERE / "indicators.sql")[1].items():
        name, kind, *apart = header.split()
        found[name] = Query(text, kind, tuple(apart))
    return found


def opened(star: Path, today: date) -> Any:
    """A connection to the star's files, with the views that the queries have in common."""
    connection = duckdb.connect(":memory:")
    for folder in sorted(star.iterdir()):
        files = str(folder / "**" / "*.parquet").replace("'", "''")
        connection.execute(
            f"""CREATE VIEW "{folder.name}" AS SELECT * FROM read_parquet('{files}', hive_partitioning = false)"""  # noqa: S608
        )
    connection.execute(f"SET VARIABLE today = DATE '{today.isoformat()}'")
    for text in statements(_HERE / "indicators.sql")[0]:
        connection.execute(text)
    return connection


def rows_of(connection: Any, text: str, today: date) -> list[dict[str, Any]]:
    """What a query gives."""
    found = connection.execute(text, {"today": today} if "$today" in text else None)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
