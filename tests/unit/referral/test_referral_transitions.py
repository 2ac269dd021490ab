"""The table is all there is: every state by every trigger by every actor, and the diagram in the README."""

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import pytest

import services.referral as service
from services.referral.domain.agreement.consent import expire
from services.referral.domain.agreement.offers import Catalogue
from services.referral.domain.agreement.re_referral import report_if_linked_again
from services.referral.domain.case.case import Case, Waiting
from services.referral.domain.case.course import Course, Held
from services.referral.domain.case.diagram import diagram
from services.referral.domain.case.family import FamilyKey
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.reasons import OF_TRIGGER
from services.referral.domain.case.referral import Listing, Referral, ReferralStatus
from services.referral.domain.case.states import HANDS, TERMINAL, WITH_PROVIDER, Actor, State, Trigger, WaitingReason
from services.referral.domain.case.transition_view import transition_view
from services.referral.domain.case.transitions import TABLE, NotAllowedError, allows, find
from services.referral.domain.deciders.command_effects import decide_command
from services.referral.domain.deciders.commands import (
    Agree,
    Answer,
    Command,
    ConflictError,
    FromPanel,
    Halt,
    Hold,
    InvalidCommandError,
    Refuse,
    Reopen,
    Resume,
    Return,
    SeenTo,
    SpecialistContact,
    TakeOffList,
    ToPanel,
    Withdraw,
    WrapAroundSpoke,
)
from services.referral.domain.deciders.consent_commands import RecordConsent, WithdrawConsent, decide_consent
from services.referral.domain.deciders.refusals import UpdateRefusedError
from services.referral.domain.deciders.screenings import decide_screening
from services.referral.domain.deciders.updates import decide_update
from services.referral.domain.safety.halting import halt_with_family
from services.referral.domain.safety.joining import join, separate
from tests.support.referral_families import (
    P1,
    P2,
    assessment,
    catalogue,
    closing,
    context,
    measure,
    new_case,
    offer,
    scheduled,
    screening,
    session,
    some_id,
    taken_back,
    update,
)
from tests.support.referral_people import STRANGERS, of_people

COMMANDS: dict[Trigger, Command] = {
    Trigger.AGREE: Agree(),
    Trigger.LIST: Agree(wait=True),
    Trigger.TAKE_OFF_LIST: TakeOffList(),
    Trigger.RETURN: Return(missing=("tool",)),
    Trigger.REFUSE: Refuse(reason="other-support"),
    Trigger.TO_PANEL: ToPanel(),
    Trigger.FROM_PANEL: FromPanel(),
    Trigger.ANSWER: Answer(),
    Trigger.SPECIALIST_CONTACT: SpecialistContact(outcome="contact-made"),
    Trigger.HOLD: Hold(),
    Trigger.RESUME: Resume(),
    Trigger.HALT: Halt(),
    Trigger.WITHDRAW: Withdraw(),
    Trigger.REOPEN: Reopen(),
    Trigger.SEEN_TO: SeenTo(),
    Trigger.WRAP_AROUND_CONTACT: WrapAroundSpoke(parent=P1),
}
CONSENTS: dict[Trigger, RecordConsent | WithdrawConsent] = {
    Trigger.CONSENT_RECORDED: RecordConsent(parent=P1, purpose="evaluation", given_on=date(2025, 4, 1)),
    Trigger.CONSENT_WITHDRAWN: WithdrawConsent(parent=P1, purpose="evaluation"),
}
# What the calendar brings about is not decided from outside: tests/unit/referral/test_referral_calendar.py.
CALENDAR = {
    Trigger.FIRST_CONTACT_OVERDUE,
    Trigger.NO_CONTACT_IN_TIME,
    Trigger.REMIND,
    Trigger.NOT_CONFIRMED,
    Trigger.FOLLOW_UP,
}
UPDATES = {
    Trigger.ACCEPTED: update("referral-accepted"),
    Trigger.DECLINED: update("referral-declined", reason="other"),
    Trigger.CONTACT_ATTEMPTED: update("contact-attempted", parent=P1, method="phone", outcome="reached"),
    Trigger.ASSESSED_SUITABLE: assessment("suitable"),
    Trigger.ASSESSED_NOT_SUITABLE: assessment("not-suitable"),
    Trigger.SESSION: session(1, held_on="2025-04-02"),
    Trigger.MEASURE: update("measure", measure=measure()),
    Trigger.FOLLOW_UP_MEASURE: update("measure", measure=measure(occasion="follow-up-6-months")),
    Trigger.SAFETY_CONCERN: update("safety-concern"),
    Trigger.CLOSED_BY_PROVIDER: closing(),
    Trigger.PARENT_ASSESSED: assessment("suitable", parents=[{"parent": p, "outcome": "suitable"} for p in (P1, P2)]),
    Trigger.SESSION_SCHEDULED: scheduled(1, on=60),
    Trigger.SESSION_TAKEN_BACK: taken_back(7),
    Trigger.CONCERN: update("concern", code="housing"),
    Trigger.REOPENED: update("case-reopened", reason="family-came-back"),
}


