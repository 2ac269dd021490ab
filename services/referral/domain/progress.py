"""How a decider moves a case: only along the table, each step in the history, each event with the next number."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from services.referral.domain.case import (
    Case,
    ConsentGiven,
    ConsentWithdrawn,
    Entry,
    Referral,
    ReferralStatus,
    Waiting,
)
from services.referral.domain.states import TERMINAL, State, Trigger, WaitingReason
from services.referral.domain.transitions import Transition, find
from shared.contracts.referral import CaseEvent, ReferralEvent

E = TypeVar("E", bound=CaseEvent)
R = TypeVar("R", bound=ReferralEvent)


@dataclass(frozen=True, slots=True)
class Moment:
    """When something is decided, by which event, and where new ids come from."""

    now: datetime
    cause: UUID | None
    new_id: Callable[[], UUID]


@dataclass(slots=True)
class Progress:
    """One decision being made about one case: the case as it stands, and all that is to be saved and told."""

    case: Case
    moment: Moment
    events: list[CaseEvent] = field(default_factory=list)
    history: list[Entry] = field(default_factory=list)
    consents: list[ConsentGiven | ConsentWithdrawn] = field(default_factory=list)

    def change(self, **fields: Any) -> None:
        """Replaces fields of the case that are not its state."""
        self.case = replace(self.case, **fields)

    def move(self, trigger: Trigger, why: str = "") -> Transition:
        """Takes the table's row for this trigger and writes the history. Raises NotAllowedError where there is none."""
        case = self.case
        row = find(case.state, trigger)
        target = row.target or case.held_from
        if target is None:
            raise ValueError("a case on hold must know where it was held")
        entry = Entry(
            case_id=case.case_id,
            number=case.changes + 1,
            at=self.moment.now,
            by=row.by,
            trigger=trigger,
            source=case.state,
            target=target,
            why=why,
            cause=self.moment.cause,
        )
        self.history.append(entry)
        held_from = None
        if target is State.ON_HOLD:
            held_from = case.held_from if case.state is State.ON_HOLD else case.state
        # What a case waited for is over once it moves; who moves it says what it waits for next.
        waiting = case.waiting if target is case.state else None
        self.case = replace(case, state=target, changes=entry.number, held_from=held_from, waiting=waiting)
        if target in TERMINAL and case.state is not target:
            self._end_referral()
        return row

    def wait(self, reason: WaitingReason) -> None:
        """Puts the case on the worklist. A case that waits already keeps its place."""
        since = self.case.waiting.since if self.case.waiting else self.moment.now
        self.change(waiting=Waiting(reason, since))

    def emit(self, row: Transition, event: type[E], **fields: Any) -> None:
        """Adds an event with the case's next number. Only what the table's row names can be emitted."""
        if event not in row.emits:
            raise ValueError(f"{row.source} by {row.trigger} does not emit {event.event_name}")
        case = self.case
        self.change(sequence=case.sequence + 1)
        self.events.append(
            event(
                case_id=case.case_id,
                occurred_at=self.moment.now,
                sequence=self.case.sequence,
                area=case.area,
                agency=case.agency,
                family_ref=case.family_ref,
                **fields,
            )
        )

    def tell(self, row: Transition, event: type[R], referral: Referral, **fields: Any) -> None:
        """Adds an event about one referral."""
        self.emit(
            row,
            event,
            referral_id=referral.referral_id,
            provider=referral.provider,
            service=referral.service,
            **fields,
        )

    def mark_referral(self, status: ReferralStatus, *, stopped: bool = False) -> None:
        """Notes what became of the newest referral."""
        *earlier, latest = self.case.referrals
        self.change(referrals=(*earlier, replace(latest, status=status, stopped=stopped)))

    def withdraw_consent(self, people: tuple[UUID, ...]) -> None:
        """Notes that these people's consent to the referral no longer stands."""
        self.consents += [ConsentWithdrawn(self.case.case_id, person, "referral", self.moment.now) for person in people]

    def _end_referral(self) -> None:
        if self.case.out is not None:
            self.mark_referral(ReferralStatus.OVER, stopped=True)
