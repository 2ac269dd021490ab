"""What a person may do with a case, and what stands in the way."""

import pytest
from pydantic import ValidationError

from services.referral.domain.agreement.eligibility import Terms
from services.referral.domain.case.case import Case
from services.referral.domain.case.states import Actor, State, Trigger
from services.referral.domain.case.transitions import NotAllowedError
from services.referral.domain.deciders.command_effects import decide_command
from services.referral.domain.deciders.commands import (
    Agree,
    Answer,
    ConflictError,
    Halt,
    Hold,
    InvalidCommandError,
    Refuse,
    Resume,
    Return,
    SpecialistContact,
    ToPanel,
    Withdraw,
)
from services.referral.domain.deciders.screenings import decide_screening
from services.referral.domain.safety.halting import halt_with_family
from shared.contracts.offer import Eligibility
from tests.support.referral_families import (
    ASKING_AREA,
    P1,
    P2,
    STRANGER,
    catalogue,
    context,
    new_case,
    offer,
    parent,
    screening,
)


def waiting(rows=None, **changes) -> Case:
    event = screening(**{"area": ASKING_AREA, **changes})
    return decide_screening(new_case(event), event, context(rows=rows or catalogue())).case


def done(case, command, rows=None, by=None, **known):
    return decide_command(case, command, context(day=1, rows=rows, **known), by=by)


@pytest.mark.parametrize(
    ("command", "state", "event", "waits"),
    [
        (Agree(), "offered", "referral-agreed", None),
        (Return(missing=("tool", "contact-details")), "returned", "case-returned", "returned-for-information"),
        (Refuse(reason="other-support"), "refused", "case-refused", None),
        (ToPanel(), "at-panel", "case-taken-to-panel", "panel-to-recommend"),
        (Hold(), "on-hold", "case-held", "on-hold"),
        (Halt(), "halted", "case-halted", "specialist-contact"),
        (Withdraw(), "closed", "case-closed", None),
    ],
)
def test_what_a_coordinator_does_with_a_waiting_case(command, state, event, waits):
    progress = done(waiting(), command)
    [emitted] = progress.events
    assert (progress.case.state, emitted.event_name) == (state, event)
    assert (progress.case.waiting.reason if progress.case.waiting else None) == waits
    [entry] = progress.history
    assert (entry.by, entry.cause is not None) == ("parent" if state == "closed" else "coordinator", True)


def test_an_agreement_names_whose_it_is():
    [event] = done(done(waiting(), ToPanel()).case, Agree(), by=Actor.PANEL).events
    assert event.agreed_by == "panel"
    [event] = done(waiting(), Agree()).events
    assert event.agreed_by == "coordinator"


@pytest.mark.parametrize(
    ("rows", "changes", "message"),
    [
        (catalogue(legal_basis=None), {}, "legal basis"),
        (catalogue(), {"parents": (parent("P1"), parent("P2", agrees=False))}, "agreement"),
        (catalogue(), {"parents": (parent("P1", notice=False), parent("P2"))}, "privacy notice"),
        (catalogue(), {"service": "couple-support"}, "no eligible offer"),
        (catalogue(), {"service": "coordinator-decides"}, "without an offer"),
    ],
)
def test_nothing_is_agreed_without_what_it_needs(rows, changes, message):
    with pytest.raises(ConflictError, match=message):
        done(waiting(rows, **changes), Agree(), rows)


@pytest.mark.parametrize("missing", [{"legal_basis": None}])
def test_an_offer_by_name_does_not_get_round_a_condition(missing):
    with pytest.raises(ConflictError, match="legal basis"):
        done(waiting(), Agree(offer="north-mediation"), catalogue(**missing))


def test_a_sign_in_another_case_of_the_family_cannot_be_agreed_over():
    with pytest.raises(ConflictError, match="sign of abuse"):
        done(waiting(), Agree(), sign_in_family=True)


def test_a_person_chooses_the_offer_but_not_its_area_or_its_places():
    rows = catalogue(
        offer("for-couples", "north", service="couple-support", terms=Terms(Eligibility(relationship=["together"]))),
        offer("full", "south", capacity=0),
        offer("elsewhere", "south", areas=frozenset({"E10000099"})),
    )
    case = waiting(rows, service="coordinator-decides")
    assert done(case, Agree(offer="for-couples"), rows).case.latest.service == "couple-support"
    with pytest.raises(ConflictError, match="no place"):
        done(case, Agree(offer="full"), rows)
    for name in ("elsewhere", "unheard-of"):
        with pytest.raises(InvalidCommandError):
            done(case, Agree(offer=name), rows)