PEOPLE = {
    Trigger.CONFIRM_PEOPLE,
    Trigger.QUESTION_OVER,
    Trigger.TAKEN_BACK,
    Trigger.TOLD_BY_MISTAKE,
    Trigger.NOTHING_LEFT,
}
ACTORS: dict[Trigger, tuple[Actor | None, ...]] = dict.fromkeys(PEOPLE, (None, Actor.COORDINATOR))
# The service itself brings these about.
INTERNAL = {
    Trigger.AGREE_AUTOMATICALLY,
    Trigger.OFFER_NEXT,
    Trigger.LIST_AUTOMATICALLY,
    Trigger.MOVE_UP,
    Trigger.OFFER_PLACE,
    Trigger.LEAVE_LIST,
    Trigger.MEASURE_NOT_JUDGED,
    Trigger.AFTER_THE_STOP,
    Trigger.HANDED_OVER,
    *CALENDAR,
}


def full_catalogue() -> Catalogue:
    """Every place is taken, and families may wait."""
    rows = catalogue(*(offer(f"{name}-mediation", name, capacity=1) for name in ("north", "south")))
    rows.taken.update(dict.fromkeys(rows.offers, 1))
    return rows


FAMILIES = {Trigger.LINKED_SIGN, Trigger.FAMILY_SIGN, Trigger.JOIN, Trigger.SEPARATE, Trigger.REFERRED_AGAIN}
ANOTHER = FamilyKey("police", "7")


def ended_course(case: Case) -> Course:
    """The work of a case that ended a month before."""
    assert case.latest
    closed_at = context(-30).now
    return Course(referral_id=case.latest.referral_id, closed_at=closed_at)


def by_family(case: Case, trigger: Trigger) -> Progress:
    """What follows from another front door's case of the same family."""
    if trigger in (Trigger.LINKED_SIGN, Trigger.FAMILY_SIGN):
        progress = halt_with_family(case, trigger, context(), found_in=ANOTHER)
        if progress is None or progress.history[0].trigger != trigger:
            raise NotAllowedError(case.state, trigger, Actor.FAMILIES)
        return progress
    if trigger is Trigger.JOIN:
        return join(case, replace(case, case_id=some_id("stays")), context())
    if trigger is Trigger.REFERRED_AGAIN:
        ended = case_in(State.CLOSED)
        before = replace(ended, case_id=some_id("before"), family_ref="before", course=ended_course(ended))
        again = report_if_linked_again(case, [before], context())
        if again is None:
            raise NotAllowedError(case.state, trigger, Actor.FAMILIES)
        return again
    if case.state is not State.JOINED:
        raise NotAllowedError(case.state, trigger, Actor.FAMILIES)
    return separate(case, context())


