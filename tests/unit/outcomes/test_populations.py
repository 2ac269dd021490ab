"""Who lives in an area: which figures are taken; and the interval of a share."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.outcomes.domain.wilson import wilson
from shared.contracts.front_door import Demographics
from shared.contracts.population import CHARACTERISTICS, Population

FIGURES = {"as_of": "2025-01-01", "source": "An example", "of": "people aged 16 to 64"}


def test_the_codes_are_those_that_front_doors_send() -> None:
    assert set(CHARACTERISTICS) == set(Demographics.model_fields)
    assert set(CHARACTERISTICS) <= set(Population.model_fields)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"white": 10}, "two groups or more"),
        ({"white": 0, "asian": 0}, "people in them"),
        ({"white": 10, "not-stated": 4}, "not-stated is no group"),
        ({"white": -1, "asian": 1}, "greater than or equal to 0"),
        ({True: 3, False: 5}, "valid string"),
    ],
)
def test_figures_that_nothing_can_be_held_against_are_refused(groups: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Population(**FIGURES, ethnicity=groups)


def test_wilsons_interval_is_the_published_one() -> None:
    assert wilson(0.5, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert wilson(0.0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(1.0, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    with pytest.raises(ValueError, match="nobody"):
        wilson(0.5, 0)


@given(people=st.floats(0.001, 1e9, allow_nan=False))
def test_an_interval_of_nothing_begins_at_exactly_nothing_and_of_all_ends_at_exactly_all(people: float) -> None:
    low, high = wilson(0.0, people)
    assert (low, 0 < high <= 1) == (0.0, True)
    low, high = wilson(1.0, people)
    assert (0 <= low < 1, high) == (True, 1.0)
