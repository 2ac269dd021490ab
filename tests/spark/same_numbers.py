"""Every indicator on Spark and on DuckDB, over the same files: the same numbers. `make spark` runs it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from services.outcomes.domain.indicators.counting import by, values
from services.outcomes.domain.indicators.indicator import Kind
from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.star.tables import STAR
from services.outcomes.repository.star_on_duckdb import star_on_duckdb
from services.outcomes.repository.star_on_spark import star_on_spark
from tests.spark.comparing import assert_same, counted
from tests.support.generated_star import TODAY, generated, write
from tools.indicators.__main__ import golden

CASES = 3_000


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    folder = tmp_path_factory.mktemp("star")
    write(generated(2026, CASES), folder)
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield star_on_duckdb(folder), star_on_spark(folder, session)
    session.stop()


@pytest.mark.parametrize("name", INDICATORS)
def test_both_engines_give_the_same_numbers(name: str, engines: tuple[Any, Any]) -> None:
    indicator = INDICATORS[name]
    keys = ("category",) if indicator.kind is Kind.MIX else ()
    wanted = [each for each in ("region", "quarter", "father", "provider") if each in indicator.dimensions]
    for cut in (indicator.always, (*indicator.always, *(each for each in wanted if each not in indicator.always))):
        expression = by(indicator, cut, TODAY)
        here, there = (counted(engine, expression, (*cut, *keys)) for engine in engines)
        assert here
        assert_same(here, there)


def test_a_bootstrap_draws_from_the_same_families(engines: tuple[Any, Any]) -> None:
    expression = values(INDICATORS["change-at-closure"], ["area"], TODAY)
    keys = ("instrument", "version", "area", "cluster")
    assert_same(*(counted(engine, expression, keys) for engine in engines))


def test_areas_keep_their_leading_noughts_and_a_table_without_files_has_no_rows(tmp_path: Path, engines: Any) -> None:
    rows = generated(4, 6)
    write(rows | {"training": [], "region": []}, tmp_path)
    session = SparkSession.builder.getOrCreate()
    for connection in (star_on_duckdb(tmp_path), star_on_spark(tmp_path, session)):
        for name, table in STAR.items():
            schema = connection.table(name).schema()
            assert {column: str(kind) for column, kind in schema.items()} == {
                column: each.kind.value for column, each in table.columns.items()
            }
        areas = connection.table("area").area.to_pyarrow().to_pylist()
        assert sorted(areas) == ["0101", "0102", "north"]
        assert connection.table("training").count().to_pyarrow().as_py() == 0


def test_the_sql_for_spark_is_what_is_committed() -> None:
    found = golden("pyspark")
    stale = [
        path.name for path, text in found.items() if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    assert not stale, "run `.venv-spark/bin/python -m tools.indicators --dialect pyspark` and look at what changed"
