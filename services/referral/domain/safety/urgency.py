"""How urgent a case on the worklist is, and why: every reason that applies is listed, the most urgent one counts."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from services.referral.domain.case.states import WaitingReason
from shared.contracts.vocabulary import LevelOfNeed

_SAFETY = frozenset({WaitingReason.SPECIALIST_CONTACT, WaitingReason.SIGN_OF_ABUSE, WaitingReason.CORRECTED_AFTER_HALT})
# Somebody could learn what they must not, or a risk be overlooked, until a person has looked.
_TO_LOOK_AT = frozenset(
    {
        WaitingReason.PEOPLE_DIFFER,
        WaitingReason.CONTACT_NOT_SEPARATE,
        WaitingReason.ITEMS_NOT_JUDGED,
        WaitingReason.LOOK_FIRST,
    }
)
_CHANGED = frozenset({WaitingReason.FAMILY_CHANGED, WaitingReason.SCREENING_TAKEN_BACK})
_ANSWERED = frozenset({WaitingReason.CORRECTED_AFTER_RETURN})


class Urgency(IntEnum):
    """The order of the worklist."""

    IMMEDIATE = 0
    HIGH = 1
    RAISED = 2
    ROUTINE = 3


@dataclass(frozen=True, slots=True)
class Line:
    """What the rule looks at: why and since when a case waits, the family's need, and the area's limit in days."""

    reason: WaitingReason
    since: datetime
    level_of_need: LevelOfNeed | None
    limit_days: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines that stand together in the order: of one lasting urgency, and waiting since `begin` (included), until
    before `end`. `urgency` is the one that they have now.
    """

    urgency: Urgency
    lasting: Urgency
    begin: datetime | None = None
    end: datetime | None = None


def days_waited(line: Line, now: datetime) -> int:
    """Whole days since the case began to wait."""
    return max(0, (now - line.since).days)


def urgency_of(line: Line, now: datetime) -> tuple[Urgency, tuple[str, ...]]:
    """The urgency with its reasons; without any, the line is routine."""
    applies = (
        (Urgency.IMMEDIATE, "sign-of-abuse", line.reason in _SAFETY),
        (Urgency.HIGH, "child-protection", line.level_of_need is LevelOfNeed.CHILD_PROTECTION),
        (Urgency.HIGH, "to-be-looked-at-first", line.reason in _TO_LOOK_AT),
        (Urgency.HIGH, "over-the-areas-limit", days_waited(line, now) > line.limit_days),
        (Urgency.RAISED, "child-in-need", line.level_of_need is LevelOfNeed.CHILD_IN_NEED),
        (Urgency.RAISED, "changed-under-way", line.reason in _CHANGED),
        (Urgency.RAISED, "referrer-has-answered", line.reason in _ANSWERED),
    )
    found = [(urgency, reason) for urgency, reason, holds in applies if holds]
    return min((urgency for urgency, _ in found), default=Urgency.ROUTINE), tuple(reason for _, reason in found)


def lasting_urgency(reason: WaitingReason, level_of_need: LevelOfNeed | None) -> Urgency:
    """The urgency that a line has however long it waits. Time only ever makes it more urgent."""
    begins = datetime.min.replace(tzinfo=UTC)
    return urgency_of(Line(reason, begins, level_of_need, limit_days=0), begins)[0]


def stretches(limit_days: int, now: datetime) -> tuple[Stretch, ...]:
    """What `urgency_of` makes of every line of an area now, told apart by what does not change with time and since when
    a line waits. So a worklist can be read in its order without looking at each line.
    """
    # More than so many whole days: the first instant at which a line is not yet over the limit.
    within = now - timedelta(days=limit_days + 1) + timedelta.resolution
    found: list[Stretch] = []
    for lasting in Urgency:
        if lasting <= Urgency.HIGH:
            found.append(Stretch(lasting, lasting))
        else:
            found += [Stretch(Urgency.HIGH, lasting, end=within), Stretch(lasting, lasting, begin=within)]
    return tuple(found)
