"""Every indicator on Spark and on DuckDB over a star of many cases, and a page of what came of it.

`make spark CASES=20000` runs it. It is no test of pytest: it takes a while, and its page is kept.
"""

import argparse
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pyspark.sql import SparkSession

from deploy.bench.reported.rows import NEWEST
from deploy.bench.reported.star import make_star
from services.outcomes.domain.indicators.counting import by
from services.outcomes.domain.indicators.indicator import Kind
from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.repository.star_on_duckdb import star_on_duckdb
from services.outcomes.repository.star_on_spark import star_on_spark
from tests.spark.comparing import assert_same, counted

_PAGE = """\
# The indicators on Spark

Made by `make spark CASES={cases}`; nothing here is written by hand.

Each of the {indicators} indicators was counted by area on both engines, over the same Parquet files. Every number is
the same: whole numbers, days and words exactly, sums of numbers to twelve digits (their order differs). On none of them
was nothing counted.

| | |
|---|---|
| measured on | {day} |
| cases | {known:,}, of {cases:,} whose events were made |
| rows of the star | {rows:,} |
| groups compared | {groups:,}, with {numbers:,} numbers |
| Spark {spark}, local, two threads | {spark_s:.0f} s |
| DuckDB {duckdb} | {duckdb_s:.0f} s |

The seconds are of a machine with two processors that did other work too: they show that it runs, not how fast. Spark
pays for the start of each query here, and is for what no single machine can hold.
"""


def main() -> None:
    """Makes the star, counts it twice, and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--report", type=Path, required=True)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        star = make_star(given.cases, Path(folder), lambda text: print(text, file=sys.stderr, flush=True))
        page = _PAGE.format(**compared(star, given.cases))
    given.report.write_text(page, encoding="utf-8")


def compared(star: Path, cases: int) -> dict[str, Any]:
    """Compares every indicator. Raises AssertionError at the first number that differs."""
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    engines = {"duckdb": star_on_duckdb(star), "spark": star_on_spark(star, session)}
    seconds, groups, numbers = dict.fromkeys(engines, 0.0), 0, 0
    for name, indicator in INDICATORS.items():
        cut = ("area", *(each for each in indicator.always if each != "area"))
        keys = (*cut, *(("category",) if indicator.kind is Kind.MIX else ()))
        found = {}
        for engine, connection in engines.items():
            began = time.perf_counter()
            found[engine] = counted(connection, by(indicator, ("area",), NEWEST), keys)
            seconds[engine] += time.perf_counter() - began
        assert_same(found["duckdb"], found["spark"])
        assert any(row["counted"] for row in found["duckdb"].values()), name
        groups += len(found["duckdb"])
        numbers += sum(len(row) - len(keys) for row in found["duckdb"].values())
        print(f"{name}: the same, {len(found['duckdb'])} groups", file=sys.stderr, flush=True)
    tables = {name.name: engines["duckdb"].table(name.name).count().to_pyarrow().as_py() for name in star.iterdir()}
    session.stop()
    return {
        "cases": cases,
        "known": tables["case"],
        "rows": sum(tables.values()),
        "indicators": len(INDICATORS),
        "groups": groups,
        "numbers": numbers,
        "day": f"{datetime.now(UTC):%d %B %Y}",
        "spark": version("pyspark"),
        "duckdb": version("duckdb"),
        **{f"{engine}_s": spent for engine, spent in seconds.items()},
    }


if __name__ == "__main__":
    main()
