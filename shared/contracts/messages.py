"""What the referral service says of the messages about a case: that some wait to be read, and never what is in them."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.base import AreaCode, CaseEvent, Slug
from shared.contracts.screening import PractitionerRef


class MessagesWaiting(CaseEvent):
    """How many messages of an area's team wait for a front door or for a provider to read, as of `sequence`.

    It is about one thread: the front door's, which has an `agency`, or that of one referral, which has a `provider`.
    """

    owner: ClassVar[str] = "referral"
    topic: ClassVar[str | None] = "messages-waiting"

    thread_id: UUID
    sequence: int
    area: AreaCode
    agency: Slug | None = None
    provider: Slug | None = None
    referral_id: UUID | None = None
    waiting: int
    # Whether the last of them has just been written; otherwise some have been read.
    written: bool
    # Who gets an e-mail that there is something to read: of a front door's thread alone.
    practitioner: PractitionerRef | None = None
