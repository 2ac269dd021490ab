"""What a provider is shown of a case says nothing of why it stopped, whatever is known of the family."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.case.case import Case, Waiting
from services.referral.domain.case.course import Contact, Course
from services.referral.domain.case.family import Family, Offered
from services.referral.domain.case.referral import Referral, ReferralStatus
from services.referral.domain.case.shown_to_provider import STATUSES, Ending, Stage, shown_to_provider, stage_from
from services.referral.domain.case.states import WITH_PROVIDER, State, WaitingReason
from shared.contracts.vocabulary import ClosureReason, Decision
from tests.support.referral_families import C1, P1, P2, START, new_case, screening, some_id

FAMILY = Family.of(screening())
REFERRAL = Referral(
    referral_id=some_id("referral"),
    number=1,
    offer="north-mediation",
    provider="north",
    service="mediation",
    agreed_by="coordinator",
    agreed_at=START,
    offered=Offered(parents=frozenset({P1, P2}), children=frozenset({C1}), area="E10000014"),
)
COURSE = Course(referral_id=REFERRAL.referral_id, contacts=(Contact(person_id=P1, first_at=START, reached=True),))
STOPPED = sorted(frozenset(State) - WITH_PROVIDER)

kept_from_it = st.fixed_dictionaries(
    {
        "abuse_sign_at": st.sampled_from([None, START]),
        "sign_in_family_at": st.sampled_from([None, START]),
        "withdrew_at": st.sampled_from([None, START]),
        "specialist_contact_at": st.sampled_from([None, START]),
        "sign_elsewhere": st.booleans(),
        "panel_sees_abuse": st.booleans(),
        "restricted": st.booleans(),
        "decision": st.sampled_from([None, *Decision]),
        "reasons": st.lists(st.sampled_from(["abuse-indicator-disclosed", "in-crisis"])).map(tuple),
        "waiting": st.sampled_from([None, *(Waiting(each, START) for each in WaitingReason)]),
        "family_ref": st.sampled_from(["F1", "F2"]),
    }
)


def with_provider(state: State, referral: Referral = REFERRAL, **changes: Any) -> Case:
    return replace(new_case(), state=state, family=FAMILY, referrals=(referral,), course=COURSE, **changes)


ended = st.sampled_from(
    [
        REFERRAL,
        replace(REFERRAL, status=ReferralStatus.OVER, stopped=True, ended_because="stopped"),
        replace(REFERRAL, status=ReferralStatus.OVER, stopped=True),
    ]
)


@given(st.sampled_from(STOPPED), ended, kept_from_it)
def test_whatever_stopped_it_looks_the_same_and_names_nobody(
    state: State, referral: Referral, known: dict[str, Any]
) -> None:
    shown = shown_to_provider(with_provider(state, referral, **known), referral)
    on_hold = shown_to_provider(with_provider(State.ON_HOLD), REFERRAL)
    assert shown == on_hold
    assert (shown.stage, shown.people) == (Stage.STOPPED, ())
    assert shown.course == Course(referral_id=REFERRAL.referral_id)


@given(st.sampled_from(sorted(State)), kept_from_it, st.sampled_from(["completed", "withdrawn", "not-suitable"]))
def test_what_it_has_closed_itself_stays_closed_whatever_became_known_afterwards(
    state: State, known: dict[str, Any], because: str
) -> None:
    referral = replace(REFERRAL, status=ReferralStatus.OVER, stopped=because == "withdrawn", ended_because=because)
    course = COURSE.ended(START + timedelta(days=90), ClosureReason.COMPLETED)
    later = replace(with_provider(state, referral, **known), course=course)
    before = replace(with_provider(State.CLOSED, referral), course=course)
    shown = shown_to_provider(later, referral)
    assert shown == shown_to_provider(before, referral)
    assert shown.stage is Stage.CLOSED


@given(st.sampled_from(sorted(WITH_PROVIDER)), kept_from_it)
def test_nothing_that_is_kept_from_it_changes_what_it_sees_of_the_work(state: State, known: dict[str, Any]) -> None:
    assert shown_to_provider(with_provider(state, **known), REFERRAL) == shown_to_provider(
        with_provider(state), REFERRAL
    )


def test_it_is_shown_whom_it_was_notified_of_and_nobody_else() -> None:
    alone = replace(REFERRAL, offered=Offered(parents=frozenset({P2}), children=frozenset(), area="E10000014"))
    shown = shown_to_provider(with_provider(State.ACCEPTED, alone), alone)
    assert [(each.person_id, each.called) for each in shown.people] == [(P2, "Father")]


def test_of_a_referral_that_another_one_followed_nobody_is_named() -> None:
    declined = replace(REFERRAL, status=ReferralStatus.DECLINED)
    newer = replace(REFERRAL, referral_id=some_id("newer"), provider="south", number=2)
    case = replace(with_provider(State.ACCEPTED), referrals=(declined, newer), course=None)
    shown = shown_to_provider(case, declined)
    assert (shown.stage, shown.people) == (Stage.DECLINED, ())


def test_a_list_that_is_narrowed_by_what_is_stored_leaves_none_of_a_stage_out() -> None:
    for status in ReferralStatus:
        for stopped in (True, False):
            for because in (None, "stopped", "completed", "declined"):
                for state in State:
                    for newest in (True, False):
                        stage = stage_from(Ending(status, stopped, because), state, newest=newest)
                        assert status in STATUSES[stage]
