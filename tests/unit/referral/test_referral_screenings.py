"""What a screening, a correction and a late screening do to a case."""

import pytest

from services.referral.domain.agreement.eligibility import Terms
from services.referral.domain.case.case import Case
from services.referral.domain.case.history import ConsentGiven, ConsentWithdrawn
from services.referral.domain.case.states import State, WaitingReason
from services.referral.domain.deciders.command_effects import decide_command
from services.referral.domain.deciders.commands import (
    Halt,
    Hold,
    Refuse,
    Resume,
    Return,
    SpecialistContact,
    ToPanel,
    Withdraw,
)
from services.referral.domain.deciders.screenings import decide_screening
from services.referral.domain.deciders.updates import decide_update
from shared.contracts.offer import Eligibility
from shared.contracts.referral import CaseClosed, CaseHalted, ReferralAgreed
from tests.support.referral_families import (
    AGENCY,
    ASKING_AREA,
    P1,
    P2,
    catalogue,
    context,
    new_case,
    offer,
    parent,
    practitioner,
    screening,
    some_id,
    update,
)


def screened(*events, cases=None, rows=None) -> Case:
    case = cases or new_case(events[0])
    for event in events:
        case = decide_screening(case, event, context(rows=rows or catalogue())).case
    return case


def test_a_clean_case_is_agreed_at_once_where_the_area_lets_it_through():
    progress = decide_screening(new_case(), screening(), context(day=1))
    [event] = progress.events
    assert isinstance(event, ReferralAgreed)
    assert (progress.case.state, event.offer, event.provider) == (State.OFFERED, "north-mediation", "north")
    assert (event.agreed_by, event.legal_basis, event.sequence) == ("area-setting", "public-task", 1)
    assert event.occurred_at == context(day=1).now
    assert [p.person_id for p in event.parents] == [P1, P2]
    assert [(e.number, e.by, e.source, e.target) for e in progress.history] == [
        (1, "screening", "new", "awaiting-coordinator"),
        (2, "area-setting", "awaiting-coordinator", "offered"),
    ]


@pytest.mark.parametrize(
    ("changes", "rows", "reason"),
    [
        ({"area": ASKING_AREA}, catalogue(), "area-asks-coordinator"),
        ({"area": "E10000099"}, catalogue(), "area-not-registered"),
        ({}, catalogue(legal_basis=None), "legal-basis-missing"),
        ({"agency": "unheard-of"}, catalogue(), "legal-basis-missing"),
        ({"service": "coordinator-decides"}, catalogue(), "coordinator-decides"),
        ({"service": "couple-support"}, catalogue(), "no-eligible-offer"),
        ({"parents": (parent("P1"), parent("P2", agrees=False))}, catalogue(), "agreement-missing"),
        ({"parents": (parent("P1"),)}, catalogue(), "agreement-missing"),
        ({"parents": (parent("P1", notice=False), parent("P2"))}, catalogue(), "privacy-notice-missing"),
    ],
)
def test_what_the_area_does_not_let_through_waits_with_the_reason(changes, rows, reason):
    event = screening(**changes)
    progress = decide_screening(new_case(event), event, context(day=1, rows=rows))
    assert (progress.case.state, progress.events) == (State.AWAITING_COORDINATOR, [])
    assert (progress.case.waiting.reason, progress.case.waiting.since) == (reason, context(day=1).now)


def test_a_sign_that_is_known_already_keeps_the_family_from_being_agreed():
    progress = decide_screening(new_case(), screening(), context(sign_in_family=True))
    assert (progress.events, progress.case.waiting.reason) == ([], WaitingReason.SIGN_OF_ABUSE)


@pytest.mark.parametrize("decision", ["more-information", "not-suitable", "not-ready", "universal-offer"])
def test_other_decisions_are_kept_and_not_referred(decision):
    progress = decide_screening(new_case(), screening(decision), context())
    assert (progress.case.state, progress.events, progress.case.waiting) == (State.NOT_REFERRED, [], None)
    assert (progress.case.decision, progress.case.reasons) == (decision, ("in-crisis",))
    assert progress.history[0].why == f"{decision}, in-crisis"


def test_the_offer_is_the_first_eligible_one_with_a_place_by_priority_then_id():
    rows = catalogue(
        offer("a-full", "north", capacity=1, priority=1),
        offer("b-elsewhere", "north", areas=frozenset({ASKING_AREA}), priority=1),
        offer("c-for-couples", "north", terms=Terms(Eligibility(relationship=["together"])), priority=1),
        offer("e-later", "north", priority=50),
        offer("d-first", "south", priority=50),
    )
    rows.taken["a-full"] = 1
    assert screened(screening(), rows=rows).latest.offer == "d-first"


