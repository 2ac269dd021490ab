"""The order of the worklist: the database has the same rule, and stretches are what the rule says of each line."""

from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from services import referral as service
from services.referral.domain.case.states import WaitingReason
from services.referral.domain.safety.urgency import Line, Urgency, lasting_urgency, stretches, urgency_of
from services.referral.domain.safety.urgency_function import urgency_function
from shared.contracts.vocabulary import LevelOfNeed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEVELS = (None, *LevelOfNeed)


def test_the_database_is_given_the_same_rule() -> None:
    written = (Path(service.__path__[0]) / "migrations" / "R_urgency.sql").read_text()
    assert written == urgency_function(), (
        "put there what `python -m services.referral.domain.safety.urgency_function` prints"
    )


def test_reason_and_level_of_need_count_each_by_itself() -> None:
    """Otherwise the function in SQL, which takes the more urgent of the two, would be another rule."""
    for reason, level in product(WaitingReason, LEVELS):
        by_level = lasting_urgency(WaitingReason.ON_HOLD, level)
        assert lasting_urgency(reason, level) == min(lasting_urgency(reason, None), by_level)


@given(
    st.sampled_from(WaitingReason),
    st.sampled_from(LEVELS),
    st.integers(0, 30),
    st.integers(0, 40),
    st.sampled_from((-1, 0, 1)),
)
def test_every_line_is_in_one_stretch_and_has_its_urgency(
    reason: WaitingReason, level: LevelOfNeed | None, limit: int, days: int, microseconds: int
) -> None:
    since = NOW - timedelta(days=days) + timedelta(microseconds=microseconds)
    (one,) = (
        each
        for each in stretches(limit, NOW)
        if each.lasting is lasting_urgency(reason, level)
        and (each.begin is None or each.begin <= since)
        and (each.end is None or since < each.end)
    )
    assert one.urgency is urgency_of(Line(reason, since, level, limit), NOW)[0]
    assert {each.urgency for each in stretches(limit, NOW)} == set(Urgency)
