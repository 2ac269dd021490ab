"""A case that is opened in an emergency by somebody beyond whose reach it is: for how long, and who reviews it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.vocabulary import EmergencyReason

Words = Annotated[str, Field(min_length=1, max_length=2000)]


class OpenInEmergency(BaseModel):
    """Opens a case for reading, for a limited time. Other fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: EmergencyReason
    words: Words


class ReviewFinding(StrEnum):
    """What a review finds."""

    JUSTIFIED = "justified"
    ANOTHER_WAY_WAS_OPEN = "another-way-was-open"
    NOT_JUSTIFIED = "not-justified"


class Review(BaseModel):
    """What somebody of the area, who did not use it, finds of a use. Other fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    finding: ReviewFinding
    words: Words


@dataclass(frozen=True, slots=True)
class Limits:
    """For how long a case is open, and within which time its use is to be reviewed."""

    open_for: timedelta
    review_within: timedelta


@dataclass(frozen=True, slots=True)
class EmergencyAccess:
    """A use of the right: whose, to which case, and until when."""

    access_id: UUID
    case_id: UUID
    area: str
    who: str
    reason: EmergencyReason
    opened_at: datetime
    ends_at: datetime
    review_due_at: datetime
    reviewed_at: datetime | None = None

    def is_open(self, who: str, now: datetime) -> bool:
        """Whether this person may read the case now."""
        return who == self.who and self.opened_at <= now < self.ends_at


def open_in_emergency(  # noqa: PLR0913 - the facts of one use
    access_id: UUID, case_id: UUID, area: str, who: str, reason: EmergencyReason, limits: Limits, now: datetime
) -> EmergencyAccess:
    """A use that begins now."""
    ends_at, due = now + limits.open_for, now + limits.review_within
    return EmergencyAccess(access_id, case_id, area, who, reason, now, ends_at, due)


def why_not_review(access: EmergencyAccess, who: str) -> str | None:
    """Why this person may not review a use; None where they may."""
    if access.reviewed_at is not None:
        return "It has been reviewed."
    if access.who == who:
        return "Somebody else of the area reviews what you opened."
    return None