def test_places_taken_and_given_back_are_counted_within_a_batch():
    rows = catalogue(offer("only", "north", capacity=1))
    first = decide_screening(new_case(), screening(), context(rows=rows))
    rows.account(None, first.case)
    other = screening(case_id=some_id("other"), family_ref="F2")
    waiting = decide_screening(new_case(other), other, context(rows=rows)).case
    assert waiting.waiting.reason == WaitingReason.NO_ELIGIBLE_OFFER
    ended = decide_command(first.case, Withdraw(), context(rows=rows))
    rows.account(first.case, ended.case)
    assert decide_screening(new_case(other), other, context(rows=rows)).case.state is State.OFFERED


def test_a_sign_of_abuse_before_anything_was_published_halts_in_silence():
    for events in ([screening("domestic-abuse-pathway")], [screening("more-information"), _abuse(2)]):
        case = screened(*events)
        assert (case.state, case.sequence) == (State.HALTED, 0)
        assert case.abuse_sign_at is not None


def _abuse(number, day=2, **changes):
    return screening("domestic-abuse-pathway", number=number, day=day, **changes)


def test_a_sign_of_abuse_stops_the_provider_once():
    case = screened(screening())
    progress = decide_screening(case, _abuse(2), context(day=2))
    [event] = progress.events
    assert isinstance(event, CaseHalted)
    assert (event.stopped_provider, event.referral_id, event.raised_by) == (
        "north",
        case.latest.referral_id,
        "screening",
    )
    again = decide_screening(progress.case, _abuse(3), context(day=3))
    assert (again.events, again.case.state, again.case.out) == ([], State.HALTED, None)


def test_a_sign_of_abuse_after_the_end_halts_and_stops_nobody():
    case = decide_command(screened(screening()), Withdraw(), context()).case
    [event] = decide_screening(case, _abuse(2), context()).events
    assert isinstance(event, CaseHalted)
    assert (event.stopped_provider, event.referral_id) == (None, None)


def test_a_halted_case_is_not_released_by_a_correction_and_is_shown_to_a_person():
    case = screened(screening(), _abuse(2), screening(day=3, number=3, supersedes=some_id("submission-2")))
    # The contact that a person at risk needs is never hidden by a correction.
    assert (case.state, case.waiting.reason) == (State.HALTED, WaitingReason.SPECIALIST_CONTACT)
    case = decide_command(case, SpecialistContact(outcome="contact-made"), context()).case
    assert case.waiting.reason == "corrected-after-halt"
    case = screened(_abuse(1))
    case = decide_command(case, SpecialistContact(outcome="contact-made"), context()).case
    assert case.waiting is None
    assert screened(screening("not-ready", day=4, number=2), cases=case).waiting.reason == "corrected-after-halt"


def test_an_older_screening_overrides_nothing_but_its_sign_of_abuse_halts():
    case = screened(screening(day=5, number=2))
    late = decide_screening(case, screening("not-ready", day=1, number=1), context())
    assert (late.case.state, late.case.decision, late.events) == (State.OFFERED, "refer", [])
    assert late.history[0].trigger == "older-screening"
    assert screened(_abuse(1, day=1), cases=case).state is State.HALTED


def test_a_correction_takes_precedence_over_what_it_names_whatever_the_clocks_show():
    first = screening(day=5, number=1)
    correction = screening("not-ready", day=4, number=2, supersedes=first.submission_id)
    assert screened(first, correction).state is State.CLOSED
    late = screened(screening("not-ready", day=5, number=2, supersedes=first.submission_id), first)
    assert late.decision == "not-ready"


@pytest.mark.parametrize(
    ("reasons", "reason"),
    [(("parent-does-not-agree", "no-wish-for-change"), "withdrawn"), (("no-wish-for-change",), "unsuitable")],
)
def test_a_correction_that_no_longer_refers_stops_the_provider(reasons, reason):
    case = screened(screening())
    progress = decide_screening(case, screening("not-ready", number=2, day=2, reasons=reasons), context())
    [event] = progress.events
    assert isinstance(event, CaseClosed)
    assert (event.reason, event.stopped_provider, event.provider) == (reason, "north", "north")
    assert (progress.case.state, progress.case.latest.status) == (State.CLOSED, "over")


