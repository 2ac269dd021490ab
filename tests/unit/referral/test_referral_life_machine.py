"""Thousands of random steps of a family's life, to the records that reach providers: what must hold after every one."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.notification.domain.case import Case as KnownCase
from services.notification.domain.case import learn_case_event, learn_screening
from services.notification.domain.offers import Offer, ParentDetails, Provider, Stop, decide_provider_records
from services.referral.domain.agreement.consent import expire, expired_parents
from services.referral.domain.case.case import Case
from services.referral.domain.case.history import Entry
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.stamp import Stamp
from services.referral.domain.case.states import HANDS, TERMINAL, WITH_PROVIDER, Actor, Hands, State, Trigger
from services.referral.domain.case.transitions import NotAllowedError, find
from services.referral.domain.deciders.command_effects import decide_command
from services.referral.domain.deciders.commands import (
    Answer,
    Command,
    ConflictError,
    Halt,
    InvalidCommandError,
    ToPanel,
    Withdraw,
)
from services.referral.domain.deciders.confirming import ConfirmPeople, decide_confirmation
from services.referral.domain.deciders.consent_commands import RecordConsent, WithdrawConsent, decide_consent
from services.referral.domain.deciders.panel import PanelDecision, Table, decide_panel
from services.referral.domain.deciders.refusals import UpdateRefusedError
from services.referral.domain.deciders.screenings import decide_screening
from services.referral.domain.deciders.taking_back import decide_taking_back
from services.referral.domain.deciders.updates import decide_update, is_safety_concern
from services.referral.domain.safety.stops import decide_stop
from shared.contracts.referral import MeasureRecorded, ReferralAgreed
from shared.contracts.screening import ScreeningTakenBack, StopReported
from shared.contracts.vocabulary import Decision
from tests.support.referral_families import (
    AREA,
    ASKING_AREA,
    P1,
    P2,
    START,
    assessment,
    catalogue,
    closing,
    context_of,
    new_case,
    offer,
    parent,
    screening,
    session,
    some_id,
    update,
)
from tests.support.referral_life import COMMANDS, CONSENTS, FAMILIES, UPDATES

_REFUSALS = (NotAllowedError, ConflictError, InvalidCommandError, UpdateRefusedError)
_PROVIDERS = {name: Provider(name, None, {"kty": "EC"}) for name in ("north", "south")}


class FamilysLife(RuleBasedStateMachine):
    """One family's case, moved by everybody who can, in any order; and what a provider gets of it."""

    def __init__(self) -> None:
        super().__init__()
        self.case: Case = new_case()
        self.history: list[Entry] = []
        self.known = KnownCase(self.case.case_id)
        self.details: dict[Any, list[ParentDetails]] = {P1: [], P2: []}
        self.day = 0.0
        self.submissions = 0
        self.abuse = self.withdrawn = self.unmeasured = False
        self.open: dict[Any, int] = {}

    def _stamp(self) -> Stamp:
        self.day += 0.1
        return Stamp(
            START + timedelta(days=self.day),
            some_id("cause"),
            lambda: some_id(f"new-{self.day}-{self.case.changes}"),
            "w",
        )

    def _take(self, decide: Callable[[Stamp], Progress]) -> bool:
        """Makes a decision, keeps it, and lets the notification service tell providers. False: it was refused."""
        before = self.case
        try:
            progress = decide(self._stamp())
        except _REFUSALS:
            assert self.case == before
            return False
        self.case = progress.case
        self.history += progress.history
        for event in progress.events:
            learn_case_event(self.known, event)
            if isinstance(event, ReferralAgreed):
                # What was given again with this very decision stands as much as what stood before it.
                consenting = {each.person_id for each in event.parents} - self.case.consent_expired
                assert len(consenting) == len(event.parents) >= 2
                assert not any(child.takes_part for child in event.children if before.children_out)
            assert not (isinstance(event, MeasureRecorded) and self.unmeasured and event.person_id == P1)
        self._publish_to_providers()
        return True

    def _publish_to_providers(self) -> None:
        for record in decide_provider_records(self.known, _PROVIDERS, self.details):
            referral = record.referral.referral_id
            if isinstance(record, Offer):
                assert not self.abuse, "a family with a sign of abuse was sent to a provider"
                assert not self.withdrawn, "a family was sent to a provider after a withdrawal"
                assert not expired_parents(self.case), "a family was sent to a provider on an expired consent"
                self.open[referral] = self.open.get(referral, 0) + 1
            elif isinstance(record, Stop):
                self.open[referral] -= 1
            assert self.open[referral] in (0, 1), "a provider is told to stop once for each time that it was asked"

    @initialize(area=st.sampled_from([AREA, ASKING_AREA]), takes_part=st.booleans())
    def begins(self, area: str, takes_part: bool) -> None:
        self.area = area
        self.children = tuple(child.model_copy(update={"takes_part": takes_part}) for child in screening().children)
        self.rows = catalogue(offer("north-mediation", "north"), offer("south-mediation", "south"))
        self.screened("refer", (parent("P1"), parent("P2")), 0, None)

    @rule(
        decision=st.sampled_from(["refer", "refer", "refer", "refer", "refer", "not-ready", "more-information"]),
        parents=FAMILIES,
        late=st.integers(0, 3),
        corrected=st.none() | st.integers(1, 4),
    )
    def screened(self, decision: str, parents: Any, late: int, corrected: int | None) -> None:
        self._screen(decision, parents, late, corrected)

    def _screen(self, decision: str, parents: Any, late: int, corrected: int | None) -> None:
        self.submissions += 1
        event = screening(
            decision,
            number=self.submissions,
            day=max(0.0, self.day - late),
            supersedes=some_id(f"submission-{corrected}") if corrected else None,
            area=self.area,
            parents=parents,
            children=self.children,
            **({"reasons": ("parent-does-not-agree",)} if decision == "not-ready" else {}),
        )
        abuse = event.decision is Decision.DOMESTIC_ABUSE_PATHWAY
        for each in parents:
            known = ParentDetails(each.person_id, event.submission_id, event.submitted_at, {"name": each.ref})
            self.details[each.person_id].append(known)
        self.abuse = self.abuse or abuse
        learn_screening(self.known, event)
        out = self.case.out
        assert self._take(lambda stamp: decide_screening(self.case, event, context_of(stamp, rows=self.rows)))
        if out and self.case.state is State.CLOSED and decision == "not-ready":
            self.withdrawn = True

    @rule(command=st.sampled_from(COMMANDS))
    def coordinator(self, command: Command) -> None:
        self._take(
            lambda stamp: decide_command(
                self.case, command, context_of(stamp, rows=self.rows, sign_in_family=self.abuse)
            )
        )

    @precondition(lambda self: self.case.state is State.AWAITING_COORDINATOR)
    @rule()
    def taken_to_panel(self) -> None:
        assert self._take(lambda stamp: decide_command(self.case, ToPanel(), context_of(stamp, rows=self.rows)))

    @precondition(lambda self: self.case.state is State.AT_PANEL)
    @rule(
        decision=st.sampled_from(["agree", "agree", "agree", "return", "refuse", "specialist-pathway"]),
        views=st.sampled_from([["agree"], ["agree", "return"], ["agree", "specialist-pathway"], []]),
        attending=st.sampled_from([3, 2, 2, 1, 0]),
    )
    def panel(self, decision: Any, views: list[Any], attending: int) -> None:
        table = Table({some_id(f"m{n}"): f"agency-{n}" for n in range(attending)}, views, quorum=2)
        reported = PanelDecision(member=some_id("m0"), decision=decision, missing=("tool",), reason="other")
        took = self._take(
            lambda stamp: decide_command(
                self.case,
                decide_panel(reported, table),
                context_of(stamp, rows=self.rows, sign_in_family=self.abuse),
                by=Actor.PANEL,
            )
        )
        if took:
            self.abuse = self.abuse or decision == "specialist-pathway"
            assert not (decision == "agree" and ("specialist-pathway" in views or attending < 2))

    @rule(command=st.sampled_from(CONSENTS))
    def consents(self, command: RecordConsent | WithdrawConsent) -> None:
        took = self._take(
            lambda stamp: decide_consent(
                self.case, command, context_of(stamp, rows=self.rows, sign_in_family=self.abuse)
            )
        )
        if took and command.purpose == "evaluation":
            self.unmeasured = isinstance(command, WithdrawConsent)

    @rule(person=st.sampled_from([P1, P2]), purpose=st.sampled_from(["referral", "evaluation"]))
    def a_consent_expires(self, person: Any, purpose: str) -> None:
        def decide(stamp: Stamp) -> Progress:
            progress = Progress(self.case, stamp)
            expire(progress, person, purpose, None)
            return progress

        if self._take(decide) and (person, purpose) == (P1, "evaluation"):
            self.unmeasured = True

    @rule(provider=st.sampled_from(["north", "north", "south"]), reported=st.sampled_from(UPDATES))
    def provider(self, provider: str, reported: Any) -> None:
        took = self._take(
            lambda stamp: decide_update(
                self.case, provider, reported, context_of(stamp, rows=self.rows, sign_in_family=self.abuse)
            )
        )
        if took and reported == closing("withdrawn"):
            self.withdrawn = True

    @precondition(lambda self: self.case.state in WITH_PROVIDER)
    @rule()
    def the_provider_goes_on(self) -> None:
        step = {
            State.OFFERED: update("referral-accepted"),
            State.ACCEPTED: assessment("suitable"),
        }.get(self.case.state, session(max((each.number for each in self.case.course_now.sessions), default=0) + 1))
        # It tells of it on the day: nobody accepts what was not offered yet.
        step = step.model_copy(update={"occurred_at": START + timedelta(days=self.day)})
        out = self.case.out
        assert out is not None
        assert self._take(lambda stamp: decide_update(self.case, out.provider, step, context_of(stamp, rows=self.rows)))

    @precondition(lambda self: self.case.state is State.RETURNED)
    @rule()
    def the_referrer_answers(self) -> None:
        back = self.case.returned_from
        assert self._take(lambda stamp: decide_command(self.case, Answer(), context_of(stamp, rows=self.rows)))
        assert self.case.state in (back, State.OFFERED)

    def _renew(self, reported: RecordConsent, stamp: Stamp) -> Progress:
        return decide_consent(self.case, reported, context_of(stamp, rows=self.rows, sign_in_family=self.abuse))

    @precondition(lambda self: bool(self.case.consent_expired))
    @rule()
    def consents_are_given_again(self) -> None:
        for each in sorted(self.case.consent_expired):
            renewed = RecordConsent(parent=each, purpose="referral", given_on=START.date())
            self._take(partial(self._renew, renewed))

    @precondition(lambda self: self.day > 3)
    @rule(parent=st.sampled_from([None, P1]))
    def withdraws(self, parent: Any) -> None:
        if self._take(
            lambda stamp: decide_command(self.case, Withdraw(parent=parent), context_of(stamp, rows=self.rows))
        ):
            self.withdrawn = True

    @precondition(lambda self: self.day > 3)
    @rule(who=st.sampled_from(["front-door", "coordinator", "north", "south"]))
    def abuse_comes_to_light(self, who: str) -> None:
        if who == "front-door":
            self._screen("domestic-abuse-pathway", (parent("P1"), parent("P2")), 1, None)
        elif who == "coordinator":
            self.abuse = True
            assert self._take(lambda stamp: decide_command(self.case, Halt(), context_of(stamp, rows=self.rows)))
        else:
            concern = update("safety-concern")
            assert is_safety_concern(concern)
            took = self._take(lambda stamp: decide_update(self.case, who, concern, context_of(stamp, rows=self.rows)))
            assert took == self.case.was_ever_with(who)
            self.abuse = self.abuse or took
        assert self.case.state is State.HALTED or who in _PROVIDERS
        if self.case.state is State.HALTED:
            assert set(self.open.values()) <= {0} or not any(self._is_out(each) for each in self.open)

    @precondition(lambda self: self.day > 3)
    @rule(reported=st.sampled_from(["sign", "withdrawal", "withdrawal", "both"]))
    def a_record_is_set_aside(self, reported: str) -> None:
        """What is certain in it counts."""
        at = START + timedelta(days=self.day)
        event = StopReported(
            **{name: getattr(screening(), name) for name in ("case_id", "agency", "area", "family_ref")},
            occurred_at=at,
            submitted_at=at,
            sign_of_abuse=reported != "withdrawal",
            parent_does_not_agree=reported != "sign",
        )
        self.abuse = self.abuse or event.sign_of_abuse
        assert self._take(lambda stamp: decide_stop(self.case, event, stamp))
        self.withdrawn = self.withdrawn or event.parent_does_not_agree
        assert self.case.state in TERMINAL

    @rule()
    def strangers_come_under_the_familys_reference(self) -> None:
        self.submissions += 1
        event = screening(
            number=self.submissions,
            day=self.day,
            area=self.area,
            parents=(parent("S1"), parent("S2")),
            attention=("people-differ",),
        )
        learn_screening(self.known, event)
        assert self._take(lambda stamp: decide_screening(self.case, event, context_of(stamp, rows=self.rows)))
        # What was taken back or corrected before it came is no question.
        over = {*self.case.taken_back, self.case.supersedes}
        assert self.case.questioned is not None or event.submission_id in over

    @precondition(lambda self: self.case.questioned is not None)
    @rule(by_front_door=st.booleans())
    def they_are_not_theirs(self, by_front_door: bool) -> None:
        questioned = self.case.questioned
        assert questioned is not None
        if by_front_door:
            self._take_back(questioned.submission_id)
        else:
            command = ConfirmPeople(theirs=False)
            assert self._take(
                lambda stamp: decide_confirmation(
                    self.case, command, context_of(stamp, rows=self.rows, sign_in_family=self.abuse)
                )
            )
        assert self.case.questioned is None

    @precondition(lambda self: self.submissions > 1)
    @rule(which=st.integers(1, 4), left=st.booleans())
    def a_screening_is_taken_back(self, which: int, left: bool) -> None:
        self._take_back(some_id(f"submission-{which}"), some_id("submission-0") if left else None)

    def _take_back(self, submission_id: Any, stands: Any = None) -> None:
        event = ScreeningTakenBack(
            **{name: getattr(screening(), name) for name in ("case_id", "agency", "area", "family_ref")},
            occurred_at=START + timedelta(days=self.day),
            submission_id=submission_id,
            because="filed-in-error",
            stands=stands,
            revision=0,
        )
        assert self._take(
            lambda stamp: decide_taking_back(
                self.case, event, context_of(stamp, rows=self.rows, sign_in_family=self.abuse)
            )
        )

    @invariant()
    def who_is_in_question_is_on_somebodys_list_and_with_nobody(self) -> None:
        if self.case.questioned is not None:
            assert self.case.waiting is not None
            assert "people-differ" in (self.case.waiting.reason, self.case.waiting.before)
        assert self.case.family is None or {each.ref for each in self.case.family.parents} <= {"P1", "P2"}
        assert self.case.out is None or self.case.informed_parents <= {P1, P2}

    def _is_out(self, referral_id: Any) -> bool:
        """Whether a provider that was asked has neither ended the referral itself nor been told to stop."""
        referral = self.known.referrals[referral_id]
        return self.open[referral_id] > 0 and not self.known.ended_by_its_provider(referral)

    @invariant()
    def abuse_halts_for_good(self) -> None:
        assert (self.case.state is State.HALTED) == (self.case.abuse_sign_at is not None)
        if self.abuse:
            assert self.case.state is State.HALTED
            assert not any(self._is_out(each) for each in self.open)

    @invariant()
    def every_case_ends_or_is_on_somebodys_list(self) -> None:
        hands = HANDS[self.case.state]
        if hands is Hands.PROVIDER:
            assert self.case.out is not None
        elif hands is Hands.WAITING_LIST:
            assert self.case.listing is not None
        elif self.case.state is State.HALTED:
            assert self.case.waiting or self.case.specialist_contact_at
        elif hands in (Hands.COORDINATOR, Hands.PANEL) or self.case.state is State.RETURNED:
            assert self.case.waiting is not None
        elif self.case.state in TERMINAL:
            assert self.case.out is None
        if self.case.out:
            assert self.case.state in WITH_PROVIDER or self.case.held_from in WITH_PROVIDER

    @invariant()
    def the_history_replays_to_the_state(self) -> None:
        state = State.NEW
        for number, line in enumerate(self.history, 1):
            row = find(line.source, Trigger(line.trigger), Actor(line.by))
            assert (line.number, line.source) == (number, state)
            assert line.target in row.targets
            state = line.target
        assert (state, len(self.history)) == (self.case.state, self.case.changes)


FamilysLife.TestCase.settings = settings(max_examples=120, stateful_step_count=50, deadline=None)
TestFamilysLife = FamilysLife.TestCase
