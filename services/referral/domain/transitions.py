"""The state machine as data: who may move a case from where to where, and which events may tell of it.

The code runs on this table and the diagram in the README is drawn from it. What is not in the table is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.referral.domain.states import BEFORE_PROVIDER, TERMINAL, WITH_PROVIDER, Actor, State, Trigger
from shared.contracts.referral import (
    CaseClosed,
    CaseEvent,
    CaseHalted,
    CaseHeld,
    CaseRefused,
    CaseResumed,
    CaseReturned,
    CaseTakenToPanel,
    MeasureRecorded,
    ParentContacted,
    ProviderAccepted,
    ProviderAssessed,
    ProviderDeclined,
    ReferralAgreed,
    SessionRecorded,
)


@dataclass(frozen=True)
class Transition:
    """One row. `target` None is where the case was before it was held; `emits` is all that this row may emit."""

    source: State
    trigger: Trigger
    by: Actor
    target: State | None
    emits: tuple[type[CaseEvent], ...] = ()


class NotAllowedError(Exception):
    """The table has no row for this state and trigger. Nothing was changed."""

    def __init__(self, state: State, trigger: Trigger) -> None:
        super().__init__(f"A case that is {state} does not allow {trigger}.")
        self.state = state
        self.trigger = trigger


def _rows(
    sources: Iterable[State], trigger: Trigger, by: Actor, target: State | None, *emits: type[CaseEvent]
) -> list[Transition]:
    return [Transition(source, trigger, by, target, emits) for source in sorted(sources)]


def _staying(sources: Iterable[State], trigger: Trigger, by: Actor, *emits: type[CaseEvent]) -> list[Transition]:
    return [Transition(source, trigger, by, source, emits) for source in sorted(sources)]


_S, _T, _A = State, Trigger, Actor
_EVERYWHERE = frozenset(State)
_EXISTING = _EVERYWHERE - {_S.NEW}
_AT_WORK = WITH_PROVIDER - {_S.OFFERED}
_UNDECIDED = {_S.NEW, _S.NOT_REFERRED}
HOLDABLE = (BEFORE_PROVIDER - {_S.REFUSED}) | WITH_PROVIDER

TABLE: tuple[Transition, ...] = (
    # Screenings. Once a person has the case, a newer `refer` comes back to a person.
    *_rows(_UNDECIDED | BEFORE_PROVIDER - {_S.AT_PANEL}, _T.REFER, _A.SCREENING, _S.AWAITING_COORDINATOR),
    *_staying({_S.AT_PANEL, _S.ON_HOLD, _S.CLOSED, _S.HALTED} | WITH_PROVIDER, _T.REFER, _A.SCREENING),
    *_rows(_UNDECIDED | BEFORE_PROVIDER, _T.NOT_REFER, _A.SCREENING, _S.NOT_REFERRED),
    *_staying({_S.ON_HOLD, _S.CLOSED, _S.HALTED}, _T.NOT_REFER, _A.SCREENING),
    # The referral had gone out, and the family is no longer one to refer: the provider is told to stop.
    *_rows(WITH_PROVIDER | {_S.ON_HOLD}, _T.NO_LONGER_REFER, _A.SCREENING, _S.CLOSED, CaseClosed),
    *_staying(_EXISTING, _T.OLDER_SCREENING, _A.SCREENING),
    # A sign of abuse halts the case from anywhere, and there is no way out of halted.
    *_rows(_EVERYWHERE, _T.ABUSE_SIGN, _A.SCREENING, _S.HALTED, CaseHalted),
    *_rows(_EXISTING, _T.SAFETY_CONCERN, _A.PROVIDER, _S.HALTED, CaseHalted),
    *_rows(_EXISTING, _T.HALT, _A.COORDINATOR, _S.HALTED, CaseHalted),
    # The area's settings.
    *_rows({_S.AWAITING_COORDINATOR}, _T.AGREE_AUTOMATICALLY, _A.AREA_SETTING, _S.OFFERED, ReferralAgreed),
    *_rows({_S.AWAITING_COORDINATOR}, _T.OFFER_NEXT, _A.AREA_SETTING, _S.OFFERED, ReferralAgreed),
    # The coordinator, and the panel that the coordinator speaks for.
    *_rows({_S.AWAITING_COORDINATOR}, _T.AGREE, _A.COORDINATOR, _S.OFFERED, ReferralAgreed),
    *_rows({_S.AT_PANEL}, _T.AGREE, _A.PANEL, _S.OFFERED, ReferralAgreed),
    *_rows({_S.AWAITING_COORDINATOR}, _T.RETURN, _A.COORDINATOR, _S.RETURNED, CaseReturned),
    *_rows({_S.AT_PANEL}, _T.RETURN, _A.PANEL, _S.RETURNED, CaseReturned),
    *_rows({_S.AWAITING_COORDINATOR, _S.RETURNED}, _T.REFUSE, _A.COORDINATOR, _S.REFUSED, CaseRefused),
    *_rows({_S.AT_PANEL}, _T.REFUSE, _A.PANEL, _S.REFUSED, CaseRefused),
    *_rows({_S.AWAITING_COORDINATOR, _S.RETURNED}, _T.TO_PANEL, _A.COORDINATOR, _S.AT_PANEL, CaseTakenToPanel),
    *_rows(HOLDABLE, _T.HOLD, _A.COORDINATOR, _S.ON_HOLD, CaseHeld),
    *_rows({_S.ON_HOLD}, _T.RESUME, _A.COORDINATOR, None, CaseResumed),
    # A parent may withdraw at any time. What is over stays as it is, but the withdrawal is kept.
    *_rows(_EXISTING - TERMINAL, _T.WITHDRAW, _A.PARENT, _S.CLOSED, CaseClosed),
    *_staying(TERMINAL, _T.WITHDRAW, _A.PARENT),
    # The provider.
    *_rows({_S.OFFERED}, _T.ACCEPTED, _A.PROVIDER, _S.ACCEPTED, ProviderAccepted),
    *_rows({_S.OFFERED}, _T.DECLINED, _A.PROVIDER, _S.AWAITING_COORDINATOR, ProviderDeclined),
    *_staying(_AT_WORK, _T.CONTACT_ATTEMPTED, _A.PROVIDER, ParentContacted),
    *_rows({_S.ACCEPTED}, _T.ASSESSED_SUITABLE, _A.PROVIDER, _S.ASSESSED, ProviderAssessed),
    *_rows({_S.ACCEPTED}, _T.ASSESSED_NOT_SUITABLE, _A.PROVIDER, _S.CLOSED, ProviderAssessed, CaseClosed),
    *_rows({_S.ASSESSED, _S.IN_SESSIONS}, _T.SESSION, _A.PROVIDER, _S.IN_SESSIONS, SessionRecorded),
    *_staying(_AT_WORK, _T.MEASURE, _A.PROVIDER, MeasureRecorded),
    *_staying({_S.CLOSED}, _T.FOLLOW_UP_MEASURE, _A.PROVIDER, MeasureRecorded),
    *_rows(_AT_WORK, _T.CLOSED_BY_PROVIDER, _A.PROVIDER, _S.CLOSED, MeasureRecorded, CaseClosed),
)

_BY_SOURCE: dict[tuple[State, Trigger], Transition] = {(row.source, row.trigger): row for row in TABLE}


def find(state: State, trigger: Trigger) -> Transition:
    """The row for a state and a trigger. Raises NotAllowedError where there is none."""
    row = _BY_SOURCE.get((state, trigger))
    if row is None:
        raise NotAllowedError(state, trigger)
    return row


def allows(state: State, trigger: Trigger) -> bool:
    """Whether the table has a row for a state and a trigger."""
    return (state, trigger) in _BY_SOURCE
