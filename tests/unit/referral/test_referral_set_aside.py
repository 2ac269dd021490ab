"""What takes effect though it is no screening: a stop in a record set aside, a screening that is taken back."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.calendar.schedule import Kind, scheduled_steps
from services.referral.domain.case.case import Case
from services.referral.domain.case.family import FamilyKey
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import State, Trigger
from services.referral.domain.deciders.command_effects import decide_command
from services.referral.domain.deciders.commands import Agree, ConflictError
from services.referral.domain.deciders.refusals import UpdateRefusedError
from services.referral.domain.deciders.screenings import decide_screening
from services.referral.domain.deciders.taking_back import decide_taking_back
from services.referral.domain.deciders.updates import decide_update
from services.referral.domain.safety.halting import halt_with_family
from services.referral.domain.safety.stops import decide_stop
from shared.contracts.referral import CaseClosed, CaseHalted, CaseReturned
from shared.contracts.screening import ScreeningCompleted, ScreeningTakenBack, StopReported
from tests.support.referral_families import (
    AGENCY,
    AREA,
    ASKING_AREA,
    P1,
    P2,
    START,
    closing,
    context,
    new_case,
    parent,
    screening,
    session,
    some_id,
    update,
)
from tests.support.referral_work import RULES, after, at_work, waits_for


def decided(case: Case, event: ScreeningCompleted) -> Progress:
    return decide_screening(case, event, context())


def stop(*, sign: bool = False, withdrawal: bool = False, day: float = 1, parents: Any = ()) -> StopReported:
    return StopReported(
        case_id=some_id("case"),
        occurred_at=START,
        agency=AGENCY,
        area=AREA,
        family_ref="F1",
        submitted_at=context(day).now,
        sign_of_abuse=sign,
        parent_does_not_agree=withdrawal,
        parents=parents,
    )


def taken_back(number: int, *, stands: int | None = None, revision: int = 9) -> ScreeningTakenBack:
    return ScreeningTakenBack(
        case_id=some_id("case"),
        occurred_at=START,
        agency=AGENCY,
        area=AREA,
        family_ref="F1",
        submission_id=some_id(f"submission-{number}"),
        because="filed-under-another-family",
        stands=some_id(f"submission-{stands}") if stands else None,
        revision=revision,
    )


_WAY = [update("referral-accepted"), session(1), closing()]


def gone_along(steps: int) -> Case:
    """A case with nothing of it known, waiting, with a provider, at work, closed."""
    match steps:
        case 0:
            return new_case()
        case 1:
            return decided(new_case(), screening(area=ASKING_AREA)).case
        case 2:
            return decided(new_case(), screening()).case
        case 3:
            return after(at_work(), session(1))
        case _:
            return after(at_work(), session(1), closing())


@given(steps=st.integers(0, 4), day=st.integers(-400, 400), withdrawal=st.booleans())
def test_a_sign_in_a_record_that_was_set_aside_halts_in_whatever_state_the_case_is(
    steps: int, day: int, withdrawal: bool
) -> None:
    case = gone_along(steps)
    progress = decide_stop(case, stop(sign=True, withdrawal=withdrawal, day=day), context(9))
    assert (progress.case.state, waits_for(progress.case)) == (State.HALTED, "specialist-contact")
    [halted] = [event for event in progress.events if isinstance(event, CaseHalted)]
    assert halted.stopped_provider == (case.out.provider if case.out else None)
    assert scheduled_steps(progress.case, RULES) == []
    # The mended record finds it halted.
    mended = decided(progress.case, screening(number=2, day=500))
    assert (mended.case.state, mended.events, mended.case.out) == (State.HALTED, [], None)


@given(steps=st.integers(0, 3), reported=st.integers(-400, 400), sent=st.integers(-400, 400), named=st.booleans())
def test_a_withdrawal_in_a_record_that_was_set_aside_stops_what_is_open_and_is_kept_for_what_comes(
    steps: int, reported: int, sent: int, named: bool
) -> None:
    case = gone_along(steps)
    progress = decide_stop(case, stop(withdrawal=True, day=reported, parents=(P2,) if named else ()), context(9))
    assert progress.case.out is None
    if case.state is State.NEW:
        assert (progress.case.state, progress.events) == (State.NEW, [])
        arrives = decided(progress.case, screening(day=sent)).case
        later = sent >= reported
        assert arrives.state is (State.OFFERED if later else State.AWAITING_COORDINATOR)
        assert waits_for(arrives) == (None if later else "agreement-missing")
        return
    [closed] = [event for event in progress.events if isinstance(event, CaseClosed)]
    assert (closed.reason, closed.stopped_provider) == ("withdrawn", case.out.provider if case.out else None)
    assert {each.person_id for each in progress.consents} == ({P2} if named else {P1, P2})


_PARENTS = {"same": ("P1", "P2"), "another": ("P1", "P3")}


@given(
    steps=st.sampled_from([1, 2, 3]),
    first=st.sampled_from(["refer", "not-suitable"]),
    void=st.sampled_from(["refer", "not-suitable", "domestic-abuse-pathway"]),
    people=st.sampled_from(sorted(_PARENTS)),
    based_on_it=st.booleans(),
    order=st.permutations(["void", "taken-back", "again"]),
)
def test_whatever_of_a_taking_back_is_read_first_the_case_ends_up_the_same(
    steps: int, first: str, void: str, people: str, based_on_it: bool, order: list[str]
) -> None:
    """The first screening holds again, which the screening service says once more with the revision of the taking back.

    The topics race: the void screening, its taking back, and the first one again, in any order.
    """
    area = AREA if steps > 1 else ASKING_AREA
    parents = tuple(parent(ref) for ref in _PARENTS[people])
    one = screening(first, number=1, revision=1, area=area)
    two = screening(void, number=2, day=5, revision=2, area=area, parents=parents)
    again = one.model_copy(update={"revision": 3})
    back = taken_back(2, stands=1, revision=3)

    def lived(of: list[str]) -> tuple[Case, list[Any]]:
        case, published = decided(new_case(), one).case, []
        if based_on_it:
            # A coordinator agreed on the second before anybody knew.
            case = decided(case, two).case
            if case.state is State.AWAITING_COORDINATOR:
                case = decide_command(case, Agree(), context()).case
            of = [each for each in of if each != "void"]
        for each in of:
            match each:
                case "void":
                    progress = decided(case, two)
                case "again":
                    progress = decided(case, again)
                case _:
                    progress = decide_taking_back(case, back, context())
            case, published = progress.case, published + progress.events
        return case, published

    case, _ = lived(order)
    expected, _ = lived(["void", "taken-back", "again"])
    if void == "domestic-abuse-pathway":
        assert case.state is State.HALTED, "a sign is not taken back"
        return
    assert case.submission_id == some_id("submission-1")
    assert not case.is_taken_back
    assert case.questioned is None
    if void == "refer":
        # Otherwise it has stopped the case where it was read first, and a stop is not undone.
        assert (case.out is None) is (expected.out is None)
    if void == "refer" == first:
        assert (case.state, waits_for(case)) == (expected.state, waits_for(expected))
    if case.out:
        # Nobody works with the family on what was taken back.
        assert case.out.offered.submission_id == some_id("submission-1")
        assert case.informed_parents == {P1, P2}


def test_what_was_taken_back_is_never_in_force_though_it_is_older_than_revisions() -> None:
    case = decide_taking_back(gone_along(1), taken_back(2, stands=1, revision=0), context()).case
    late = decided(case, screening("not-suitable", number=2, day=5, area=ASKING_AREA)).case
    assert (late.state, late.submission_id) == (State.AWAITING_COORDINATOR, some_id("submission-1"))


@pytest.mark.parametrize("steps", [2, 3])
def test_a_provider_that_was_informed_by_what_is_taken_back_stops_and_a_person_agrees_again(steps: int) -> None:
    case = replace(gone_along(steps), submission_id=some_id("submission-2"))
    published = case.latest.offered.model_copy(update={"submission_id": some_id("submission-2")})
    case = replace(case, referrals=(replace(case.latest, offered=published),))
    progress = decide_taking_back(case, taken_back(2, stands=1), context())
    assert (progress.case.state, waits_for(progress.case)) == (State.RETURNED, "screening-taken-back")
    assert [type(event) for event in progress.events] == [CaseReturned]
    assert {each.person_id for each in progress.consents} == {P1, P2}
    assert (progress.case.latest.status, progress.case.latest.stopped) == ("over", True)
    with pytest.raises(UpdateRefusedError, match="has stopped"):
        decide_update(progress.case, "north", session(3), context())
    again = decided(progress.case, screening(number=1, area=AREA, revision=9)).case
    assert (again.state, waits_for(again)) == (State.AWAITING_COORDINATOR, "corrected-after-return")
    assert decide_command(again, Agree(), context()).case.state is State.OFFERED


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_nothing_goes_out_of_a_case_that_is_based_on_what_is_taken_back_until_another_holds(steps: int) -> None:
    before = gone_along(steps)
    case = decided(before, screening(number=2, day=2, area=before.area)).case
    progress = decide_taking_back(case, taken_back(2, stands=1), context())
    assert (progress.case.state, progress.case.out) == (before.state, before.out)
    assert (progress.events, waits_for(progress.case)) == ([], "screening-taken-back")
    if before.out:
        declined = update("referral-declined", reason="other")
        if steps == 2:
            asked = decide_update(progress.case, "north", declined, context()).case
            assert (asked.state, waits_for(asked)) == (State.AWAITING_COORDINATOR, "screening-taken-back")
    else:
        with pytest.raises(ConflictError, match="taken its screening back"):
            decide_command(progress.case, Agree(), context())
    held = decided(progress.case, screening(number=1, area=before.area, revision=9)).case
    assert (held.state, waits_for(held)) == (before.state, waits_for(before))


def test_the_only_screening_of_a_case_takes_the_case_with_it() -> None:
    for steps in (1, 2, 3):
        case = gone_along(steps)
        progress = decide_taking_back(case, taken_back(1), context())
        [closed] = progress.events
        assert (progress.case.state, closed.reason) == (State.CLOSED, "withdrawn")
        assert closed.stopped_provider == (case.out.provider if case.out else None)
    # One that has ended stays as it ended, and a halted one halted: a person looks.
    closed_before = gone_along(4)
    over = decide_taking_back(closed_before, taken_back(1), context())
    assert (over.case.state, over.events) == (State.CLOSED, [])
    halted = decided(new_case(), screening("domestic-abuse-pathway")).case
    stays = decide_taking_back(halted, taken_back(1), context())
    assert (stays.case.state, stays.case.corrected_after) == (State.HALTED, "corrected-after-halt")


def test_strangers_who_are_taken_back_leave_the_case_as_it_was() -> None:
    for steps in (1, 2, 3):
        case = gone_along(steps)
        strange = screening(number=2, day=2, parents=(parent("S1"), parent("S2")), attention=("people-differ",))
        questioned = decided(case, strange).case
        assert waits_for(questioned) == "people-differ"
        progress = decide_taking_back(questioned, taken_back(2, stands=1), context())
        assert (progress.events, progress.case.state, progress.case.out) == ([], case.state, case.out)
        assert (progress.case.family, waits_for(progress.case)) == (case.family, waits_for(case))
    alone = decided(new_case(), strange).case
    with pytest.raises(ConflictError):
        decide_command(alone, Agree(), context())
    assert decide_taking_back(alone, taken_back(2), context()).case.state is State.CLOSED


def test_a_sign_in_the_familys_next_case_takes_back_what_is_scheduled_for_one_that_is_over() -> None:
    over = after(at_work(), session(1), closing())
    assert [each.kind for each in scheduled_steps(over, RULES)] == [Kind.FOLLOW_UP] * 2
    for found_in in (over.key, FamilyKey("police", "7")):
        progress = halt_with_family(over, Trigger.ABUSE_SIGN, context(200), found_in=found_in)
        assert progress is not None
        assert (progress.case.state, progress.events, scheduled_steps(progress.case, RULES)) == (State.CLOSED, [], [])
        # Its provider is not told, and cannot find it out: a closed case answers as before.
        assert not progress.case.latest.stopped


def test_a_family_that_is_sent_again_is_answered_alike_whether_it_joined_or_is_halted_for_what_another_knows() -> None:
    case = decided(new_case(), screening(area=ASKING_AREA)).case
    halted = halt_with_family(case, Trigger.LINKED_SIGN, context(), found_in=FamilyKey("police", "7"))
    assert halted is not None
    again = decided(halted.case, screening(number=2, day=2))
    [published] = again.events
    assert (type(published), published.known_elsewhere, published.told_already) == (CaseHalted, True, False)
    assert decided(again.case, screening("not-ready", number=3, day=3)).events == []
    # What its own front door has told of is told of once.
    own = decided(again.case, screening("domestic-abuse-pathway", number=4, day=4))
    assert decided(own.case, screening(number=5, day=5)).events == []
