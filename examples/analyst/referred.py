"""An analyst's table in DuckDB: how many families were referred, by the kind of front door and the month.

From the compacted topic, which has each fact as it is now. Copy it with count_cases.py, which reads the topic; it needs
`pip install confluent-kafka duckdb`.
Run: python referred.py analyst.properties
"""

import sys
from pathlib import Path

import duckdb
from count_cases import publishable, records

TOPIC = "outcomes-current"
# Whatever else a fact has is beside these: `value ->> 'outcome'`.
FACTS = """
    CREATE TABLE fact AS SELECT
        value ->> 'fact_id' AS fact_id, value ->> 'case_id' AS case_id, value ->> 'fact' AS fact,
        CAST(value ->> 'on' AS DATE) AS "on", value ->> 'detail' AS detail, value ->> 'source' AS source,
        value ->> 'area' AS area, value ->> 'service' AS service, CAST(value ->> 'parents' AS INTEGER) AS parents, value
    FROM (SELECT CAST(unnest($values) AS JSON) AS value)
"""
# Cases are counted, not facts. Where too few look alike a fact is told by the quarter or the year, and no front door.
REFERRED = """
    SELECT coalesce(source, 'not told') AS front_door,
        CASE detail WHEN 'year' THEN strftime("on", '%Y')
            WHEN 'quarter' THEN strftime("on", '%Y') || ' Q' || quarter("on")
            ELSE strftime("on", '%Y-%m') END AS month,
        count(DISTINCT case_id) AS families
    FROM fact WHERE fact = 'referred' GROUP BY ALL ORDER BY ALL
"""


def loaded(properties_file: Path) -> duckdb.DuckDBPyConnection:
    """A database with the facts that hold now as the table `fact`."""
    current: dict[bytes, str] = {}
    for key, value in records(properties_file, TOPIC):
        # The last record of a key counts, also while Kafka still has others. Without a value it is no longer so.
        current.pop(key, None)
        if value:
            current[key] = value.decode()
    database = duckdb.connect()
    database.execute(FACTS, {"values": list(current.values())})
    return database


def referred(database: duckdb.DuckDBPyConnection) -> list[tuple[str, str, int]]:
    """Front door; month, or what is told in its place; and how many families."""
    return database.execute(REFERRED).fetchall()


def main(properties_file: Path) -> None:
    """Prints the table."""
    for front_door, month, families in referred(loaded(properties_file)):
        print(f"{month:<7}  {front_door:<20} {publishable(families):>15}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python referred.py analyst.properties")
    main(Path(sys.argv[1]))
