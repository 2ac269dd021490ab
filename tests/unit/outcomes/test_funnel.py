"""The funnel's arithmetic, beside the national programme's published shares."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.outcomes.domain.funnel import NATIONAL, SHARE_OF, funnel, share
from services.outcomes.domain.summary import summary
from services.outcomes.repository.summary import PARTS

counts = st.integers(min_value=0, max_value=100_000)
funnels = st.fixed_dictionaries(dict.fromkeys(NATIONAL, counts))


def test_the_national_shares_are_the_published_ones() -> None:
    nobody = dict.fromkeys(NATIONAL, 0)
    national = {step.step: step.national for step in funnel(nobody, nobody)}
    assert round(national["started"].share or 0, 2) == 0.79
    assert round(national["completed"].share or 0, 2) == 0.56
    assert national["answered-6-months"].share == 878 / 6110
    assert national["answered-12-months"].share == 374 / 6110


def test_nobody_is_not_the_same_as_none() -> None:
    nobody = dict.fromkeys(NATIONAL, 0)
    some = {**nobody, "referred": 4}
    started = {step.step: step for step in funnel(some, nobody)}["started"]
    assert started.parents.share == 0.0
    assert started.fathers.share is None


@given(funnels, funnels)
def test_each_share_gives_back_its_count(parents: dict[str, int], fathers: dict[str, int]) -> None:
    for step in funnel(parents, fathers):
        for people, count in ((parents, step.parents), (fathers, step.fathers)):
            assert count.people == people[step.step]
            if count.share is not None:
                assert round(count.share * people[SHARE_OF[step.step]]) == count.people
            if count.share_of_referred is not None:
                assert round(count.share_of_referred * people["referred"]) == count.people


def test_a_summary_of_nothing_has_no_shares_and_fails_nowhere() -> None:
    agreement = {"parents": 0, "agreed": 0, "fathers": 0, "fathers_agreed": 0}
    counted = {f"{whose}{step.replace('-', '_')}": 0 for step in NATIONAL for whose in ("", "fathers_")}
    parts: dict[str, list[dict[str, Any]]] = {
        **{part: [] for part in PARTS},
        "agreement": [agreement],
        "funnel": [counted],
        "period": [{"first": None, "last": None}],
        "training_reach": [{"trained": 0, "screen": 0, "trained_who_screen": 0, "champions": 0}],
    }
    found = summary(parts)
    assert found["screenings"]["screenings"] == 0
    assert found["agreement"]["share"] is None
    assert share(0, 0) is None
