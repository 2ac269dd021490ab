"""What every contract shares: events between services, and records from parties outside."""

from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError, PydanticKnownError

_NO_OFFSET = timedelta(0)


def _utc(value: datetime) -> datetime:
    # Without a time zone it has no offset at all, and that is not UTC either.
    if value.utcoffset() != _NO_OFFSET:
        raise ValueError("must be RFC 3339 in UTC, such as 2025-04-01T08:12:00Z")
    return value


UtcDatetime = Annotated[datetime, AfterValidator(_utc)]


def _no_nul(value: str) -> str:
    # JSON may hold it, PostgreSQL's text may not.
    if "\0" in value:
        raise PydanticCustomError("nul", "must not contain the character U+0000")
    return value


_MOST_ANSWERS = 100


def _not_too_many(value: Any) -> Any:
    # Pydantic looks at every entry of a dictionary before its length, and each wrong one is an error of some hundred
    # bytes; of a list it looks at the length first.
    if isinstance(value, dict) and len(value) > _MOST_ANSWERS:
        length = {"field_type": "Dictionary", "max_length": _MOST_ANSWERS, "actual_length": len(value)}
        raise PydanticKnownError("too_long", length)
    return value


# Of a dictionary with an entry for each question: it costs no more than its permitted length.
MOST_ANSWERS = (Field(max_length=_MOST_ANSWERS), BeforeValidator(_not_too_many))

# JSON has no other numbers: one that is not finite would be written as null, and no reader would take that back.
Number = Annotated[float, Field(allow_inf_nan=False)]

# An identifier that ends up in topic names, ACLs and file names.
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=2, max_length=60)]
AreaCode = Annotated[str, Field(pattern=r"^[EWSN]\d{8}$", description="ONS code of a local authority")]
Reference = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_no_nul)]
Text = Annotated[str, Field(max_length=4000), AfterValidator(_no_nul)]
ShortText = Annotated[str, Field(max_length=300), AfterValidator(_no_nul)]


class Part(BaseModel):
    """A piece of an event. Readers ignore what they do not know, so additive change keeps `v1`."""

    # A number that is not finite is no JSON. It is written as it is, so that the outbox sees and refuses it: as null it
    # would leave, and no reader would take the event.
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="constants")


class Event(Part):
    """Something that happened, in the past tense, to whatever its `subject` names.

    `topic` is where the owner publishes it; a class without one is addressed by its owner (an agency's or a
    provider's own topic). The event is called as the topic that its class names, unless the class gives it a name of
    its own. The record key is the subject, so that Kafka keeps the order for each of them.
    """

    event_name: ClassVar[str]
    major: ClassVar[int] = 1
    owner: ClassVar[str]
    topic: ClassVar[str | None] = None

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Names the event as its topic where nothing else is said."""
        super().__pydantic_init_subclass__(**kwargs)
        if cls.topic is not None and "topic" in vars(cls) and "event_name" not in vars(cls):
            cls.event_name = cls.topic

    @classmethod
    def ce_type(cls) -> str:
        """CloudEvents `type`, such as `parley.screening-completed.v1`."""
        return f"parley.{cls.event_name}.v{cls.major}"

    def subject(self) -> str:
        """CloudEvents `subject`: the id of what it happened to."""
        raise NotImplementedError


class CaseEvent(Event):
    """Something that happened in a case."""

    case_id: UUID
    occurred_at: UtcDatetime

    def subject(self) -> str:
        """The case id."""
        return str(self.case_id)


class Record(BaseModel):
    """What a party outside sends. Unknown fields are refused: a typing error must not vanish.

    Strict: `"yes"` is not a boolean and `"7"` is not a number, because a guess here decides about somebody's safety.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Sealed(Part):
    """Personal data under its person's key. Only the keyring can open it.

    `subject` is the person whose key it is and `field` what it holds; both are bound into the ciphertext, so a box
    moved to another person or field does not open. So is the event that a box of version 2 names.
    """

    subject: UUID
    field: str
    box: str = Field(description="base64url of version, event (of version 2), nonce and AES-256-GCM ciphertext")
