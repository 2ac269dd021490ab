"""The events of the administration service: what everybody who works with pages needs to know."""

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field, model_validator

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


Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256, in hexadecimal")]


class SignInEnded(Event):
    """The identity provider has ended a sign-in, or all of a person's: whoever keeps a session of it ends that too.

    Both are digests, so that the event names nobody: of the sign-in's id, or else of the person's, at the provider.
    """

    event_name: ClassVar[str] = "sign-in-ended"
    owner: ClassVar[str] = "administration"
    topic: ClassVar[str | None] = "notices"

    session: Digest | None = None
    person: Digest | None = None
    occurred_at: UtcDatetime

    @model_validator(mode="after")
    def _names_one(self) -> "SignInEnded":
        if (self.session is None) is (self.person is None):
            raise ValueError("must name a sign-in or a person, and not both")
        return self

    def subject(self) -> str:
        """The digest of what has ended."""
        return self.session or self.person or ""
