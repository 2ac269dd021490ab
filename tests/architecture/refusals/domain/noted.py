"""What is noted of a refused case."""

from typing import ClassVar

from shared.contracts.base import CaseEvent
from shared.contracts.referral import CaseRefused


class RefusalNoted(CaseEvent):
    """A case was refused, and why."""

    event_name: ClassVar[str] = "refusal-noted"
    owner: ClassVar[str] = "refusals"
    topic: ClassVar[str | None] = "refusal-noted"

    reason: str


def decide_note(event: CaseRefused) -> RefusalNoted:
    """The note of a refused case."""
    return RefusalNoted(case_id=event.case_id, occurred_at=event.occurred_at, reason=event.reason)
