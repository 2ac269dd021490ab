"""How a decider moves a case: only along the table, each step in the history, each event with the next number."""

from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from uuid import UUID

from services.referral.domain.case.case import Case, Waiting
from services.referral.domain.case.history import ConsentGiven, ConsentWithdrawn, Entry
from services.referral.domain.case.reasons import codes
from services.referral.domain.case.referral import Referral, ReferralStatus
from services.referral.domain.case.stamp import Stamp
from services.referral.domain.case.states import (
    SHOWN_FIRST,
    STAYS_WITH_PROVIDER,
    TERMINAL,
    TO_CONFIRM,
    WITH_PROVIDER,
    Actor,
    State,
    Trigger,
    WaitingReason,
)
from services.referral.domain.case.transitions import Transition, find
from shared.contracts.referral import ReferralEvent, SequencedEvent

E = TypeVar("E", bound=SequencedEvent)
R = TypeVar("R", bound=ReferralEvent)


@dataclass(slots=True)
class Progress:
    """One decision being made about one case: the case as it is now, and all that is to be saved and published."""

    case: Case
    stamp: Stamp
    events: list[SequencedEvent] = field(default_factory=list)
    history: list[Entry] = field(default_factory=list)
    consents: list[ConsentGiven | ConsentWithdrawn] = field(default_factory=list)

    def change(self, **fields: Any) -> None:
        """Replaces fields of the case that are not its state."""
        self.case = replace(self.case, **fields)

    def move(self, trigger: Trigger, why: str = "", detail: str = "", *, by: Actor | None = None) -> Transition:
        """Takes the table's row for this trigger and writes the history.

        `why` are codes of the row, joined by a comma and a space; `detail` is what they are about. `by` is who acts,
        where it is not the trigger's usual actor. Raises NotAllowedError where the table has no row.
        """
        case = self.case
        row = find(case.state, trigger, by)
        target = row.target or (case.held_from if case.state is State.ON_HOLD else case.returned_from)
        if target not in row.targets:
            raise ValueError("a case that is on hold or returned must know where it was")
        if not codes(why) <= row.reasons or bool(row.reasons) is not bool(why):
            raise ValueError(f"{why!r} is no reason for {trigger}")
        entry = Entry(
            case_id=case.case_id,
            number=case.changes + 1,
            at=self.stamp.now,
            by=row.by,
            trigger=trigger,
            source=case.state,
            target=target,
            why=why,
            cause=self.stamp.cause,
            who=self.stamp.who,
            detail=detail,
        )
        self.history.append(entry)
        held_from = None
        if target is State.ON_HOLD:
            held_from = case.held_from if case.state is State.ON_HOLD else case.state
        returned_from = None
        if State.RETURNED in (target, held_from):
            returned_from = case.state if trigger is Trigger.RETURN else case.returned_from
            if trigger is Trigger.TOLD_BY_MISTAKE:
                returned_from = case.returned_from or State.AWAITING_COORDINATOR
        # What a case waited for is over once it moves; who moves it decides what it waits for next.
        # Some of it, and what is to be confirmed, is waited for as long as a provider has the family.
        stays = target is case.state or (
            target in WITH_PROVIDER and case.waiting and _is_waited_for_on(case, case.waiting.reason)
        )
        waiting = case.waiting if stays else None
        if waiting and target is not case.state:
            in_question = case.questioned is not None and waiting.reason is not WaitingReason.PEOPLE_DIFFER
            waiting = replace(waiting, before=WaitingReason.PEOPLE_DIFFER if in_question else None)
        if waiting is None and case.questioned is not None:
            waiting = Waiting(WaitingReason.PEOPLE_DIFFER, self.stamp.now)
        self.case = replace(
            case,
            state=target,
            changes=entry.number,
            held_from=held_from,
            returned_from=returned_from,
            joined_to=case.joined_to if target is State.JOINED else None,
            waiting=waiting,
        )
        if target not in (State.WAITING_LIST, State.ON_HOLD):
            self.change(listing=None)
        if target in TERMINAL | {State.JOINED, State.RETURNED} and case.state is not target:
            self._end_referral()
        return row

    def wait(self, reason: WaitingReason) -> None:
        """Puts the case on the worklist. A case that waits already keeps its place.

        While strangers are in question under the family's reference, that stays on the worklist whatever else is waited
        for.
        """
        since = self.case.waiting.since if self.case.waiting else self.stamp.now
        before = None
        if self.case.questioned is not None and reason is not WaitingReason.PEOPLE_DIFFER:
            shown = (reason, WaitingReason.PEOPLE_DIFFER)
            reason, before = shown if reason in SHOWN_FIRST else shown[::-1]
        self.change(waiting=Waiting(reason, since, before))

    def emit(self, row: Transition, event: type[E], **fields: Any) -> None:
        """Adds an event with the case's next number. Only what the table's row names can be emitted."""
        if event not in row.emits:
            raise ValueError(f"{row.source} by {row.trigger} does not emit {event.event_name}")
        case = self.case
        self.change(sequence=case.sequence + 1)
        self.events.append(
            event(
                case_id=case.case_id,
                occurred_at=self.stamp.now,
                sequence=self.case.sequence,
                area=case.area,
                agency=case.agency,
                family_ref=case.family_ref,
                revision=case.revision,
                **fields,
            )
        )

    def report(self, row: Transition, event: type[R], referral: Referral, **fields: Any) -> None:
        """Adds an event about one referral."""
        self.emit(
            row,
            event,
            referral_id=referral.referral_id,
            provider=referral.provider,
            service=referral.service,
            **fields,
        )

    def mark_referral(self, status: ReferralStatus, *, stopped: bool = False, because: str | None = None) -> None:
        """Notes what became of the newest referral; `because` is a code."""
        *earlier, latest = self.case.referrals
        because = because or latest.ended_because
        self.change(referrals=(*earlier, replace(latest, status=status, stopped=stopped, ended_because=because)))

    def change_referral(self, **fields: Any) -> None:
        """Replaces fields of the newest referral."""
        *earlier, latest = self.case.referrals
        self.change(referrals=(*earlier, replace(latest, **fields)))

    def withdraw_consent(self, people: tuple[UUID, ...]) -> None:
        """Notes that these people's consent to the referral is no longer in force."""
        self.consents += [ConsentWithdrawn(self.case.case_id, person, "referral", self.stamp.now) for person in people]

    def _end_referral(self) -> None:
        if self.case.out is not None:
            self.mark_referral(ReferralStatus.OVER, stopped=True, because="stopped")
            self.change(course=self.case.course_now.ended(self.stamp.now, None))


def _is_waited_for_on(case: Case, reason: WaitingReason) -> bool:
    if reason in STAYS_WITH_PROVIDER:
        return True
    return case.state in WITH_PROVIDER and reason in TO_CONFIRM
