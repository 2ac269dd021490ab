"""Intervals and limits against published examples, each with where it was read, and against what they must hold."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from services.outcomes.domain.indicators.control_limits import ACTION, WARNING, control_limits, dispersion
from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.indicators.statistics import (
    bootstrap,
    change_interval,
    effective,
    interval,
    median_interval,
)

STARTED = INDICATORS["parents-started"]


def share_of(pairs: list[tuple[int, int]]) -> dict[str, Any]:
    """A row as it is counted, from each family's parents who met it and all of its parents."""
    met, size = sum(m for m, _ in pairs), sum(n for _, n in pairs)
    return {
        "counted": size, "clusters": len(pairs), "met": met, "share": met / size if size else None,
        "vv": float(sum(m * m for m, _ in pairs)), "vn": float(sum(m * n for m, n in pairs)),
        "nn": float(sum(n * n for _, n in pairs)),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("met", "size", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_is_as_newcombe_published_it(met: int, size: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), 857-872, Table I, method 3: the four shares and their intervals.

    Read as they are quoted in a public test named "Wilson intervals match Newcombe 1998a Table I"; the paper itself was
    not at hand.
    """
    found = interval(STARTED, share_of([(1, 1)] * met + [(0, 1)] * (size - met)))
    assert found
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("size", "coverage", "low", "high"),
    [
        (30, WARNING, 16.7, 50.0),
        (30, ACTION, 10.0, 60.0),
        (107, WARNING, 23.4, 41.1),
        (107, ACTION, 18.7, 46.7),
        (287, WARNING, 27.2, 38.0),
        (287, ACTION, 24.0, 41.1),
    ],
)
def test_control_limits_are_those_of_a_published_funnel(size: int, coverage: float, low: float, high: float) -> None:
    """Output areas of Bexhill-on-Sea in the Census of 2021 (TS061, work mainly at home) around Rother's 12,306 of
    37,932.

    "Exact binomial limits around 32.44%: n 30 95% 16.7 to 50.0, 99.8% 10.0 to 60.0; n 107 23.4 to 41.1, 18.7 to
    46.7; n 287
    27.2 to 38.0, 24.0 to 41.1", read in the notes of a public lesson on funnel plots. Whole counts, not interpolated.
    """
    found = control_limits(size, 12_306 / 37_932, coverage, interpolated=False)
    assert (round(100 * found.low, 1), round(100 * found.high, 1)) == (low, high)


@pytest.mark.parametrize("size", [5, 30, 107, 287, 6110])
@pytest.mark.parametrize("target", [0.02, 0.3244, 0.79])
def test_interpolated_limits_lie_within_one_count_inside_the_exact_ones(size: int, target: float) -> None:
    """As the formula has it: (r - alpha) / n, where alpha = (F(r) - p) / (F(r) - F(r - 1))."""
    for coverage in (WARNING, ACTION):
        exact, smooth = (control_limits(size, target, coverage, interpolated=each) for each in (False, True))
        assert exact.low - 1 / size - 1e-12 <= smooth.low <= exact.low + 1e-12
        assert exact.high - 1 / size - 1e-12 <= smooth.high <= exact.high + 1e-12
        tail = (1 - coverage) / 2
        for limit, p in ((smooth.low, tail), (smooth.high, 1 - tail)):
            # Between two counts the distribution is taken for a line: it is p there.
            count = limit * size
            below, above = np.floor(count), np.floor(count) + 1
            line = np.interp(count, [below, above], stats.binom.cdf([below, above], size, target))
            assert limit == 0 or line == pytest.approx(p, abs=1e-9)


def test_limits_of_nobody_are_refused() -> None:
    with pytest.raises(ValueError, match="no limits for 0 units"):
        control_limits(0, 0.5, WARNING)


def test_areas_that_differ_by_chance_alone_are_not_over_dispersed_and_others_are() -> None:
    random = np.random.default_rng(8)
    sizes = random.integers(30, 300, 40)
    alike = dispersion([(int(random.binomial(n, 0.4)), int(n)) for n in sizes], 0.4)
    apart = dispersion([(int(random.binomial(n, random.choice((0.25, 0.55)))), int(n)) for n in sizes], 0.4)
    assert alike
    assert apart
    assert not alike.is_over
    assert 0.4 < alike.factor < 1.4
    assert apart.is_over
    assert apart.factor > 4
    assert dispersion([(1, 2)], 0.4) is None


def test_families_whose_parents_are_alike_are_worth_one_parent_each() -> None:
    row = share_of([(2, 2)] * 30 + [(0, 2)] * 20)
    assert effective(row) == pytest.approx(50, rel=0.1)
    apart = share_of([(1, 2)] * 26 + [(2, 2)] * 13 + [(0, 2)] * 11)
    assert 85 < effective(apart) <= 100
    alone = share_of([(1, 1)] * 30 + [(0, 1)] * 20)
    assert effective(alone) == 50
    assert effective(share_of([(2, 2)] * 9)) == 9
    # A father and a mother in each family: half of all are fathers, and no draw of families would have it otherwise.
    assert effective(share_of([(1, 2)] * 9)) == 18


def test_the_interval_of_a_mean_is_students_where_nobody_shares_a_family() -> None:
    values = np.array([3.0, -1, 4, 1, -5, 9, 2, 6])
    row = {
        "counted": 8, "clusters": 8, "mean": values.mean(), "vv": (values**2).sum(), "vn": values.sum(), "nn": 8.0
    }  # fmt: skip
    found = interval(INDICATORS["change-at-closure"], row)
    expected = stats.t.interval(0.95, 7, values.mean(), stats.sem(values))
    assert found
    assert (found.low, found.high) == pytest.approx(expected)


def test_the_bootstrap_is_scipys_of_families_and_the_same_each_time() -> None:
    random = np.random.default_rng(3)
    clusters = [
        {"value": float(v), "per": int(n)}
        for v, n in zip(random.normal(4, 6, 80), random.integers(1, 3, 80), strict=True)
    ]
    found = bootstrap(clusters)
    assert found == bootstrap(clusters)
    assert found
    row = {
        "counted": sum(each["per"] for each in clusters), "clusters": 80,
        "mean": sum(each["value"] for each in clusters) / sum(each["per"] for each in clusters),
        "vv": sum(each["value"] ** 2 for each in clusters), "vn": sum(each["value"] * each["per"] for each in clusters),
        "nn": float(sum(each["per"] ** 2 for each in clusters)),
    }  # fmt: skip
    by_theory = interval(INDICATORS["change-at-closure"], row)
    assert by_theory
    assert found.low == pytest.approx(by_theory.low, abs=0.35)
    assert found.high == pytest.approx(by_theory.high, abs=0.35)
    assert bootstrap(clusters[:1]) is None
    indicator = INDICATORS["change-at-closure"]
    assert change_interval(indicator, row, clusters) == by_theory
    assert change_interval(indicator, row | {"clusters": 100}, clusters) == found
    same = bootstrap([{"value": 2.0, "per": 1}] * 5)
    assert same
    assert same.low == same.high == 2.0


def test_a_median_lies_between_two_of_the_days_that_were_seen() -> None:
    """Of ten, the second and the ninth: the binomial distribution gives 97.9%."""
    assert stats.binom.cdf(8, 10, 0.5) - stats.binom.cdf(1, 10, 0.5) == pytest.approx(0.9785, abs=1e-4)
    found = median_interval([5, 1, 9, 3, 7, 10, 2, 8, 4, 6])
    assert found
    assert (found.low, found.high) == (2, 9)
    assert median_interval([]) is None
    assert median_interval([4, 5]) is None


def test_where_there_is_too_little_no_interval_is_given() -> None:
    assert interval(STARTED, {"counted": 0}) is None
    one = {"counted": 1, "clusters": 1, "mean": 2.0, "vv": 4.0, "vn": 2.0, "nn": 1.0}
    assert interval(INDICATORS["change-at-closure"], one) is None
