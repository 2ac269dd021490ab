"""The indicators of the pages: what is held back of all that is published, and what a figure makes of the rest."""

from collections.abc import Mapping
from statistics import NormalDist

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.outcomes.domain.intervals import mean_with_interval, quantile
from services.outcomes.domain.page_counts import Counts, Of, held_back, summed, verdict_on
from services.outcomes.web.pages.figures import FIGURES, Seen, areas

_YEARS = (2025, 2026)
_Families = Mapping[tuple[str, int], tuple[int, int]]


def published(families: _Families) -> dict[Of, Counts]:
    """Families screened and referred, by area and year: of each area, of each year, and of all."""
    found: dict[Of, Counts] = {}
    for (area, year), (screened, referred) in families.items():
        for of in (Of(), Of(area), Of(year=year)):
            counts = found.setdefault(of, {})
            for item, count in (("screened", screened), ("referred", min(referred, screened))):
                counts["families", item] = counts.get(("families", item), 0) + count
    return found


_COUNT = st.integers(0, 25)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(st.tuples(st.sampled_from("ABC"), st.sampled_from(_YEARS)), st.tuples(_COUNT, _COUNT), min_size=2),
    st.integers(2, 10),
)
def test_no_pages_together_give_a_small_count_away(families: _Families, smallest: int) -> None:
    """Whoever reads all pages subtracts areas from all areas, and years from all years."""
    all_of_it = published(families)
    held = set(held_back(all_of_it, {"": smallest}))
    for item in ("screened", "referred"):
        for parts in ([of for of in all_of_it if of.area], [of for of in all_of_it if of.year]):
            hidden = [of for of in (Of(), *parts) if (of, ("families", item)) in held]
            small = [of for of in (Of(), *parts) if 0 < all_of_it[of].get(("families", item), 0) < smallest]
            assert {*small} <= {*hidden}
            if small:
                assert len(hidden) > 1, "what is held back alone follows from the others"
    for of, counts in all_of_it.items():
        screened, referred = (counts[("families", item)] for item in ("screened", "referred"))
        if 0 < screened - referred < smallest:
            assert {(of, ("families", "screened")), (of, ("families", "referred"))} & held


def test_a_figure_shows_nothing_that_is_worked_out_from_what_is_held_back() -> None:
    counts = {("funnel", "parents referred"): 40, ("funnel", "parents started"): 30, ("funnel", "fathers referred"): 4}
    counts |= {("days", "referred 2"): 10, ("days", "referred 6"): 11, ("days", "whole 30"): 3}
    counts |= {
        ("change", "core-10 1 closure -8"): 9,
        ("change", "core-10 1 closure 1"): 12,
        ("flow", "gp mediation"): 3,
    }
    held = frozenset(
        {
            ("funnel", "fathers referred"),
            ("waited", "whole"),
            ("changed", "core-10 1 closure better"),
            ("flow", "gp mediation"),
        }
    )
    seen = Seen(counts, held)
    found = {name: draw(seen).shown() for name, draw in FIGURES.items()}
    assert found["funnel"]["rows"][0] == ["Referred to a service", "40", "100%", "held back", "held back"]
    assert found["funnel"]["rows"][1][:3] == ["Started", "30", "75%"]
    assert found["fathers"]["rows"][0] == ["Referred to a service", "held back", "40", "held back", "held back"]
    assert found["fathers"]["bars"][0]["held"]
    assert found["waiting"]["rows"][0][1:] == ["6", "6", "21"]
    assert found["waiting"]["rows"][-1][1:] == ["held back"] * 3
    (row,) = found["change"]["rows"]
    assert row[:3] == ["CORE-10 (version 1) at the end", "21", "-2.9"]
    assert row[4:] == ["held back", "0%"]
    assert found["flow"]["rows"] == [["GP", "held back"]]
    few = Seen({("families", "screened"): 3}, frozenset({("families", "screened")}))
    assert "3" not in str(areas([("Hampshire", few)], published=True).rows)
    assert Seen(counts, frozenset()).count("funnel", "fathers referred") == 4


def test_better_and_worse_follow_the_instruments_own_error() -> None:
    assert [verdict_on("core-10 1 closure", points) for points in (-6, -5, 6)] == ["better", None, "worse"]
    assert verdict_on("unknown 1 closure", 50) is None
    counts: Counts = {("change", "core-10 1 closure -6"): 2, ("change", "core-10 1 closure 0"): 3}
    assert summed(counts) == {("changed", "core-10 1 closure all"): 5, ("changed", "core-10 1 closure better"): 2}


def test_an_interval_is_students_and_a_quantile_is_postgresqls() -> None:
    # Of sixteen people who differ by a standard deviation of 4, t(15) is 2.131.
    mean, low, high = mean_with_interval({-4.0: 8, 4.0: 8}) or (0, 0, 0)
    deviation = (16 * 16 / 15) ** 0.5
    assert mean == 0
    assert high == pytest.approx(2.1314 * deviation / 4, abs=1e-3)
    assert high > NormalDist().inv_cdf(0.975) * deviation / 4
    assert low == -high
    assert mean_with_interval({3.0: 1}) is None
    assert quantile({1: 1, 2: 1, 4: 1, 9: 1}, 0.5) == 3
    assert quantile({}, 0.5) is None