def case_in(state: State) -> Case:
    """A case in this state, with a provider wherever one can have it."""
    if state is State.NEW:
        return new_case()
    case = decide_screening(new_case(), screening(day=1, number=9), context()).case
    status = ReferralStatus.OUT
    referrals: tuple[Referral, ...] = case.referrals
    if state in TERMINAL | {State.JOINED}:
        status = ReferralStatus.OVER
    elif state not in WITH_PROVIDER and state is not State.ON_HOLD:
        status = ReferralStatus.DECLINED
    return replace(
        case,
        state=state,
        held_from=State.ACCEPTED if state is State.ON_HOLD else None,
        returned_from=State.AT_PANEL if state is State.RETURNED else None,
        abuse_sign_at=context().now if state is State.HALTED else None,
        listing=Listing("south-mediation", 1, context().now, "area-setting", (), 1)
        if state is State.WAITING_LIST
        else None,
        joined_to=some_id("another-case") if state is State.JOINED else None,
        referrals=tuple(replace(each, status=status) for each in referrals),
        waiting=Waiting(WaitingReason.NO_CONTACT, context().now)
        if state in WITH_PROVIDER | {State.CLOSED}
        else Waiting(WaitingReason.JOINED_TO_OPEN_CASE, context().now)
        if state is State.JOINED
        else Waiting(WaitingReason.SCREENING_TAKEN_BACK, context().now)
        if state in (State.NOT_REFERRED, State.REFUSED)
        else None,
        course=Course(
            referral_id=referrals[-1].referral_id,
            sessions=(Held(number=7, held_on=context(2).now.date(), kind="joint", came=frozenset({P1})),),
            closed_at=context().now if state is State.CLOSED else None,
            closed_because="completed" if state is State.CLOSED else None,
        ),
    )


def decided(case: Case, trigger: Trigger, by: Actor | None = None) -> Progress:
    """Brings about this trigger from outside, as an event or a command does."""
    if trigger in COMMANDS:
        rows = full_catalogue() if trigger is Trigger.LIST else catalogue()
        return decide_command(case, COMMANDS[trigger], context(rows=rows), by=by)
    if trigger in CONSENTS:
        return decide_consent(case, CONSENTS[trigger], context())
    if trigger is Trigger.CONSENT_EXPIRED:
        progress = Progress(case, context())
        expire(progress, P1, "referral", None)
        return progress
    if trigger in FAMILIES:
        return by_family(case, trigger)
    if trigger in PEOPLE:
        return of_people(case, trigger, by)
    if trigger is Trigger.PEOPLE_DIFFER:
        return decide_screening(case, STRANGERS, context())
    if trigger in UPDATES:
        return decide_update(case, "north", UPDATES[trigger], context())
    changes = {
        Trigger.REFER: {"day": 2},
        Trigger.NOT_REFER: {"decision": "not-ready", "day": 2},
        Trigger.NO_LONGER_REFER: {"decision": "not-ready", "day": 2},
        Trigger.OLDER_SCREENING: {"day": 0, "number": 2},
        Trigger.ABUSE_SIGN: {"decision": "domestic-abuse-pathway", "day": 2},
    }[trigger]
    void = frozenset({some_id("submission-2")}) if trigger is Trigger.OLDER_SCREENING else frozenset()
    known = replace(case, taken_back=void)
    return decide_screening(known, screening(**({"number": 2} | changes)), context())


def test_every_state_is_in_somebodys_hands_or_an_end() -> None:
    assert set(HANDS) == set(State)


@pytest.mark.parametrize("trigger", sorted(set(Trigger) - INTERNAL))
@pytest.mark.parametrize("state", sorted(State))
def test_every_state_by_every_trigger_is_in_the_table_or_refused(state: State, trigger: Trigger) -> None:
    case = case_in(state)
    try:
        progress = decided(case, trigger)
    except (NotAllowedError, UpdateRefusedError, InvalidCommandError):
        # Who declined has the case no more, and what is on hold or halted takes no updates: refused before the table.
        assert not allows(state, trigger) or trigger in UPDATES
        return
    first = progress.history[0]
    if first.trigger != trigger:
        # What a screening means depends on whether a provider has the family: the one stands for the other.
        assert {first.trigger, trigger} <= {"not-refer", "no-longer-refer", "refer", "older-screening"}
        return
    row = find(state, trigger)
    assert first.source == state
    assert first.target == (row.target or case.held_from or case.returned_from)
    assert first.by == row.by
    rows = [find(entry.source, Trigger(entry.trigger)) for entry in progress.history]
    may_emit = {event.event_name for each in rows for event in each.emits}
    assert {event.event_name for event in progress.events} <= may_emit
    assert [entry.number for entry in progress.history] == list(
        range(case.changes + 1, case.changes + 1 + len(progress.history))
    )


