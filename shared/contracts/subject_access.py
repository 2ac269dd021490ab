"""What a service answers of one person in one case, and the reasons for which it is asked (UK GDPR Art. 15)."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

Value = str | bool | int | float | None
Values = Value | list[Value]


class SubjectAccessReason(StrEnum):
    """Why what is held of a person is put together. It is recorded with the request."""

    OWN_REQUEST = "own-request"
    """The person asked, and who they are was checked."""
    REPRESENTATIVE = "representative"
    """Somebody who may act for them asked, and that was checked."""
    AFTER_REVIEW = "after-review"
    """Again, with what a reviewer decided to give of what was withheld."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Given(_Part):
    """One row or box of the person's own. `on` is the day that it is from; None for what simply holds now."""

    section: str
    on: date | None = None
    fields: dict[str, Values] = Field(default_factory=dict)


class Withheld(_Part):
    """What is not given until somebody decides. `item` names it in a decision; where it is about the whole family there
    is none (`values` is empty), and whoever decides looks at the case.
    """

    item: str
    section: str
    because: str
    on: date | None = None
    rows: int = 1
    values: dict[str, Values] = Field(default_factory=dict)


class Records(_Part):
    """What one service has of one person in one case."""

    service: str
    given: tuple[Given, ...] = ()
    withheld: tuple[Withheld, ...] = ()
