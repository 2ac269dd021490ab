"""The events of the administration service: what everybody who works with pages needs to know."""

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Event, ShortText, Text, UtcDatetime


class NoticeKind(StrEnum):
    """What a notice is about: a time in which Parley is not there, or something that is new in it."""

    DOWNTIME = "downtime"
    NEWS = "news"


class NoticeSet(Event):
    """The operator lets everybody who works with pages know something, from a time on and until a time.

    Set again under the same id it replaces what was set before; one whose time is over is shown nowhere.
    """

    event_name: ClassVar[str] = "notice-set"
    owner: ClassVar[str] = "administration"
    topic: ClassVar[str | None] = "notices"

    notice_id: UUID
    kind: NoticeKind
    title: Annotated[ShortText, Field(min_length=1)]
    text: Text
    shown_from: UtcDatetime
    shown_until: UtcDatetime
    occurred_at: UtcDatetime

    def subject(self) -> str:
        """The notice's id."""
        return str(self.notice_id)
