"""Sessions come in any order and are mended; what cannot be so is refused; probing does not tell of a stop."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.referral.domain.case.case import Case
from services.referral.domain.case.states import State, Trigger
from services.referral.domain.deciders.command_effects import decide_command
from services.referral.domain.deciders.commands import Halt, SeenTo, Withdraw
from services.referral.domain.deciders.refusals import UpdateRefusedError
from services.referral.domain.deciders.screenings import decide_screening
from services.referral.domain.deciders.updates import decide_update
from services.referral.domain.deciders.worklist import without_what_is_over
from services.referral.domain.safety.halting import halt_with_family
from shared.contracts.provider import ProviderUpdate
from shared.contracts.referral import SessionRecorded
from tests.support.referral_families import (
    C1,
    P1,
    P2,
    START,
    STRANGER,
    assessment,
    closing,
    context,
    measure,
    new_case,
    scheduled,
    screening,
    session,
    taken_back,
    update,
)

ACCEPTED = update("referral-accepted")
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def at_work(*updates: ProviderUpdate) -> Case:
    case = decide_screening(new_case(), screening(), context()).case
    for each in (ACCEPTED, assessment("suitable"), *updates):
        case = decided(case, each).case
    return case


def decided(case: Case, each: ProviderUpdate, day: float = 40) -> Any:
    return decide_update(case, "north", each, context(day, latest=NOW))


def refusal(case: Case, each: ProviderUpdate) -> UpdateRefusedError | None:
    try:
        decided(case, each)
    except UpdateRefusedError as error:
        return error
    return None


def answer(case: Case, each: ProviderUpdate) -> Any:
    error = refusal(case, each)
    return (error.reason, error.findings) if error else None


@st.composite
def session_reports(draw: Any) -> list[tuple[int, str, tuple[Any, ...]]]:
    """Sessions by number, in any order, some of them several times and some wrong: who came, and when."""
    return draw(
        st.lists(
            st.tuples(
                st.integers(1, 200),
                st.dates(START.date(), (START + timedelta(days=40)).date()).map(str),
                st.sets(st.sampled_from([P1, P2, C1]), min_size=1).map(lambda people: tuple(sorted(people))),
            ),
            min_size=1,
            max_size=8,
        )
    )


@given(reported=session_reports(), closes=st.integers(0, 8), wrong=st.none() | st.integers(1, 200))
@settings(deadline=None, max_examples=150)
def test_of_each_number_the_last_report_holds_and_none_blocks_another(
    reported: list[tuple[int, str, tuple[Any, ...]]], closes: int, wrong: int | None
) -> None:
    case = at_work()
    published: dict[int, tuple[str, tuple[Any, ...]]] = {}
    lines = len(reported)
    for position, (number, held_on, came) in enumerate(reported):
        if position == closes:
            case = decided(case, closing(), day=41).case
        progress = decided(
            case, session(number, held_on=held_on, attendance=[{"person": p, "attended": "yes"} for p in came]), day=42
        )
        assert [event.number for event in progress.events if isinstance(event, SessionRecorded)] == [number]
        again = "/again" if number in published else ""
        assert progress.history[-1].detail == f"{number}{again}", "the history shows what was replaced"
        case, published[number] = progress.case, (held_on, came)
    if wrong in published:
        lines += 1
        progress = decided(case, taken_back(wrong), day=43)
        [event] = progress.events
        assert (event.number, event.taken_back, event.attendance) == (wrong, True, ())
        case = progress.case
        del published[wrong]
    kept = {each.number: (str(each.held_on), tuple(sorted(each.came))) for each in case.course_now.sessions}
    assert kept == published
    assert case.course_now.started == frozenset().union(*(came for _, came in published.values()))
    assert case.state is (State.CLOSED if closes < len(reported) else State.IN_SESSIONS)


def test_a_session_that_is_held_leaves_those_before_it_scheduled() -> None:
    case = at_work(scheduled(3, on=30), scheduled(4, on=37), session(40))
    assert [each.number for each in case.course_now.planned] == [3, 4]
    held = decided(case, session(4))
    assert [each.number for each in held.case.course_now.planned] == [3]
    late_plan = decided(held.case, scheduled(4, on=30))
    assert [each.number for each in late_plan.case.course_now.planned] == [3], "what was held is not ahead again"
    assert answer(held.case, scheduled(4, on=400))[0] == "value-not-possible"
    planned_in_error = decided(case, taken_back(3))
    assert [(event.event_name, event.taken_back) for event in planned_in_error.events] == [("session-scheduled", True)]


IMPOSSIBLE = [
    (session(1, held_on="1999-01-01"), "held_on"),
    (session(1, held_on="2062-01-01"), "held_on"),
    (session(1, held_on="0001-01-01"), "held_on"),
    (session(1, held_on="9999-12-31"), "held_on"),
    (session(1, held_on="2025-03-31"), "held_on"),
    (session(1, held_on="2026-12-01"), "held_on"),
    (scheduled(1, on=-60), "scheduled_for"),
    (scheduled(1, on=365 * 30), "scheduled_for"),
    (session(1, occurred_at="2062-01-01T00:00:00Z"), "occurred_at"),
    (session(1, occurred_at="1999-01-01T00:00:00Z"), "occurred_at"),
    (session(1, occurred_at="2026-11-29T12:06:00Z"), "occurred_at"),
    (update("measure", measure=measure() | {"instrument": "phq-9", "score": 28}), "measure.score"),
    (update("measure", measure=measure() | {"instrument": "CORE-10".lower(), "score": -1}), "measure.score"),
    (closing(measures=[measure(), measure() | {"instrument": "gad7", "score": 22}]), "measures.1.score"),
]


@pytest.mark.parametrize(("each", "field"), IMPOSSIBLE)
def test_what_cannot_be_so_is_refused_with_field_and_rule_and_never_the_value(each: ProviderUpdate, field: str) -> None:
    error = refusal(at_work(), each)
    assert error is not None
    assert (error.reason, [finding.field for finding in error.findings]) == ("value-not-possible", [field])
    assert not any(year in finding.rule for finding in error.findings for year in ("1999", "2062", "9999"))


def test_a_sign_is_taken_however_impossible_the_rest_is() -> None:
    for each in (
        update("safety-concern", occurred_at="2062-01-01T00:00:00Z"),
        update("measure", measure=measure() | {"instrument": "phq-9", "score": 99, "items": {"9": 1}}),
    ):
        assert decided(at_work(), each).case.state is State.HALTED


PROBES = [
    ACCEPTED,
    update("referral-declined", reason="other"),
    update("contact-attempted", parent=P1, method="phone", outcome="reached"),
    update("contact-attempted", parent=STRANGER, method="phone", outcome="reached"),
    assessment("suitable"),
    scheduled(1, on=60),
    *(session(number) for number in (1, 2)),
    session(3, held_on="1999-01-01"),
    *(taken_back(number) for number in (1, 9)),
    *(update("measure", measure=measure(P1, occasion)) for occasion in ("closure", "follow-up-6-months")),
    update("measure", measure=measure(STRANGER)),
    update("measure", measure=measure() | {"instrument": "phq-9", "score": 99}),
    update("measure", measure=measure() | {"instrument": "never-heard-of", "items": {"4": 1}}),
    update("concern", code="housing"),
    closing(),
    closing("withdrawn"),
]


AFTERWARDS = {
    "a screening": lambda case: (
        decide_screening(case, screening("domestic-abuse-pathway", number=2, day=50), context(50)).case
    ),
    "a coordinator": lambda case: decide_command(case, Halt(), context(50)).case,
    "another case of the family": lambda case: halt_with_family(case, Trigger.ABUSE_SIGN, context(50)).case,
    "a withdrawal and then a sign": lambda case: AFTERWARDS["a coordinator"](
        decide_command(case, Withdraw(), context(49)).case
    ),
}


@given(
    probes=st.lists(st.sampled_from(PROBES), min_size=1, max_size=6),
    how=st.sampled_from(sorted(AFTERWARDS)),
    closed_as=st.sampled_from(["completed", "ended-early", "no-contact", "unsuitable", "withdrawn"]),
)
@settings(deadline=None, max_examples=300)
def test_the_answers_to_any_update_do_not_reveal_whether_a_sign_came_after_the_end(
    probes: list[ProviderUpdate], how: str, closed_as: str
) -> None:
    over = decided(at_work(session(1)), closing(closed_as)).case
    without = decide_command(over, Withdraw(), context(49)).case if "withdrawal" in how else over
    with_sign = AFTERWARDS[how](over)
    stopped = State.CLOSED if "another case" in how else State.HALTED
    assert (without.state, with_sign.state) == (State.CLOSED, stopped)
    for each in probes:
        assert answer(without, each) == answer(with_sign, each)
        if not refusal(without, each):
            without = decided(without, each).case
            after = decided(with_sign, each)
            assert after.case.state is stopped
            assert stopped is State.CLOSED or after.events == [], "what is told after a stop has no effect"
            with_sign = after.case


def test_answers_that_nobody_can_judge_are_shown_until_somebody_has_looked() -> None:
    unjudged = update("measure", measure=measure() | {"instrument": "never-heard-of", "items": {"4": 1}})
    shown = decided(at_work(), unjudged)
    assert (shown.case.state, shown.case.waiting.reason) == (State.ASSESSED, "measure-not-judged")
    goes_on = decided(shown.case, session(1)).case
    assert goes_on.waiting.reason == "measure-not-judged", "the work goes on, and somebody still has to look"
    assert decide_command(goes_on, SeenTo(), context()).case.waiting is None
    closed = decided(at_work(), closing(measures=[measure() | {"instrument": "never-heard-of", "items": {"4": 1}}]))
    assert (closed.case.state, closed.case.waiting.reason) == (State.CLOSED, "measure-not-judged")


def test_a_line_of_the_worklist_goes_when_what_it_waited_for_is_over() -> None:
    late = decide_screening(new_case(), screening(), context()).case
    one_seen = update("initial-assessment", outcome="suitable", parents_seen=[P1])
    for day, each in ((1, ACCEPTED), (2, one_seen), (3, session(1)), (40, update("concern", code="housing"))):
        late = decided(late, each, day=day).case
    assert without_what_is_over(late).waiting.reason == "no-contact"
    met = decided(late, session(2, attendance=[{"person": P2, "attended": "yes"}])).case
    assert without_what_is_over(met).waiting is None, "both parents were met"

    planned = at_work(scheduled(1, on=30))
    missed = decided(planned, update("concern", code="housing")).case
    assert without_what_is_over(missed).waiting.reason == "wrap-around-not-confirmed"
    moved = decided(missed, scheduled(1, on=60)).case
    assert without_what_is_over(moved).waiting is None, "the session is another day's"
    held = decided(missed, session(1)).case
    assert without_what_is_over(held).waiting.reason == "wrap-around-not-confirmed", "nobody had spoken before it"

    early = decided(decide_screening(new_case(), screening(), context()).case, ACCEPTED, day=1).case
    closed = decided(early, closing("no-contact"), day=2).case
    assert closed.waiting.reason == "closed-before-contact-limit"
    withdrawn = decide_command(closed, Withdraw(), context(3)).case
    assert without_what_is_over(withdrawn).waiting is None, "the family has withdrawn"
