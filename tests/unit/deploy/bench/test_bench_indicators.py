"""The peer of the indicators gives their numbers, and what it is measured on is what cases could have reported."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from deploy.bench.by_hand.queries import opened, queries, rows_of
from deploy.bench.indicators import BY_HAND, INDICATORS, comparisons, differing
from deploy.bench.reported import rows as reported
from services.outcomes.domain.indicators.counting import by
from services.outcomes.domain.indicators.registry import INDICATORS as ALL
from services.outcomes.domain.star.reported import CASES, DIRECTORY, REPORTED, TRAINING
from services.outcomes.domain.star.tables import PARTITIONED
from services.outcomes.handlers.star_of_files import write
from services.outcomes.repository.star_on_duckdb import star_on_duckdb
from tests.support import generated_star

_SHARE_OF_CASES = 720


@pytest.fixture(scope="module")
def star(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    folder = tmp_path_factory.mktemp("star")
    generated_star.write(generated_star.generated(11, 200), folder)
    return star_on_duckdb(folder), opened(folder, generated_star.TODAY)


def test_every_indicator_is_counted_by_hand_too() -> None:
    assert list(queries()) == list(ALL)
    for name, query in queries().items():
        assert set(query.apart) == {f'"{each}"' if each == "group" else each for each in ALL[name].always} - {"area"}


@pytest.mark.parametrize("name", ALL)
def test_sql_by_hand_gives_the_numbers_of_the_indicator(name: str, star: tuple[Any, Any]) -> None:
    _compare(name, "area", star)


@pytest.mark.parametrize("place", ["region", "all"])
@pytest.mark.parametrize("name", ["decision-mix", "parents-started", "days-agreed-to-accepted", "change-at-closure"])
def test_sql_by_hand_counts_regions_and_all(name: str, place: str, star: tuple[Any, Any]) -> None:
    _compare(name, place, star)


def _compare(name: str, place: str, star: tuple[Any, Any]) -> None:
    ours, by_hand = star
    cut = () if place == "all" else (place,)
    here = ours.to_pyarrow(by(ALL[name], cut, generated_star.TODAY)).to_pylist()
    there = rows_of(by_hand, queries()[name].by(place), generated_star.TODAY)
    assert any(row["counted"] for row in here)
    assert differing(here, there, place) == []


def test_what_differs_is_named() -> None:
    row = {"area": "north", "category": "refer", "counted": 7, "share": 0.1}
    same = {"place": "north", "category": "refer", "counted": 7, "share": 0.1 + 1e-13}
    assert differing([row], [same], "area") == []
    assert differing([row], [same | {"counted": 8}], "area") == ["counted of ('north', 'refer') is 7 and 8"]
    assert differing([row], [same | {"share": None}], "area") == ["share of ('north', 'refer') is 0.1 and None"]
    assert differing([row], [], "area") == ["1 groups and 0"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rows")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reported, "MONTHS", 2)
        reported.write_rows(_SHARE_OF_CASES, folder)
    return folder


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as content:
        return [dict(zip(REPORTED[file.stem].columns, row, strict=True)) for row in csv.reader(content)]


def test_rows_are_those_that_the_service_exports(made: Path) -> None:
    assert sorted(path.name for path in made.iterdir()) == ["2023-04", "2023-05", "rest"]
    for folder in made.iterdir():
        wanted = {*TRAINING, *DIRECTORY} if folder.name == "rest" else {*CASES}
        assert {file.stem for file in folder.iterdir()} == wanted
        known = {row["case_id"] for row in _rows(folder / "screening.csv")} if folder.name != "rest" else set()
        for file in folder.iterdir():
            rows, table = _rows(file), REPORTED[file.stem]
            keys = [tuple(row[name] for name in table.key) for row in rows]
            assert len(set(keys)) == len(keys), file
            for name in table.columns.keys() - table.optional:
                assert all(row[name] for row in rows), (file, name)
            assert not known or {row["case_id"] for row in rows} <= known, file
            assert all(row.get("recorded_on", "") <= reported.NEWEST.isoformat() for row in rows), file


def test_the_same_number_of_cases_gives_the_same_rows(made: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(reported, "MONTHS", 1)
    reported.write_rows(_SHARE_OF_CASES, tmp_path)
    for file in (tmp_path / "2023-04").iterdir():
        assert sorted(file.read_text().splitlines()) == sorted(
            (made / "2023-04" / file.name).read_text().splitlines()
        ), file


def test_the_star_is_written_of_them(made: Path, tmp_path: Path) -> None:
    version = write(made, tmp_path / "star", date(2026, 3, 30), memory_mb=512)
    assert version.manifest.months() == ["2023-04", "2023-05"]
    for name in PARTITIONED:
        assert version.manifest.rows[f"star/{name}/month=2023-04/part-0.parquet"], name


def test_a_line_has_how_long_each_side_counted() -> None:
    def side(counting: float, more: float = 0.0) -> list[dict[str, Any]]:
        stages = {"counting": counting, "protecting and writing": more}
        return [
            {"peak_mb": 9.0, "stages": {name: {"seconds": each, "processor_s": each} for name, each in stages.items()}}
        ]

    done = {"a": side(3.0), "b": side(2.0), "c": side(4.0, 5.0), "d": side(4.0)}
    indicators, tables, release = comparisons(1_000_000, done)
    assert (indicators.name, indicators.ratio, indicators.met) == (INDICATORS, 1.5, True)
    assert indicators.peer
    assert indicators.peer.name == BY_HAND
    assert "1,000,000 cases" in indicators.note
    assert tables.ratio == 1
    assert "5.0 s" in tables.note
    assert (release.ours.median, release.target) == (9.0, None)
