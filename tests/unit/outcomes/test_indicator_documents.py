"""What is made from the indicators is what is committed: the guide, and the SQL that is the way out of Ibis."""

from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.indicators.star import table
from services.outcomes.domain.star.tables import STAR
from tools.indicators.__main__ import stale


def test_guide_and_sql_are_those_of_the_indicators() -> None:
    assert not stale("duckdb"), "run `make contracts` and look at what changed"


def test_each_is_described_in_full() -> None:
    for name, each in INDICATORS.items():
        words = (each.question, each.definition, each.denominator, each.numerator, each.exclusions, each.source)
        assert all(words), name
        assert each.question.endswith("?"), name
        assert not any(text.endswith(".") for text in words), name
        assert set(each.always) <= set(each.dimensions), name


def test_every_fact_of_the_star_is_measured_by_something() -> None:
    assert all(table(name).columns == tuple(STAR[name].columns) for name in STAR)