@pytest.mark.parametrize(
    ("to", "state", "reason"),
    [
        ((), "awaiting-coordinator", "corrected-after-return"),
        ((ToPanel(),), "at-panel", "panel-to-recommend"),
    ],
)
@pytest.mark.parametrize("between", [(), (Hold(), Resume())])
def test_what_the_referrer_answers_comes_back_to_where_it_was(to, state, reason, between):
    case = waiting()
    for command in to:
        case = done(case, command).case
    by = Actor.PANEL if to else None
    case = done(case, Return(missing=("tool",)), by=by).case
    for command in between:
        case = done(case, command).case
    assert (case.state, case.waiting.reason) == ("returned", "returned-for-information")
    answered = done(case, Answer()).case
    assert (answered.state, answered.waiting.reason, answered.returned_from) == (state, reason, None)
    corrected = decide_screening(case, screening(day=2, number=2), context()).case
    assert (corrected.state, corrected.waiting.reason) == (state, reason)


def test_a_halted_case_waits_until_somebody_has_seen_to_the_specialist_contact():
    case = done(waiting(), Halt(source="told-by-a-wrap-around-practitioner")).case
    for outcome in ("not-reached", "contact-made"):
        assert case.waiting.reason == "specialist-contact"
        progress = done(case, SpecialistContact(outcome=outcome))
        assert progress.events == []
        case = progress.case
    assert (case.state, case.waiting) == ("halted", None)
    with pytest.raises(InvalidCommandError, match="outcome"):
        done(case, SpecialistContact(outcome="shrugged"))


@pytest.mark.parametrize(
    "held",
    [
        waiting(),
        done(waiting(), ToPanel()).case,
        done(waiting(), Return(missing=("tool",))).case,
        done(waiting(), Agree()).case,
    ],
)
def test_a_hold_resumes_where_it_was(held):
    hold = done(held, Hold())
    resumed = done(hold.case, Resume())
    assert resumed.case.state is held.state
    assert resumed.case.held_from is None
    assert [e.provider for e in (*hold.events, *resumed.events)] == [held.out.provider if held.out else None] * 2
    assert (resumed.case.waiting is None) == (held.state is State.OFFERED)


def test_a_withdrawal_stops_the_provider_and_ends_the_consent():
    case = done(waiting(), Agree()).case
    progress = done(case, Withdraw(parent=P2))
    [event] = progress.events
    assert (event.reason, event.stopped_provider, event.referral_id) == ("withdrawn", "north", case.out.referral_id)
    assert [consent.person_id for consent in progress.consents] == [P2]
    assert {consent.person_id for consent in done(case, Withdraw()).consents} == {P1, P2}
    with pytest.raises(InvalidCommandError, match="parent"):
        done(case, Withdraw(parent=STRANGER))


def test_a_withdrawal_from_a_halted_case_is_kept_and_reported_to_nobody():
    progress = done(done(waiting(), Halt()).case, Withdraw())
    assert (progress.case.state, progress.events, len(progress.consents)) == (State.HALTED, [], 2)


@pytest.mark.parametrize("command", [Agree(), Return(missing=("tool",)), ToPanel(), Resume(), Refuse(reason="other")])
def test_nothing_leads_out_of_halted(command):
    with pytest.raises(NotAllowedError, match="halted"):
        done(done(waiting(), Halt()).case, command)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Return, {}),
        (Return, {"missing": []}),
        (Refuse, {"reason": "Free text about a parent"}),
        (Agree, {"ofer": "x"}),
        (Withdraw, {"parent": "Jane"}),
    ],
)
def test_bodies_are_codes(kind, body):
    with pytest.raises(ValidationError):
        kind.model_validate(body)


def test_a_sign_halts_the_familys_other_open_case_and_what_is_scheduled_for_one_that_is_over():
    other = done(waiting(), Agree()).case
    [event] = halt_with_family(other, Trigger.ABUSE_SIGN, context()).events
    assert (event.stopped_provider, event.raised_by) == ("north", "screening")
    [published] = halt_with_family(waiting(), Trigger.ABUSE_SIGN, context()).events
    assert published.stopped_provider is None
    over = halt_with_family(done(other, Withdraw()).case, Trigger.ABUSE_SIGN, context())
    assert (over.case.state, over.events, over.case.sign_in_family_at) == (State.CLOSED, [], context().now)
    assert halt_with_family(over.case, Trigger.ABUSE_SIGN, context()) is None