def test_every_row_of_the_table_can_be_reached_from_outside() -> None:
    reached = {(row.trigger, row.source, row.by) for row in TABLE if row.trigger in INTERNAL}
    for state in State:
        for trigger in set(Trigger) - INTERNAL:
            for case in (case_in(state), replace(case_in(state), referrals=())):
                for by in ACTORS.get(trigger, (None, Actor.PANEL, Actor.REFERRER) if trigger in COMMANDS else (None,)):
                    try:
                        entry = decided(case, trigger, by).history[0]
                    except (NotAllowedError, UpdateRefusedError, InvalidCommandError, ConflictError):
                        continue
                    reached.add((Trigger(entry.trigger), entry.source, entry.by))
    assert {(row.trigger, row.source, row.by) for row in TABLE} - reached == set()


@pytest.mark.parametrize("state", sorted(State))
def test_nobody_moves_a_case_but_those_that_the_table_names(state: State) -> None:
    rows = {(row.source, row.trigger, row.by): row for row in TABLE}
    for trigger, by in product(Trigger, Actor):
        progress = Progress(case_in(state), context())
        row = rows.get((state, trigger, by))
        why = min(OF_TRIGGER.get(trigger, frozenset()), default="")
        if row is None:
            with pytest.raises(NotAllowedError):
                progress.move(trigger, why, by=by)
            assert progress.history == []
        else:
            progress.move(trigger, why, by=by)
            assert progress.case.state in row.targets
            assert (progress.history[0].by, progress.history[0].why) == (by, why)


def test_a_reason_is_one_of_the_rows_and_is_given_where_the_row_has_any() -> None:
    for row in TABLE:
        wrong = ["not-a-reason", *([""] if row.reasons else [])]
        for why in wrong:
            with pytest.raises(ValueError, match="is no reason for"):
                Progress(case_in(row.source), context()).move(row.trigger, why, by=row.by)


def test_what_the_panel_has_is_not_the_coordinators_to_decide() -> None:
    case = case_in(State.AT_PANEL)
    for command in (Agree(), Return(missing=("tool",)), Refuse(reason="other")):
        with pytest.raises(NotAllowedError, match="to the panel alone"):
            decide_command(case, command, context())
        assert decide_command(case, command, context(), by=Actor.PANEL).history[0].by == "panel"
    taken_back = decide_command(case, FromPanel(), context()).case
    assert (taken_back.state, taken_back.waiting.reason) == ("awaiting-coordinator", "corrected-after-panel")


def test_no_two_rows_answer_the_same_question() -> None:
    assert max(Counter((row.source, row.trigger, row.by) for row in TABLE).values()) == 1


def test_there_is_no_way_out_of_halted_and_closed_opens_again_by_two_words_alone() -> None:
    assert {row.target for row in TABLE if row.source is State.HALTED} == {State.HALTED}
    out = {(row.trigger, row.target) for row in TABLE if row.source is State.CLOSED and row.target is not State.CLOSED}
    opened = {pair for pair in out if pair[1] is not State.HALTED}
    assert opened == {(Trigger.REOPENED, State.ACCEPTED), (Trigger.REOPEN, State.OFFERED)}


def test_a_sign_of_abuse_is_taken_in_every_state() -> None:
    for state in State:
        assert find(state, Trigger.ABUSE_SIGN).target is State.HALTED
        if state is not State.NEW:
            assert find(state, Trigger.SAFETY_CONCERN).target is State.HALTED
            assert find(state, Trigger.HALT).target is State.HALTED


def test_a_row_emits_only_what_it_names() -> None:
    progress = Progress(case_in(State.OFFERED), context())
    row = progress.move(Trigger.HOLD)
    wrong = find(State.AWAITING_COORDINATOR, Trigger.AGREE).emits[0]
    with pytest.raises(ValueError, match="does not emit referral-agreed"):
        progress.emit(row, wrong, referral_id=some_id("r"))


def test_the_database_is_given_the_same_table() -> None:
    written = (Path(service.__path__[0]) / "migrations" / "R_transition.sql").read_text()
    assert written == transition_view(), (
        "put there what `python -m services.referral.domain.case.transition_view` prints"
    )


def test_the_diagram_in_the_readme_is_the_tables() -> None:
    readme = (Path(service.__path__[0]) / "README.md").read_text()
    drawn = re.search(r"<!-- state-diagram -->\n```mermaid\n(.*?)```\n<!-- /state-diagram -->", readme, re.DOTALL)
    assert drawn is not None
    assert drawn[1] == diagram(), "put there what `python -m services.referral.domain.case.diagram` prints"
