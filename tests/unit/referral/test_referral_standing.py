"""Which screening stands of a case, whatever order and whatever clocks; and what no stamp ranks above."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.case.case import Case
from services.referral.domain.case.states import TERMINAL, WITH_PROVIDER, State
from services.referral.domain.deciders.order import withdraws
from services.referral.domain.deciders.screenings import decide_screening
from shared.contracts.referral import CaseClosed, CaseLeftWaitingList, ReferralAgreed
from shared.contracts.screening import ScreeningCompleted
from tests.support.referral_families import (
    ASKING_AREA,
    C1,
    P1,
    P2,
    catalogue,
    context,
    new_case,
    offer,
    parent,
    screening,
    some_id,
)

_DAYS = st.floats(-20_000, 20_000, allow_nan=False).map(lambda day: round(day, 3))
_UNWILLING = (parent("P1"), parent("P2", agrees=False))


def screened(*events: ScreeningCompleted, case: Case | None = None) -> Case:
    case = case or new_case(events[0])
    for event in events:
        case = decide_screening(case, event, context()).case
    return case


def unwilling(decision: str = "not-ready", **more: Any) -> ScreeningCompleted:
    """A screening by which a parent does not agree."""
    return screening(decision, **{"parents": _UNWILLING, "reasons": ("parent-does-not-agree",), **more})


@given(st.lists(st.tuples(_DAYS, st.booleans()), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_what_is_in_force_is_what_the_screening_service_publishes_whatever_the_clocks_and_the_order(
    published: list[tuple[float, bool]], chance: Any
) -> None:
    """Each change of what stands has the next revision; what does not stand changes nothing, whenever it comes."""
    revision, events = 0, []
    for number, (day, stands) in enumerate(published):
        revision += stands or not revision
        events.append(
            screening(number=number, day=day, area=ASKING_AREA, stands=stands or revision == 1, revision=revision)
        )
    last = max((each for each in events if each.stands), key=lambda each: each.revision)
    shuffled = events[1:]
    chance.shuffle(shuffled)
    case = screened(events[0], *shuffled)
    assert (case.submission_id, case.revision) == (last.submission_id, last.revision)


def test_a_correction_with_the_same_or_an_earlier_stamp_is_taken_up() -> None:
    for day in (0, -3):
        first = screening(number=1, area=ASKING_AREA, revision=1)
        corrected = screening(number=2, day=day, area=ASKING_AREA, supersedes=first.submission_id, revision=2)
        assert screened(first, corrected).submission_id == corrected.submission_id
        # What is superseded never stands above it again, though its stamp is later.
        assert screened(first, corrected, first).submission_id == corrected.submission_id


def test_events_from_before_revisions_go_by_their_times_and_come_below_those_with_one() -> None:
    old = screening(number=1, day=9, area=ASKING_AREA)
    new = screening(number=2, day=3, area=ASKING_AREA, revision=4)
    assert screened(old, new).submission_id == new.submission_id
    assert screened(new, screening(number=3, day=30, area=ASKING_AREA)).submission_id == new.submission_id


@given(agreed=_DAYS, reported=_DAYS, revised=st.booleans(), reason=st.sampled_from(["not-ready", "more-information"]))
def test_no_stamp_ranks_above_a_withdrawal(agreed: float, reported: float, revised: bool, reason: Any) -> None:
    """A withdrawal that comes after the agreement stops the case, whatever either of them is stamped with."""
    case = screened(screening(day=agreed, revision=int(revised)))
    assert case.state is State.OFFERED
    late = unwilling(number=2, day=reported, decision=reason, stands=False, revision=int(revised))
    progress = decide_screening(case, late, context())
    assert (progress.case.state, progress.case.out) == (State.CLOSED, None)
    [closed] = [each for each in progress.events if isinstance(each, CaseClosed)]
    assert (closed.reason, closed.stopped_provider) == ("withdrawn", "north")
    assert withdraws(case, late)


@given(reported=_DAYS, revised=st.booleans())
def test_a_withdrawal_that_the_agreement_itself_corrects_is_none(reported: float, revised: bool) -> None:
    void = unwilling(number=2, day=reported, stands=False, revision=int(revised))
    case = screened(screening(supersedes=void.submission_id, revision=int(revised)))
    progress = decide_screening(case, void, context())
    assert (progress.case.state, progress.case.out, progress.events) == (State.OFFERED, case.out, [])


@given(reported=_DAYS, agreed=_DAYS, again=_DAYS)
def test_after_a_late_withdrawal_only_what_agrees_again_goes_out(reported: float, agreed: float, again: float) -> None:
    """What did not go out yet goes nowhere; what was sent before the withdrawal is no agreement to it either."""
    case = screened(screening(day=agreed, area=ASKING_AREA, revision=1))
    case = screened(unwilling(number=2, day=reported, area=ASKING_AREA, stands=False, revision=1), case=case)
    assert (case.state, case.decision) == (State.NOT_REFERRED, "not-ready")
    after = screened(screening(number=3, day=again, revision=2), case=case)
    assert case.withdrew_at is not None
    expected = State.OFFERED if screening(day=again).submitted_at >= case.withdrew_at else State.AWAITING_COORDINATOR
    assert after.state is expected
    if expected is State.AWAITING_COORDINATOR:
        assert after.waiting is not None
        assert after.waiting.reason == "agreement-missing"


def test_who_withdraws_while_the_family_waits_for_a_place_leaves_the_list_and_it_is_published() -> None:
    rows = catalogue(offer("only", "north", capacity=1, waiting_list=None))
    rows.areas = {area: replace(each, when_full="waiting-list") for area, each in rows.areas.items()}
    rows.taken["only"] = 1
    listed = decide_screening(new_case(), screening(), context(rows=rows)).case
    assert listed.state is State.WAITING_LIST
    progress = decide_screening(listed, unwilling(number=2, day=2), context(rows=rows))
    [left] = progress.events
    assert isinstance(left, CaseLeftWaitingList)
    assert (left.sequence, left.with_coordinator, progress.case.listing) == (listed.sequence + 1, False, None)


@pytest.mark.parametrize("state", sorted(set(State) - {State.HALTED}))
def test_a_reason_that_is_newer_than_this_service_is_kept_and_breaks_nothing(state: State) -> None:
    """The history has a closed list, and the database keeps to it: what is not on it is another reason."""
    case = new_case() if state is State.NEW else screened(screening(area=ASKING_AREA))
    event = screening("more-information", number=2, day=2, reasons=("in-crisis", "a-reason-of-next-year"))
    progress = decide_screening(case, event, context())
    assert progress.history[-1].why == "more-information, in-crisis, other-reason"
    assert progress.case.reasons == ("in-crisis", "a-reason-of-next-year")


@given(
    st.lists(
        st.tuples(st.sampled_from(["refer", "unwilling", "not-suitable"]), _DAYS, st.booleans()), min_size=2, max_size=8
    )
)
def test_a_family_is_with_a_provider_only_where_nobody_withdrew_after_the_agreement(published: list[Any]) -> None:
    """Whatever comes in whatever order: no withdrawal after an agreement leaves a provider with the family."""
    case, agreed = new_case(), False
    for number, (kind, day, stands) in enumerate(published):
        event = (
            unwilling(number=number, day=day, revision=number + 1, stands=stands or not number)
            if kind == "unwilling"
            else screening(kind, number=number, day=day, revision=number + 1, stands=stands or not number)
        )
        progress = decide_screening(case, event, context())
        case = progress.case
        if any(isinstance(each, ReferralAgreed) for each in progress.events):
            agreed = True
        elif kind == "unwilling":
            agreed = False
        assert case.state in TERMINAL | WITH_PROVIDER | {State.NOT_REFERRED, State.AWAITING_COORDINATOR}
        assert (case.out is None) or agreed
    assert P1 != P2 != C1
    assert some_id("case") == case.case_id
