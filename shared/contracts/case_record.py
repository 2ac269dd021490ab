"""The events of the referral service about the record of a case: who opened it, and that its time is over.

They change nothing in the case, so they carry no `sequence`.
"""

from typing import ClassVar
from uuid import UUID

from shared.contracts.base import AreaCode, CaseEvent, UtcDatetime
from shared.contracts.vocabulary import EmergencyReason


class CaseOpenedInEmergency(CaseEvent):
    """Somebody beyond whose reach a case is opened it in an emergency, to read until `ends_at`. Who is not said."""

    owner: ClassVar[str] = "referral"
    topic: ClassVar[str | None] = "case-opened-in-emergency"

    access_id: UUID
    area: AreaCode
    reason: EmergencyReason
    ends_at: UtcDatetime
    review_due_at: UtcDatetime


class CaseRetentionEnded(CaseEvent):
    """Every case of the family has ended, and so long ago that its people are to be erased. One for each case.

    For the families service alone, which knows whether they have a case elsewhere. `occurred_at` is when it was found.
    """

    owner: ClassVar[str] = "referral"
    topic: ClassVar[str | None] = "retention-ended"

    area: AreaCode
