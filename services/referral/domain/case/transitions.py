"""The state machine as data: who may move a case from where to where, for which reasons, published as which events.

The code runs on this table, the database refuses a history that is not in it, and the diagram in the README is drawn
from it. What is not in the table is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.referral.domain.case.reasons import OF_TRIGGER
from services.referral.domain.case.states import BEFORE_PROVIDER, OPEN, TERMINAL, WITH_PROVIDER, Actor, State, Trigger
from shared.contracts.referral import (
    CaseClosed,
    CaseHalted,
    CaseHeld,
    CaseJoined,
    CaseLeftWaitingList,
    CaseRefused,
    CaseReopened,
    CaseResumed,
    CaseReturned,
    CaseTakenToPanel,
    CaseWaitingListed,
    ChildParticipationChanged,
    ConcernRaised,
    FamilyChanged,
    FamilyReferredAgain,
    FollowUpDue,
    MeasureRecorded,
    ParentAssessed,
    ParentContacted,
    PeopleConfirmed,
    ProviderAccepted,
    ProviderAssessed,
    ProviderDeclined,
    ReferralAgreed,
    SequencedEvent,
    SessionRecorded,
    SessionScheduled,
    WrapAroundReminded,
)


@dataclass(frozen=True)
class Transition:
    """One row. `target` None is where the case was before it was held or returned.

    `emits` is all that this row may emit. `reasons` are the codes of which at least one must be given; a row without
    any is its own reason.
    """

    source: State
    trigger: Trigger
    by: Actor
    target: State | None
    emits: tuple[type[SequencedEvent], ...] = ()

    @property
    def reasons(self) -> frozenset[str]:
        """The codes that may be given as the reason."""
        return OF_TRIGGER.get(self.trigger, frozenset())

    @property
    def targets(self) -> frozenset[State]:
        """Every state that this row can lead to."""
        if self.target is not None:
            return frozenset({self.target})
        return RESUMED_TO if self.source is State.ON_HOLD else RETURNABLE


class NotAllowedError(Exception):
    """The table has no row for this state, trigger and actor. Nothing was changed."""

    def __init__(self, state: State, trigger: Trigger, by: Actor) -> None:
        others = sorted({row.by for row in TABLE if (row.source, row.trigger) == (state, trigger)})
        if others:
            super().__init__(f"A case that is {state} allows {trigger} to the {' and the '.join(others)} alone.")
        else:
            super().__init__(f"A case that is {state} does not allow {trigger}.")
        self.state = state
        self.trigger = trigger
        self.by = by


def _rows(
    sources: Iterable[State], trigger: Trigger, by: Actor, target: State | None, *emits: type[SequencedEvent]
) -> list[Transition]:
    return [Transition(source, trigger, by, target, emits) for source in sorted(sources)]


def _staying(sources: Iterable[State], trigger: Trigger, by: Actor, *emits: type[SequencedEvent]) -> list[Transition]:
    return [Transition(source, trigger, by, source, emits) for source in sorted(sources)]


_S, _T, _A = State, Trigger, Actor
_EVERYWHERE = frozenset(State)
_EXISTING = _EVERYWHERE - {_S.NEW}
_AT_WORK = WITH_PROVIDER - {_S.OFFERED}
_UNDECIDED = {_S.NEW, _S.NOT_REFERRED}
# A provider may have the family: it is notified at once which children take part no longer, or again.
_MAY_BE_OUT = WITH_PROVIDER | {_S.ON_HOLD}
HOLDABLE = (BEFORE_PROVIDER - {_S.REFUSED}) | WITH_PROVIDER
RESUMED_TO = HOLDABLE | {_S.NOT_REFERRED}
RETURNABLE = frozenset({_S.AWAITING_COORDINATOR, _S.AT_PANEL})

TABLE: tuple[Transition, ...] = (
    # Screenings. Once a person has the case, a newer `refer` comes back to a person.
    *_rows({_S.NEW, _S.JOINED}, _T.REFER, _A.SCREENING, _S.AWAITING_COORDINATOR, FamilyReferredAgain),
    *_rows({_S.NOT_REFERRED, _S.AWAITING_COORDINATOR, _S.REFUSED}, _T.REFER, _A.SCREENING, _S.AWAITING_COORDINATOR),
    *_rows({_S.RETURNED}, _T.REFER, _A.SCREENING, None),
    *_staying({_S.AT_PANEL, _S.WAITING_LIST, _S.CLOSED}, _T.REFER, _A.SCREENING),
    # A front door that sends its family again is answered as if the case had joined another front door's open one.
    *_staying({_S.HALTED}, _T.REFER, _A.SCREENING, CaseHalted),
    *_staying(_MAY_BE_OUT, _T.REFER, _A.SCREENING, ChildParticipationChanged),
    *_rows(
        (_UNDECIDED | BEFORE_PROVIDER | {_S.JOINED}) - {_S.WAITING_LIST}, _T.NOT_REFER, _A.SCREENING, _S.NOT_REFERRED
    ),
    *_rows({_S.WAITING_LIST}, _T.NOT_REFER, _A.SCREENING, _S.NOT_REFERRED, CaseLeftWaitingList),
    *_staying({_S.ON_HOLD}, _T.NOT_REFER, _A.SCREENING, CaseLeftWaitingList),
    *_staying({_S.CLOSED, _S.HALTED}, _T.NOT_REFER, _A.SCREENING),
    # The referral had gone out, and the family is no longer one to refer: the provider is notified to stop.
    *_rows(WITH_PROVIDER | {_S.ON_HOLD}, _T.NO_LONGER_REFER, _A.SCREENING, _S.CLOSED, CaseClosed),
    *_staying(_EVERYWHERE, _T.OLDER_SCREENING, _A.SCREENING),
    # Strangers under the family's reference: the case stays where it is until a person has looked, or it is over.
    *_rows({_S.NEW}, _T.PEOPLE_DIFFER, _A.SCREENING, _S.AWAITING_COORDINATOR),
    *_staying(_EXISTING, _T.PEOPLE_DIFFER, _A.SCREENING),
    *_staying(_EXISTING, _T.QUESTION_OVER, _A.SCREENING),
    *_staying(_EXISTING, _T.QUESTION_OVER, _A.COORDINATOR, PeopleConfirmed),
    *_staying(_EXISTING - _MAY_BE_OUT, _T.CONFIRM_PEOPLE, _A.COORDINATOR, PeopleConfirmed),
    *_staying(_MAY_BE_OUT, _T.CONFIRM_PEOPLE, _A.COORDINATOR, FamilyChanged, PeopleConfirmed),
    # A screening was taken back: nothing goes out on it any more. Where none is left, the case ends.
    *_staying(_EXISTING, _T.TAKEN_BACK, _A.SCREENING),
    *_rows(_MAY_BE_OUT, _T.TOLD_BY_MISTAKE, _A.SCREENING, _S.RETURNED, CaseReturned),
    *_rows(_EXISTING - TERMINAL, _T.NOTHING_LEFT, _A.SCREENING, _S.CLOSED, CaseClosed),
    *_staying(TERMINAL, _T.NOTHING_LEFT, _A.SCREENING),
    *_rows({_S.AWAITING_COORDINATOR}, _T.NOTHING_LEFT, _A.COORDINATOR, _S.CLOSED, CaseClosed),
    # A sign of abuse halts the case from anywhere, and there is no way out of halted.
    *_rows(_EVERYWHERE, _T.ABUSE_SIGN, _A.SCREENING, _S.HALTED, CaseHalted),
    *_rows(_EXISTING, _T.SAFETY_CONCERN, _A.PROVIDER, _S.HALTED, CaseHalted),
    *_rows(_EXISTING, _T.HALT, _A.COORDINATOR, _S.HALTED, CaseHalted),
    *_rows({_S.AT_PANEL}, _T.HALT, _A.PANEL, _S.HALTED, CaseHalted),
    *_staying({_S.HALTED}, _T.SPECIALIST_CONTACT, _A.COORDINATOR),
    # Families across front doors: a sign that is known through another one halts; one case of a family stays open.
    *_rows(_EXISTING - TERMINAL, _T.LINKED_SIGN, _A.FAMILIES, _S.HALTED, CaseHalted),
    # What is over stays over, but nothing is scheduled for it any more.
    *_staying({_S.CLOSED}, _T.FAMILY_SIGN, _A.FAMILIES),
    *_rows(OPEN, _T.JOIN, _A.FAMILIES, _S.JOINED, CaseJoined),
    *_staying(OPEN, _T.REFERRED_AGAIN, _A.FAMILIES, FamilyReferredAgain),
    *_rows({_S.JOINED}, _T.SEPARATE, _A.FAMILIES, _S.AWAITING_COORDINATOR, CaseResumed),
    # The area's settings.
    *_rows({_S.AWAITING_COORDINATOR}, _T.AGREE_AUTOMATICALLY, _A.AREA_SETTING, _S.OFFERED, ReferralAgreed),
    *_rows({_S.AWAITING_COORDINATOR}, _T.OFFER_NEXT, _A.AREA_SETTING, _S.OFFERED, ReferralAgreed),
    # Waiting lists: the service keeps them in order, and a person may put a case on one and take it off.
    *_rows({_S.AWAITING_COORDINATOR}, _T.LIST_AUTOMATICALLY, _A.AREA_SETTING, _S.WAITING_LIST, CaseWaitingListed),
    *_rows({_S.AWAITING_COORDINATOR}, _T.LIST, _A.COORDINATOR, _S.WAITING_LIST, CaseWaitingListed),
    *_rows({_S.AT_PANEL}, _T.LIST, _A.PANEL, _S.WAITING_LIST, CaseWaitingListed),
    *_staying({_S.WAITING_LIST}, _T.MOVE_UP, _A.AREA_SETTING, CaseWaitingListed),
    *_rows({_S.WAITING_LIST}, _T.OFFER_PLACE, _A.AREA_SETTING, _S.OFFERED, ReferralAgreed),
    *_rows({_S.WAITING_LIST}, _T.LEAVE_LIST, _A.AREA_SETTING, _S.AWAITING_COORDINATOR, CaseLeftWaitingList),
    *_rows({_S.WAITING_LIST}, _T.TAKE_OFF_LIST, _A.COORDINATOR, _S.AWAITING_COORDINATOR, CaseLeftWaitingList),
    # The coordinator, the referrer who answers, and the panel: what is the panel's is not the coordinator's to decide.
    *_rows({_S.AWAITING_COORDINATOR}, _T.AGREE, _A.COORDINATOR, _S.OFFERED, ReferralAgreed),
    *_rows({_S.AT_PANEL}, _T.AGREE, _A.PANEL, _S.OFFERED, ReferralAgreed),
    *_rows({_S.AWAITING_COORDINATOR}, _T.RETURN, _A.COORDINATOR, _S.RETURNED, CaseReturned),
    *_rows({_S.AT_PANEL}, _T.RETURN, _A.PANEL, _S.RETURNED, CaseReturned),
    *_rows({_S.AWAITING_COORDINATOR, _S.RETURNED}, _T.REFUSE, _A.COORDINATOR, _S.REFUSED, CaseRefused),
    *_rows({_S.AT_PANEL}, _T.REFUSE, _A.PANEL, _S.REFUSED, CaseRefused),
    *_rows({_S.RETURNED}, _T.ANSWER, _A.REFERRER, None),
    *_rows({_S.AWAITING_COORDINATOR, _S.RETURNED}, _T.TO_PANEL, _A.COORDINATOR, _S.AT_PANEL, CaseTakenToPanel),
    *_rows({_S.AT_PANEL}, _T.FROM_PANEL, _A.COORDINATOR, _S.AWAITING_COORDINATOR),
    *_rows(HOLDABLE, _T.HOLD, _A.COORDINATOR, _S.ON_HOLD, CaseHeld),
    *_rows({_S.ON_HOLD}, _T.RESUME, _A.COORDINATOR, None, CaseResumed),
    # A parent may withdraw at any time. What is over stays as it is, but the withdrawal is kept.
    *_rows(_EXISTING - TERMINAL, _T.WITHDRAW, _A.PARENT, _S.CLOSED, CaseClosed),
    *_staying(TERMINAL, _T.WITHDRAW, _A.PARENT),
    # Consent for one purpose. To take back that to the referral is a withdrawal, above.
    *_staying(_EXISTING - _MAY_BE_OUT - {_S.HALTED}, _T.CONSENT_RECORDED, _A.PARENT),
    *_staying(_EXISTING - _MAY_BE_OUT, _T.CONSENT_WITHDRAWN, _A.PARENT),
    *_staying(_EXISTING - _MAY_BE_OUT, _T.CONSENT_EXPIRED, _A.CALENDAR),
    *_staying(_MAY_BE_OUT, _T.CONSENT_RECORDED, _A.PARENT, ChildParticipationChanged),
    *_staying(_MAY_BE_OUT, _T.CONSENT_WITHDRAWN, _A.PARENT, ChildParticipationChanged),
    *_staying(_MAY_BE_OUT, _T.CONSENT_EXPIRED, _A.CALENDAR, ChildParticipationChanged),
    # The provider.
    *_rows({_S.OFFERED}, _T.ACCEPTED, _A.PROVIDER, _S.ACCEPTED, ProviderAccepted),
    *_rows({_S.OFFERED}, _T.DECLINED, _A.PROVIDER, _S.AWAITING_COORDINATOR, ProviderDeclined),
    *_staying(_AT_WORK, _T.CONTACT_ATTEMPTED, _A.PROVIDER, ParentContacted),
    *_rows({_S.ACCEPTED}, _T.ASSESSED_SUITABLE, _A.PROVIDER, _S.ASSESSED, ProviderAssessed),
    *_rows({_S.ACCEPTED}, _T.ASSESSED_NOT_SUITABLE, _A.PROVIDER, _S.CLOSED, ProviderAssessed, CaseClosed),
    *_rows({_S.ASSESSED, _S.IN_SESSIONS}, _T.SESSION, _A.PROVIDER, _S.IN_SESSIONS, SessionRecorded),
    *_staying({_S.CLOSED}, _T.SESSION, _A.PROVIDER, SessionRecorded),
    *_staying(_AT_WORK | {_S.CLOSED}, _T.SESSION_TAKEN_BACK, _A.PROVIDER, SessionRecorded, SessionScheduled),
    *_staying(_AT_WORK | {_S.CLOSED}, _T.MEASURE, _A.PROVIDER, MeasureRecorded),
    *_staying({_S.CLOSED}, _T.FOLLOW_UP_MEASURE, _A.PROVIDER, MeasureRecorded),
    *_rows(_AT_WORK, _T.CLOSED_BY_PROVIDER, _A.PROVIDER, _S.CLOSED, MeasureRecorded, CaseClosed),
    *_staying({_S.ACCEPTED}, _T.PARENT_ASSESSED, _A.PROVIDER, ParentAssessed),
    *_staying(_AT_WORK, _T.SESSION_SCHEDULED, _A.PROVIDER, SessionScheduled),
    *_staying(_AT_WORK, _T.CONCERN, _A.PROVIDER, ConcernRaised),
    # Answers to an instrument that nobody can judge from here: a person looks.
    *_staying(_AT_WORK | {_S.CLOSED}, _T.MEASURE_NOT_JUDGED, _A.PROVIDER),
    # A front door's practitioner leaves: the case's letters go to another one.
    *_staying(_EXISTING, _T.HANDED_OVER, _A.REFERRER),
    # What a provider still reports of a case that it had closed, and that a sign of abuse stopped afterwards.
    *_staying({_S.HALTED}, _T.AFTER_THE_STOP, _A.PROVIDER),
    # What its provider had closed may be opened again within the area's limit, by either, with both parents' consent.
    *_rows({_S.CLOSED}, _T.REOPENED, _A.PROVIDER, _S.ACCEPTED, CaseReopened, ReferralAgreed, ProviderAccepted),
    *_rows({_S.CLOSED}, _T.REOPEN, _A.COORDINATOR, _S.OFFERED, CaseReopened, ReferralAgreed),
    # Wrap-around practitioners, whose sign of abuse is one like any other.
    *_staying(WITH_PROVIDER, _T.WRAP_AROUND_CONTACT, _A.REFERRER),
    *_rows(_EXISTING, _T.HALT, _A.REFERRER, _S.HALTED, CaseHalted),
    # The calendar shows a person what is late, and reminds; it never moves a case.
    *_staying(WITH_PROVIDER, _T.FIRST_CONTACT_OVERDUE, _A.CALENDAR),
    *_staying(WITH_PROVIDER, _T.NO_CONTACT_IN_TIME, _A.CALENDAR),
    *_staying(_AT_WORK, _T.REMIND, _A.CALENDAR, WrapAroundReminded),
    *_staying(_AT_WORK, _T.NOT_CONFIRMED, _A.CALENDAR),
    *_staying({_S.CLOSED}, _T.FOLLOW_UP, _A.CALENDAR, FollowUpDue),
    *_staying(WITH_PROVIDER | {_S.CLOSED, _S.JOINED, _S.NOT_REFERRED, _S.REFUSED}, _T.SEEN_TO, _A.COORDINATOR),
)

_BY_SOURCE: dict[tuple[State, Trigger, Actor], Transition] = {(row.source, row.trigger, row.by): row for row in TABLE}
# Whose a trigger is where nobody else is named. What the panel does is always recorded as the panel's.
USUAL_ACTOR: dict[Trigger, Actor] = {row.trigger: row.by for row in reversed(TABLE) if row.by is not Actor.PANEL}


def find(state: State, trigger: Trigger, by: Actor | None = None) -> Transition:
    """The row for a state, a trigger and who acts. Raises NotAllowedError where there is none."""
    actor = by or USUAL_ACTOR[trigger]
    row = _BY_SOURCE.get((state, trigger, actor))
    if row is None:
        raise NotAllowedError(state, trigger, actor)
    return row


def allows(state: State, trigger: Trigger, by: Actor | None = None) -> bool:
    """Whether the table has a row for a state, a trigger and who acts."""
    return (state, trigger, by or USUAL_ACTOR[trigger]) in _BY_SOURCE
