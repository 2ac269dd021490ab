"""Tables of unit costs: what is read, what is refused and how, and what stays of an area's own figures."""

from pathlib import Path

import pytest

from deploy.directory.unit_costs import merged, read_unit_costs
from deploy.stack.errors import ParleyError
from shared.contracts.area_parts import AvoidableCost, Avoided

TABLE = """outcome,unit,pounds,pounds_low,pounds_high,source,as_of
A school exclusion,per exclusion,"£11,250.50",9000,,A public table,2025-04-01
A case of social care,per case,3500,,,Finance,

"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "costs.csv"


def test_a_table_is_read_as_finance_teams_write_it(table: Path) -> None:
    table.write_text(TABLE, encoding="utf-8-sig")
    exclusion, care = read_unit_costs(table)
    assert (exclusion.pence, exclusion.pence_low, exclusion.pence_high) == (1_125_050, 900_000, None)
    assert (str(exclusion.as_of), care.as_of, care.pence) == ("2025-04-01", None, 350_000)
    assert read_unit_costs(table, ["A case of social care"]) == [care]


@pytest.mark.parametrize(
    ("row", "finding"),
    [
        ("A,much,,,Finance,", "row 2: pounds: must be an amount in pounds"),
        ("A,0,,,Finance,", "row 2: pounds: must be an amount in pounds"),
        ("A,1.005,,,Finance,", "row 2: pounds: must be an amount in pounds"),
        ("A,1e999999,,,Finance,", "row 2: pounds: must be an amount in pounds"),
        ("A,,,,Finance,", "row 2: pounds: Field required"),
        ("A,5,6,,Finance,", "row 2: pounds_low: must not be more than pounds"),
        ("A,5,,,,", "row 2: source: Field required"),
        ("A,5,,,Finance,soon", "row 2: as_of:"),
        ("A,5,,,Finance,\nA,6,,,Finance,", "row 3: outcome: “A” is there twice"),
    ],
)
def test_what_is_wrong_names_row_column_and_rule(table: Path, row: str, finding: str) -> None:
    table.write_text(f"outcome,pounds,pounds_low,pounds_high,source,as_of\n{row}\n", encoding="utf-8")
    with pytest.raises(ParleyError) as raised:
        read_unit_costs(table)
    assert finding in str(raised.value)
    assert str(raised.value).endswith("Nothing was registered.")


def test_a_table_without_its_columns_or_without_the_outcome_is_refused(table: Path) -> None:
    table.write_text("name;pounds\n", encoding="utf-8")
    with pytest.raises(ParleyError, match="has no column outcome and none pounds and none source"):
        read_unit_costs(table)
    table.write_text(TABLE, encoding="utf-8")
    with pytest.raises(ParleyError, match="no row is of “Another”"):
        read_unit_costs(table, ["Another"])


def test_the_newer_figure_of_an_outcome_counts_and_what_is_assumed_of_it_stays() -> None:
    avoided = Avoided(per="completed-case", low=0, central=0.1, high=0.2, source="The board")
    care = AvoidableCost(outcome="Care", pence=100, source="Finance", avoided=avoided)
    school = AvoidableCost(outcome="School", pence=200, source="Finance")
    newer = AvoidableCost(outcome="Care", pence=300, source="A public table")
    other = AvoidableCost(outcome="Court", pence=400, source="A public table")
    assert merged([care, school], [newer, other]) == [newer.model_copy(update={"avoided": avoided}), school, other]
