"""What was published to a front door of its case, in one order, so that the newest record is always current.

Screenings and changes of the case come by topics that race. Screenings are in the order of their `revision`, changes in
that of the case's `sequence`, and each change says on which revision it was decided. So whatever comes late is known to
be about the past. A late record of the state that the case was in then, such as its place on a waiting list, is not
published. A late record of an event, such as a session, is published, and the current record again after it.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from shared.contracts.base import UtcDatetime
from shared.contracts.notification import CaseProgressed
from shared.contracts.referral import CaseClosed, CaseHalted, SequencedEvent
from shared.contracts.screening import ScreeningCompleted, ScreeningTakenBack
from shared.contracts.vocabulary import ClosureReason, Decision

_NOTHING = -1
# Records of a case from before the order was stored here are below this.
BEFORE_THE_ORDER = 1_000_000
_OF_ONE_RECORD = ("case_id", "occurred_at", "family_ref", "area", "sequence", "said_again")
# Only a state of the case: once it is in another, there is nothing in it.
_STATES = frozenset({"waiting", "left-waiting-list", "held", "resumed", "at-panel", "returned", "refused", "joined"})
# No screening changes these.
_ENDS = frozenset({"halted", "closed"})
# The next screening answers these, and is current from then on.
_ANSWERED = frozenset({"returned", "refused", "declined", "left-waiting-list"})

Body = dict[str, Any]
"""The content of a record, without its time and its place in the order."""


class Notice(BaseModel):
    """What a front door was told of its case, or was not, and what of it was kept back and why.

    `step` is None where nothing was sent. `kept_back`: `sign-elsewhere`, another front door knows of abuse, and this
    one must not; `self-referral`, one of the parents reads it. None where it was told as it happened.
    """

    at: UtcDatetime
    agency: str
    area: str
    step: str | None
    kept_back: str | None = None


class PublishedProgress(BaseModel):
    """What was published to the front door of one case, and what is current.

    `sequence` is that of the newest record. `revision` and `screening` are of the front door's screening that is in
    force; `refers` is whether by that the family is to be referred, and `set_back` the newest revision by which it was
    not. `state` is the content of the newest change of the case. `elsewhere` is that another front door has an open
    case of the family, for the next time that this one refers it: the record is the same whether or not it was halted
    meanwhile. `sign` is the record of a sign of abuse that this front door reads of: nothing revokes it. `answered` are
    the screenings that were. `from_self` is None as long as no screening is known; `said_neutrally` is whether the
    newest record was the same for everybody. `notices` is the log of it all. The fields are stored under these names.
    """

    sequence: int = 0
    revision: int = _NOTHING
    submitted_at: UtcDatetime | None = None
    refers: bool = True
    screening: Body | None = None
    set_back: int = _NOTHING
    state_sequence: int = _NOTHING
    state_revision: int = _NOTHING
    state: Body | None = None
    elsewhere: Body | None = None
    sign: Body | None = None
    answered: list[UUID] = []
    from_self: bool | None = None
    said_neutrally: bool = False
    notices: list[Notice] = []

    def screened(self, event: ScreeningCompleted, record: CaseProgressed) -> list[CaseProgressed]:
        """The records of a screening: every one is answered, an older one with the current record after it.

        One that comes into force later is published again, marked as such.
        """
        body = _body(record)
        if event.submission_id in self.answered:
            record = record.model_copy(update={"said_again": True})
        else:
            self.answered = [*self.answered, event.submission_id]
        sign = event.shows_sign_of_abuse
        self.from_self = bool(self.from_self) or event.source == "self"
        records = []
        if self._supersedes(event):
            refers = event.decision is Decision.REFER and not sign
            if not refers and self.state and self.state["step"] == "waiting" and self._state_holds():
                records.append(_left_the_list(record, self.state))
            self._set_screening(body, event.revision, refers=refers)
            self.submitted_at = event.submitted_at
        if sign:
            self.sign = body
        return self._with_current(records, record, body)

    def taken_back(self, event: ScreeningTakenBack, record: CaseProgressed) -> list[CaseProgressed]:
        """The records of a taking back: current, unless something newer has come since."""
        body = _body(record)
        if event.revision > self.revision:
            self._set_screening(body, event.revision, refers=event.stands is not None)
        return self._with_current([], record, body)

    def changed(self, event: SequencedEvent, record: CaseProgressed) -> list[CaseProgressed]:
        """The records of a change of the case. A state that the case is no longer in has none, or the current record
        where that was not published.
        """
        body, before = _body(record), self.current()
        known_already = body["step"] == "joined" and body == before
        if event.sequence > self.state_sequence:
            self.state, self.state_sequence, self.elsewhere = body, event.sequence, None
            self.state_revision = event.revision or self._decided_on(body["step"])
        if _is_own_sign(event):
            self.sign = body
        now = self.current()
        if known_already or (body["step"] in _STATES and now != body):
            return [_again(record, now)] if now is not None and now != before else []
        return self._with_current([], record, body)

    def current(self) -> Body | None:
        """The newest record's content."""
        if self.sign:
            return self.sign
        return self.state if self.state and self._state_holds() else self.screening

    def next_sequence(self) -> int:
        """The sequence of the next record. The case must be locked."""
        self.sequence += 1
        return self.sequence

    def _set_screening(self, body: Body, revision: int, *, refers: bool) -> None:
        self.screening, self.refers = body, refers
        self.revision = max(self.revision, revision)
        if refers:
            if self.state is None and self.elsewhere:
                self.state, self.state_revision = self.elsewhere, self.revision
            return
        self.set_back = max(self.set_back, revision)
        if self.state and self.state["step"] not in _ENDS and not 0 < revision <= self.state_revision:
            self.elsewhere = self.state if self.state["step"] == "joined" else self.elsewhere
            self.state = None

    def _supersedes(self, event: ScreeningCompleted) -> bool:
        """Whether it is the one in force. Events that are older than revisions go by the front door's clock."""
        if not event.stands:
            return self.screening is None
        if event.revision > self.revision:
            return event.revision > 0 or _not_before(event.submitted_at, self.submitted_at)
        same = event.revision == self.revision
        if same and event.revision == 0:
            return _not_before(event.submitted_at, self.submitted_at)
        return same and self.screening is not None and self.screening["step"] == "taken-back"

    def _decided_on(self, step: str) -> int:
        # An event without a revision: on what is known by now, unless that leaves no room for it.
        return max(self.revision, 0) if self.refers or step in _ENDS | {"held", "resumed"} else self.set_back - 1

    def _state_holds(self) -> bool:
        step = self.state["step"] if self.state else ""
        if step in _ENDS:
            return True
        if step in _ANSWERED and self.state_revision < self.revision:
            return False
        if step == "left-waiting-list" and not self.refers:
            return False
        return self.state_revision >= self.set_back

    def _with_current(self, before: list[CaseProgressed], record: CaseProgressed, body: Body) -> list[CaseProgressed]:
        now = self.current()
        again = [_again(record, now)] if now is not None and now != body else []
        return [*before, record, *again]


def _not_before(at: datetime, known: datetime | None) -> bool:
    return known is None or at >= known


def _is_own_sign(event: SequencedEvent) -> bool:
    """Whether it reports a sign of abuse to this front door. One that another front door knows of is never reported."""
    if isinstance(event, CaseHalted):
        return not event.known_elsewhere
    return isinstance(event, CaseClosed) and event.reason is ClosureReason.HALTED_FOR_SAFETY


def _body(record: CaseProgressed) -> Body:
    return record.model_dump(mode="json", exclude=set(_OF_ONE_RECORD), exclude_defaults=True)


def _again(beside: CaseProgressed, body: Body) -> CaseProgressed:
    own = {name: getattr(beside, name) for name in _OF_ONE_RECORD}
    return CaseProgressed.model_validate({**body, **own, "said_again": True})


def _left_the_list(beside: CaseProgressed, waiting: Body) -> CaseProgressed:
    own = {name: getattr(beside, name) for name in _OF_ONE_RECORD}
    return CaseProgressed(**own, step="left-waiting-list", service=waiting.get("service"))
