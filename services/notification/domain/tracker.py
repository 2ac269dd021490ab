"""Where a family is, for whoever referred it: as the records say that its front door was sent, and nothing beside them.

Whatever a record leaves out, since another front door's sign of abuse is behind it or one of the parents reads it, is
not here either: nothing but the record is looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.contracts.notification import CaseProgressed
from shared.contracts.vocabulary import ClosureReason, Decision

Turn = Literal["you", "team", "provider", "nobody"]
"""Whose it is now to do something."""


@dataclass(frozen=True)
class Sender:
    """Who sent the screening in force, and when."""

    practitioner_id: UUID
    submitted_at: datetime


@dataclass(frozen=True)
class SentRecord:
    """A record that was sent to a front door. `from_self`: one of the family's parents may be the reader."""

    agency: str
    record: CaseProgressed
    from_self: bool


# Steps that say what happens, and ask the front door for nothing.
_ASK_NOTHING = frozenset(
    {
        "referral-is-looked-at",
        "case-open-already",
        "ask-the-areas-team",
        "earlier-one-stands",
        "nothing-stands",
        "wrap-around-before-each-session",
        "wrap-around-boundaries",
    }
)
_TURNS: Mapping[str, Turn] = {
    "screened": "team",
    "agreed": "provider",
    "accepted": "provider",
    "declined": "team",
    "assessed": "provider",
    "session": "provider",
    "concern": "provider",
    "reopened": "team",
    "at-panel": "team",
    "waiting": "provider",
    "left-waiting-list": "team",
    "resumed": "team",
    "joined": "team",
    "with-the-team": "team",
    "held": "team",
}
_SCREENED: Mapping[Decision | None, str] = {
    Decision.REFER: "Screened: the area's team looks at the referral",
    Decision.MORE_INFORMATION: "Screened: something is missing",
    Decision.NOT_READY: "Screened: not ready yet",
    Decision.NOT_SUITABLE: "Screened: not suitable now",
    Decision.UNIVERSAL_OFFER: "Screened: the universal offer comes first",
    Decision.DOMESTIC_ABUSE_PATHWAY: "Screened: specialist support is needed now",
    None: "Your answers are with the area's team",
}
_STEPS: Mapping[str, str] = {
    "agreed": "Agreed, and offered to the provider",
    "accepted": "The provider has accepted",
    "declined": "The provider could not take the family",
    "session": "A session was recorded",
    "concern": "The provider has a concern",
    "reopened": "The case is open again",
    "returned": "Returned to you for information",
    "refused": "The area's team has declined the referral",
    "at-panel": "The case is with the panel",
    "waiting": "On the waiting list",
    "left-waiting-list": "No longer on the waiting list",
    "held": "On hold",
    "resumed": "Going on again",
    "halted": "Stopped: specialist support is needed now",
    "joined": "A case is already open for this family",
    "training-asked": "Training to book",
    "taken-back": "A screening was taken back",
    "with-the-team": "With the area's team",
}
_ENDS: Mapping[str | None, str] = {
    ClosureReason.COMPLETED: "Closed: the work is done",
    ClosureReason.ENDED_EARLY: "Closed: ended early",
    ClosureReason.NO_CONTACT: "Closed: no contact was made",
    ClosureReason.WITHDRAWN: "Closed: the family has withdrawn",
    ClosureReason.UNSUITABLE: "Closed: the service does not suit the family",
    ClosureReason.HALTED_FOR_SAFETY: "Closed: specialist support is needed now",
}
_ASSESSED: Mapping[str | None, str] = {
    "suitable": "First assessment: suitable",
    "not-suitable": "First assessment: not suitable",
}
# What the screening's own page can mend. The others are answered by doing something, or by nobody.
_CORRECTED = frozenset({Decision.MORE_INFORMATION, Decision.NOT_READY, Decision.NOT_SUITABLE, Decision.UNIVERSAL_OFFER})


def title_of(record: CaseProgressed) -> str:
    """What a record says, as a heading. A code that is newer than this service is read as it is."""
    match record.step:
        case "screened":
            return _SCREENED[record.decision]
        case "assessed":
            return _ASSESSED.get(record.outcome, "The first assessment was held")
        case "closed":
            return _ENDS.get(record.outcome, "Closed")
        case "waiting" if record.position:
            return f"On the waiting list, number {record.position}"
        case "declined" | "refused" | "reopened" if record.outcome:
            return f"{_STEPS[record.step]}: {_words(record.outcome)}"
        case step:
            return _STEPS[step]


def turn_of(record: CaseProgressed) -> Turn:
    """Whose it is to do something, once this record is the newest."""
    if any(step.code not in _ASK_NOTHING for step in record.next_steps):
        return "you"
    return _TURNS.get(record.step, "nobody")


def is_to_correct(record: CaseProgressed) -> bool:
    """Whether what the record asks for is answered by a correction of the screening."""
    return record.step == "returned" or (record.step == "screened" and record.decision in _CORRECTED)


def is_shown(record: CaseProgressed) -> bool:
    """Whether it is a record of the family's own course. What was said before is said once; training is no family's."""
    return not record.said_again and record.step != "training-asked"


def _words(code: str) -> str:
    return code.replace("-", " ")
