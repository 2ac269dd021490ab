"""Which families are past retention, against a model that says the rule in one sentence."""

from datetime import UTC, datetime
from uuid import UUID

from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.calendar.retention import KeptCase, past_retention
from services.referral.domain.case.states import OPEN, State
from shared.contracts.directory import AreaRegistered
from shared.privacy.register.kinds import kinds

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
USUAL = 72
MONTHS = {"E10000014": 12, "E06000045": 300}
TIMES = st.none() | st.datetimes(datetime(1999, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
CASES = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from([*MONTHS, "E10000030"]),
        st.sampled_from([State.CLOSED, State.NOT_REFERRED, State.REFUSED, State.JOINED] * 3 + list(State)),
        TIMES | st.sampled_from([NOW - relativedelta(months=12), NOW - relativedelta(months=72)]),
    ),
    max_size=8,
)


@given(CASES)
def test_a_family_goes_when_each_case_has_ended_for_longer_than_its_area_keeps_it(
    drawn: list[tuple[str, str, State, datetime | None]],
) -> None:
    cases = [KeptCase(UUID(int=at), *each) for at, each in enumerate(drawn)]
    stays = set()
    for case in cases:
        kept_for = relativedelta(months=MONTHS.get(case.area, USUAL))
        is_over = case.state in ("closed", "not-referred", "refused", "joined")
        if not is_over or case.last_at is None or case.last_at + kept_for > NOW:
            stays.add(case.family)
    assert {each.case_id for each in past_retention(cases, MONTHS, USUAL, NOW)} == {
        each.case_id for each in cases if each.family not in stays
    }


@given(CASES)
def test_no_family_with_an_open_or_halted_case_ever_goes(drawn: list[tuple[str, str, State, datetime | None]]) -> None:
    cases = [KeptCase(UUID(int=at), *each) for at, each in enumerate(drawn)]
    open_families = {each.family for each in cases if each.state in OPEN | {State.HALTED, State.NEW}}
    assert not open_families & {each.family for each in past_retention(cases, {}, 1, NOW)}


def test_the_setting_of_an_area_has_the_bounds_of_the_register() -> None:
    term = kinds().schedules["case"].term
    assert term is not None
    assert term.setting is not None
    schema = AreaRegistered.model_json_schema()["properties"][term.setting]
    assert (
        (schema["default"], schema["minimum"], schema["maximum"])
        == (term.usual, term.least, term.most)
        == (72, 12, 300)
    )
    assert all(each.source and each.because and each.done_by for each in kinds().schedules.values())