def test_a_correction_that_still_refers_changes_nothing_towards_the_provider():
    case = screened(screening())
    for service, noted in (("mediation", ""), ("family-counselling", "family-counselling")):
        progress = decide_screening(case, screening(number=2, day=2, service=service), context())
        assert (progress.events, progress.case.state) == ([], State.OFFERED)
        assert progress.case.latest == case.latest
        assert (progress.history[0].why, progress.history[0].detail) == ("refer", noted)


def test_a_correction_before_the_provider_moves_the_case():
    case = screened(screening("not-ready"), screening(number=2, day=2))
    assert case.state is State.OFFERED
    waiting = screened(screening(area=ASKING_AREA), screening("not-ready", number=2, day=2, area=ASKING_AREA))
    assert (waiting.state, waiting.waiting) == (State.NOT_REFERRED, None)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (Return(missing=("tool",)), "corrected-after-return"),
        (Refuse(reason="other-support"), "corrected-after-refusal"),
    ],
)
@pytest.mark.parametrize("between", [(), (screening("not-ready", number=7, day=2),)])
def test_what_a_person_was_deciding_comes_back_to_a_person(command, reason, between):
    case = screened(screening(area=ASKING_AREA))
    case = decide_command(case, command, context()).case
    case = screened(*between, screening(number=8, day=3), cases=case)
    assert (case.state, case.waiting.reason) == (State.AWAITING_COORDINATOR, reason)


def test_a_case_at_the_panel_stays_there_while_it_is_to_be_referred():
    case = decide_command(screened(screening(area=ASKING_AREA)), ToPanel(), context()).case
    assert screened(screening(number=2, day=2), cases=case).state is State.AT_PANEL
    away = screened(screening("not-ready", number=2, day=2), screening(number=3, day=3), cases=case)
    assert (away.state, away.waiting.reason) == (State.AWAITING_COORDINATOR, "corrected-after-panel")


def test_a_correction_on_hold_changes_where_the_case_resumes():
    case = decide_command(screened(screening(area=ASKING_AREA)), Hold(), context()).case
    case = screened(screening("not-ready", number=2, day=2), cases=case)
    assert (case.state, case.held_from) == (State.ON_HOLD, State.NOT_REFERRED)
    case = screened(screening(number=3, day=3), cases=case)
    assert (case.state, case.held_from) == (State.ON_HOLD, State.AWAITING_COORDINATOR)
    case = decide_command(case, Resume(), context()).case
    assert (case.state, case.waiting.reason) == (State.AWAITING_COORDINATOR, "resumed-after-hold")


def test_on_hold_with_a_provider_a_correction_closes_and_stops():
    case = decide_command(screened(screening()), Hold(), context()).case
    progress = decide_screening(case, screening("not-suitable", number=2, day=2), context())
    assert [event.stopped_provider for event in progress.events] == ["north"]


def test_a_late_refer_after_the_end_is_shown_and_moves_nothing():
    case = decide_command(screened(screening()), Withdraw(), context()).case
    case = screened(screening(number=2, day=2), cases=case)
    assert (case.state, case.waiting.reason) == (State.CLOSED, "corrected-after-closure")


def test_consents_are_recorded_for_each_parent_and_end_where_one_no_longer_agrees():
    first = decide_screening(new_case(), screening(), context(cause="event-1"))
    assert [type(consent) for consent in first.consents] == [ConsentGiven, ConsentGiven]
    assert {consent.source_event for consent in first.consents} == {some_id("event-1")}
    unwilling = (parent("P1"), parent("P2", agrees=False))
    event = screening("not-ready", number=2, day=2, parents=unwilling, reasons=("parent-does-not-agree",))
    second = decide_screening(first.case, event, context())
    assert [(type(c), c.person_id) for c in second.consents] == [(ConsentGiven, P1), (ConsentWithdrawn, P2)]


def test_a_wrap_around_worker_and_the_referrer_travel_sealed():
    parents = (parent("P1"), parent("P2").model_copy(update={"wrap_around": None}))
    event = screening(parents=parents)
    [agreed] = decide_screening(new_case(event), event, context()).events
    assert agreed.practitioner == practitioner()
    assert [p.wrap_around for p in agreed.parents] == [practitioner("wrap-P1"), None]
    assert agreed.agency == AGENCY


def test_a_coordinators_halt_is_published_though_nothing_was_published_before():
    case = screened(screening(area=ASKING_AREA))
    [event] = decide_command(case, Halt(), context()).events
    assert (event.raised_by, event.stopped_provider) == ("coordinator", None)


def test_sessions_start_again_with_the_next_provider():
    case = screened(screening())
    declined = decide_update(case, "north", update("referral-declined", reason="other"), context())
    assert (declined.case.latest.provider, declined.case.course_now.sessions) == ("south", ())
