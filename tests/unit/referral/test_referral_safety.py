"""What must never happen, over stories that nobody thought of."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.referral import ReferralStatus
from services.referral.domain.case.states import State
from services.referral.domain.case.transitions import NotAllowedError
from services.referral.domain.deciders.command_effects import decide_command
from services.referral.domain.deciders.commands import (
    Agree,
    Command,
    ConflictError,
    Halt,
    Hold,
    Refuse,
    Resume,
    Return,
    ToPanel,
    Withdraw,
)
from services.referral.domain.deciders.refusals import UpdateRefusedError
from services.referral.domain.deciders.screenings import decide_screening
from services.referral.domain.deciders.updates import decide_update, is_safety_concern
from shared.contracts.provider import ProviderUpdate
from shared.contracts.referral import CaseClosed, CaseHalted, CaseHeld, CaseResumed, ReferralAgreed, SequencedEvent
from shared.contracts.screening import ScreeningCompleted
from shared.contracts.vocabulary import Decision
from tests.support.referral_families import (
    AREA,
    ASKING_AREA,
    P1,
    P2,
    assessment,
    catalogue,
    closing,
    context,
    measure,
    new_case,
    offer,
    parent,
    screening,
    session,
    some_id,
    update,
)

Step = ScreeningCompleted | tuple[str, ProviderUpdate] | Command

_willing = (parent("P1"), parent("P2"))
_unwilling = [(parent("P1"), parent("P2", agrees=False)), (parent("P1", notice=False), parent("P2")), (parent("P1"),)]


def _screenings(*reported: tuple[str, dict[str, Any]]) -> st.SearchStrategy[ScreeningCompleted]:
    """What a front door says, at any time, again or correcting itself."""
    return st.builds(
        lambda published, day, number, corrected, area: screening(
            published[0],
            day=day,
            number=number,
            supersedes=some_id(f"submission-{corrected}") if corrected else None,
            area=area,
            **published[1],
        ),
        st.sampled_from(reported),
        st.integers(0, 5),
        st.integers(1, 5),
        st.none() | st.integers(1, 5),
        st.sampled_from([AREA, AREA, ASKING_AREA]),
    )


_refer = _screenings(
    *[("refer", {"service": service}) for service in ("mediation", "mediation", "couple-support")],
    ("refer", {"service": "coordinator-decides"}),
    *[("refer", {"parents": parents}) for parents in _unwilling],
)
_other = _screenings(*[(decision, {}) for decision in ("not-ready", "more-information", "not-suitable")])
_abuse = _screenings(("domestic-abuse-pathway", {}))
_way = [
    screening(),
    ("north", update("referral-accepted")),
    ("north", update("contact-attempted", parent=P2, method="phone", outcome="no-answer")),
    ("north", assessment("suitable")),
    ("north", session(1)),
    ("north", update("measure", measure=measure())),
    ("north", session(2)),
    ("north", closing()),
]
_reports = [
    *(step[1] for step in _way if isinstance(step, tuple)),
    update("referral-declined", reason="no-capacity"),
    assessment("not-suitable"),
    session(3),
    update("measure", measure=measure(occasion="follow-up-6-months")),
    closing("withdrawn"),
]
_provider = st.sampled_from(["north", "north", "south", "stranger"])
_updates = st.tuples(_provider, st.sampled_from(_reports))
_concerns = st.tuples(_provider, st.sampled_from([update("safety-concern"), assessment("safety-concern")]))
_commands = st.sampled_from(
    [
        *(Agree(), Agree(offer="south-mediation"), Return(missing=("tool",)), Refuse(reason="other"), ToPanel()),
        *(Hold(), Resume(), Resume(), Withdraw(), Withdraw(parent=P1)),
    ]
)
_quiet = _refer | _refer | _other | _updates | _updates | _commands
_signs = _abuse | _concerns | st.just(Halt())
# Often a good way into the pathway, then anything, then perhaps a sign of abuse, then anything at all.
stories = st.builds(
    lambda steps, before, sign, after: [*_way[:steps], *before, *([sign] if sign else []), *after],
    st.integers(0, len(_way)),
    st.lists(_quiet, max_size=6),
    st.none() | _signs,
    st.lists(_quiet | _quiet | _signs, max_size=6),
)


@dataclass
class Followed:
    """A case as its story leaves it, with every step that had an effect."""

    case: Case = field(default_factory=new_case)
    steps: list[tuple[Step, Case, Progress]] = field(default_factory=list)

    def take(self, step: Step) -> None:
        rows = catalogue(offer("north-mediation", "north"), offer("south-mediation", "south"))
        before = self.case
        try:
            if isinstance(step, ScreeningCompleted):
                progress = decide_screening(before, step, context(rows=rows))
            elif isinstance(step, Command):
                if before.state is State.NEW:
                    return
                progress = decide_command(before, step, context(rows=rows))
            else:
                known = None if before.state is State.NEW else before
                progress = decide_update(known, step[0], step[1], context(rows=rows))
        except (NotAllowedError, ConflictError, UpdateRefusedError):
            return
        self.case = progress.case
        self.steps.append((step, before, progress))

    @property
    def events(self) -> list[SequencedEvent]:
        return [event for _, _, progress in self.steps for event in progress.events]


def published(story: list[Step]) -> Followed:
    result = Followed()
    for step in story:
        result.take(step)
    return result


def reports_abuse(step: Step, before: Case) -> bool:
    if isinstance(step, ScreeningCompleted):
        return step.decision is Decision.DOMESTIC_ABUSE_PATHWAY
    if isinstance(step, Command):
        return isinstance(step, Halt)
    return is_safety_concern(step[1]) and before.was_ever_with(step[0])


def towards_a_provider(event: SequencedEvent) -> bool:
    """Whether the notification service has anything to pass on to a provider."""
    if isinstance(event, CaseHalted | CaseClosed):
        return event.stopped_provider is not None
    return isinstance(event, ReferralAgreed) or (isinstance(event, CaseHeld | CaseResumed) and bool(event.provider))


@settings(max_examples=120, deadline=None)
@given(stories)
def test_after_a_sign_of_abuse_nothing_is_agreed_and_one_stop_is_all(story: list[Step]) -> None:
    signed = False
    for step, before, progress in published(story).steps:
        if reports_abuse(step, before) and not signed:
            signed = True
            stops = [event for event in progress.events if towards_a_provider(event)]
            assert [event.stopped_provider for event in stops] == ([before.out.provider] if before.out else [])
            assert progress.case.state is State.HALTED
        elif signed:
            assert progress.events == []
            assert progress.case.state is State.HALTED


@settings(max_examples=120, deadline=None)
@given(stories)
def test_a_provider_is_stopped_once_and_hears_nothing_after_it(story: list[Step]) -> None:
    stopped = set()
    for event in published(story).events:
        referral = getattr(event, "referral_id", None)
        assert referral not in stopped or not towards_a_provider(event)
        if isinstance(event, CaseHalted | CaseClosed) and event.stopped_provider:
            stopped.add(referral)


@settings(max_examples=120, deadline=None)
@given(stories)
def test_after_a_withdrawal_nothing_but_a_halt_is_published_and_nobody_is_asked(story: list[Step]) -> None:
    withdrawn = False
    for step, before, progress in published(story).steps:
        if withdrawn:
            assert all(isinstance(e, CaseHalted) and not towards_a_provider(e) for e in progress.events)
        withdrawn = withdrawn or (isinstance(step, Withdraw) and before.state is not State.HALTED)


@settings(max_examples=120, deadline=None)
@given(stories)
def test_nothing_is_agreed_without_both_parents_and_each_ones_notice(story: list[Step]) -> None:
    for _, _, progress in published(story).steps:
        if any(isinstance(event, ReferralAgreed) for event in progress.events):
            family = progress.case.family
            assert family is not None
            assert progress.case.decision is Decision.REFER
            assert len(family.parents) >= 2
            assert all(each.agrees_to_referral and each.privacy_notice_on for each in family.parents)


@settings(max_examples=120, deadline=None)
@given(stories)
def test_the_books_are_kept(story: list[Step]) -> None:
    result = published(story)
    entries = [entry for _, _, progress in result.steps for entry in progress.history]
    assert [event.sequence for event in result.events] == list(range(1, len(result.events) + 1))
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    assert all(a.target == b.source for a, b in pairwise(entries))
    case = result.case
    assert (case.state is State.HALTED) == (case.abuse_sign_at is not None)
    assert (case.state is State.ON_HOLD) == (case.held_from is not None)
    assert sum(referral.status is ReferralStatus.OUT for referral in case.referrals) <= 1
    if case.state in (State.HALTED, State.CLOSED):
        assert case.out is None


@settings(max_examples=120, deadline=None)
@given(stories, _refer)
def test_with_a_known_sign_no_screening_is_agreed(story: list[Step], event: ScreeningCompleted) -> None:
    progress = decide_screening(published(story).case, event, context(sign_in_family=True))
    assert not any(isinstance(each, ReferralAgreed) for each in progress.events)
