"""The funnel's arithmetic, beside the national programme's published shares."""

from hypothesis import given
from hypothesis import strategies as st

from services.outcomes.domain.funnel import NATIONAL, SHARE_OF, funnel, share

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


def test_a_count_that_is_held_back_leaves_no_share() -> None:
    parents: dict[str, int | None] = {**dict.fromkeys(NATIONAL, 0), "referred": 40, "started": None, "completed": 10}
    found = {step.step: step.parents for step in funnel(parents, parents)}
    assert (found["started"].people, found["started"].share_of_referred) == (None, None)
    # Of those who started is a share of what is not known.
    assert found["completed"].share is None
    assert share(0, 0) is None
