"""A return is filled from what is published, by the version that is valid for its period."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.outcomes.domain.disclosure.suppression import protected
from services.outcomes.domain.disclosure.table import CountedTable, Dimension, Outline
from services.outcomes.domain.publication.content import DefinedTable, Definition, Statistic
from services.outcomes.domain.returns.mapping import Return, ReturnError, described, filled, loaded, returns

AREA, MET = Dimension("area", ("Ashby", "Bexley", "Corby")), Dimension("met", ("yes", "no"))
MEANING = Definition("t", "d")
MADE_UP: dict[str, Any] = {
    "name": "made-up",
    "title": "A return of which the form changed",
    "versions": [
        {
            "valid_from": "2024-04-01", "valid_to": "2025-03-31", "source": "made up",
            "columns": [{"name": "referred", "means": "parents referred", "table": "referred"}],
        },
        {
            "valid_from": "2025-04-01", "source": "made up", "by": "area",
            "columns": [
                {"name": "parents_in", "means": "parents referred", "table": "referred"},
                {"name": "parents_started", "means": "who came", "table": "started", "at": {"met": "yes"}},
                {"name": "change", "means": "mean change", "table": "referred", "statistic": "mean"},
            ],
        },
    ],
}  # fmt: skip


def tables() -> list[DefinedTable]:
    referred = CountedTable(Outline("referred", "parents", (AREA,)), {("Ashby",): 14, ("Bexley",): 30, ("Corby",): 45})
    started = CountedTable(
        Outline("started", "parents started", (AREA, MET)),
        {
            ("Ashby", "yes"): 4, ("Ashby", "no"): 10, ("Bexley", "yes"): 15, ("Bexley", "no"): 15,
            ("Corby", "yes"): 30, ("Corby", "no"): 15,
        },
    )  # fmt: skip
    one, other = protected([referred, started], 10).tables
    mean = Statistic("mean", "mean change", {("Ashby",): 1.0, ("Bexley",): 2.0, ("Corby",): 3.0})
    return [DefinedTable(one, MEANING, (mean,)), DefinedTable(other, MEANING)]


def test_a_period_picks_its_version() -> None:
    made_up = Return.model_validate(MADE_UP)
    before = made_up.version_for(date(2024, 10, 1), date(2024, 12, 31))
    after = made_up.version_for(date(2025, 4, 1), date(2025, 6, 30))
    assert filled(before, tables()) == [{"referred": 89}]
    assert [row["area"] for row in filled(after, tables())] == ["Ashby", "Bexley", "Corby"]
    assert [name for name, _ in described(after)] == ["area", "parents_in", "parents_started", "change"]
    with pytest.raises(ReturnError, match="made-up: no version is valid from 2025-03-01 to 2025-04-30"):
        made_up.version_for(date(2025, 3, 1), date(2025, 4, 30))


def test_what_is_suppressed_in_the_table_is_suppressed_in_the_return() -> None:
    after = Return.model_validate(MADE_UP).version_for(date(2026, 1, 1), date(2026, 3, 31))
    rows = {row["area"]: row for row in filled(after, tables())}
    assert rows["Ashby"]["parents_started"] is None
    assert rows["Corby"] == {
        "area": "Corby",
        "parents_in": 45,
        "parents_started": rows["Corby"]["parents_started"],
        "change": 3.0,
    }


def test_the_service_s_own_are_valid_and_name_the_source_of_their_columns() -> None:
    found = {each.name: each for each in returns()}
    assert {*found} == {"dwp-style", "supporting-families"}
    assert all(version.source for each in found.values() for version in each.versions)


FIRST, SECOND = MADE_UP["versions"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"name": "Made Up"}, r"made\.yaml: name: String should match pattern"),
        ({"versions": []}, r"versions: Tuple should have at least 1 item"),
        ({"colour": "red"}, r"colour: Extra inputs are not permitted"),
        ({"versions": [{**FIRST, "valid_to": "2023-01-01"}]}, "valid_to: it must not be before"),
        ({"versions": [{**FIRST, "valid_to": None}, SECOND]}, "still valid on 2025-04-01"),
        ({"versions": [{**FIRST, "columns": FIRST["columns"] * 2}]}, "referred is there twice"),
    ],
)
def test_a_file_that_breaks_a_rule_is_refused_by_field_and_rule(
    tmp_path: Path, change: dict[str, object], why: str
) -> None:
    path = tmp_path / "made.yaml"
    path.write_text(yaml.safe_dump({**MADE_UP, **change}))
    with pytest.raises(ReturnError, match=why):
        loaded(path)


@pytest.mark.parametrize(
    ("column", "why"),
    [
        ({"table": "absent"}, "parents_in: there is no table absent"),
        ({"at": {"service": "mediation"}}, "parents_in: referred has no dimension service"),
        ({"at": {"area": "Derby"}}, "parents_in: area has no category Derby"),
        ({"statistic": "median"}, "parents_in: referred has no statistic median"),
    ],
)
def test_a_column_that_names_what_is_not_published_is_refused(column: dict[str, object], why: str) -> None:
    version = {
        **MADE_UP["versions"][0],
        "columns": [{"name": "parents_in", "means": "m", "table": "referred", **column}],
    }
    made_up = Return.model_validate({**MADE_UP, "versions": [version]})
    with pytest.raises(ReturnError, match=why):
        filled(made_up.versions[0], tables())
