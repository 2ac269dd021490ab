"""What is published of a record that could not be read, on `<topic>.dead-letters`."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from shared.contracts.base import Part, Sealed, UtcDatetime


class DiscardReason(StrEnum):
    """Why a dead letter is given up. A code, because what somebody types might name a person."""

    SENT_AGAIN = "sent-again"
    SENT_BY_MISTAKE = "sent-by-mistake"
    SENDER_WITHDREW_IT = "sender-withdrew-it"
    NOT_FOR_US = "not-for-us"
    A_TEST = "a-test"
    NO_LONGER_NEEDED = "no-longer-needed"
    OTHER = "other"


class FindingMade(Part):
    """The field and the rule that it breaks."""

    field: str
    rule: str


class RecordDeadLettered(Part):
    """A record that could not be used: where it stands, why, and the record itself, sealed under a key of its own.

    `sealed` is null where the record is too large to be sent on, or could not be sealed; the service that could not use
    it still has it, or reads it again from its topic.
    """

    event_name: ClassVar[str] = "record-dead-lettered"

    dead_letter_id: UUID
    subscription: str
    topic: str
    partition: int
    offset: int
    recorded_at: UtcDatetime
    findings: tuple[FindingMade, ...]
    attempts: int
    sealed: Sealed | None

    @classmethod
    def ce_type(cls) -> str:
        """CloudEvents `type`."""
        return f"parley.{cls.event_name}.v1"
