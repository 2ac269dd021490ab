"""Benefits against the spending: worked by hand, and what holds whatever is assumed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.outcomes.domain.economics import Benefit, Range, analysis

CARE = Benefit("A case of social care", pence=Range(250_000, 350_000, 600_000), avoided=Range(0.1, 0.3, 0.6), units=20)
SCHOOL = Benefit("An exclusion", pence=Range(100_000, 100_000, 100_000), avoided=Range(0, 0.05, 0.1), units=30)


def test_benefits_are_worked_out_as_by_hand() -> None:
    found = analysis(1_000_000, [CARE, SCHOOL])
    assert found is not None
    # 20 x £3,500 x 0.3 + 30 x £1,000 x 0.05 = £21,000 + £1,500
    assert found.benefit.central == pytest.approx(2_250_000)
    # 20 x £2,500 x 0.1, and nothing; 20 x £6,000 x 0.6 + 30 x £1,000 x 0.1
    assert (found.benefit.low, found.benefit.high) == (pytest.approx(500_000), pytest.approx(7_500_000))
    assert found.ratio.central == pytest.approx(2.25)
    bars = {(bar.outcome, bar.assumption): (bar.ratio_low, bar.ratio_high) for bar in found.tornado}
    assert bars == {
        ("A case of social care", "avoided"): (pytest.approx(0.85), pytest.approx(4.35)),
        ("A case of social care", "pence"): (pytest.approx(1.65), pytest.approx(3.75)),
        ("An exclusion", "avoided"): (pytest.approx(2.1), pytest.approx(2.4)),
    }
    assert [bar.ratio_high - bar.ratio_low for bar in found.tornado] == sorted(
        (bar.ratio_high - bar.ratio_low for bar in found.tornado), reverse=True
    )


def test_the_draws_have_the_mean_and_the_quantiles_of_their_distribution() -> None:
    """One triangular assumption: P(X <= x) = (x - low)^2 / ((high - low)(central - low)) below the likely value."""
    benefit = Benefit("An outcome", Range(100, 100, 100), avoided=Range(0, 1, 2), units=1)
    found = analysis(100, [benefit])
    assert found is not None
    # x = sqrt(0.025 x 2) and 2 minus that
    assert found.interval == (pytest.approx(0.2236, abs=0.002), pytest.approx(1.7764, abs=0.002))
    assert found.worth_it == pytest.approx(0.5, abs=0.001)


def test_nothing_spent_or_nothing_assumed_has_no_benefit_for_a_pound() -> None:
    assert analysis(0, [CARE]) is None
    assert analysis(100, []) is None


ranges = st.lists(st.floats(0, 1000), min_size=3, max_size=3).map(lambda ends: Range(*sorted(ends)))


@given(
    st.integers(1, 10**9),
    st.lists(st.builds(Benefit, st.text(), ranges, ranges, st.integers(0, 500)), min_size=1, max_size=4),
)
def test_the_likely_result_and_the_draws_lie_between_the_ends(spent: int, benefits: list[Benefit]) -> None:
    found = analysis(spent, benefits)
    assert found is not None
    slack = 1e-9 * (1 + found.ratio.high)
    low, high = found.interval
    assert found.ratio.low - slack <= low <= high <= found.ratio.high + slack
    assert found.ratio.low - slack <= found.ratio.central <= found.ratio.high + slack
    for bar in found.tornado:
        assert bar.ratio_low - slack <= found.ratio.central <= bar.ratio_high + slack
    assert analysis(spent, benefits) == found
