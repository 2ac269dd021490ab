"""What an area's entry of the directory is made of beside its numbers."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.contracts.base import ShortText
from shared.contracts.workforce import TrainingModule

RetentionMonths = Annotated[int, Field(ge=12, le=300)]
"""For how long something of families or practitioners is kept where an area may choose."""


class Signpost(BaseModel):
    """Where a practitioner finds help for the family."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    phone: str | None = None
    url: str | None = None

    def __str__(self) -> str:
        """As a person reads it among an area's settings."""
        return ", ".join(each for each in (self.name, self.phone, self.url) if each)


class AreaLead(BaseModel):
    """Who answers for an area, and is told where a case of it is opened in an emergency from beyond it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    email: str

    def __str__(self) -> str:
        """As a person reads it among an area's settings."""
        return f"{self.name}, {self.email}"


class TrainingRequired(BaseModel):
    """The training that an area asks of whoever screens. Who lacks it is told so and never kept from screening.

    Everybody has `grace_days` from `since`, or from their first screening where that is later. A certificate counts for
    `renew_after_months`, or for good; its holder is reminded `remind_days` before it lapses.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    modules: Annotated[list[TrainingModule], Field(min_length=1)]
    since: date
    grace_days: Annotated[int, Field(ge=0, le=730)] = 90
    renew_after_months: Annotated[int, Field(ge=1, le=120)] | None = None
    remind_days: Annotated[int, Field(ge=1, le=365)] = 28


_Pence = Annotated[int, Field(ge=1, le=100_000_000, description="Pence sterling, for one of them, as of today")]
_Share = Annotated[float, Field(ge=0, le=10, description="How many of the outcome are avoided for one of `per`")]


class Avoided(BaseModel):
    """How much of an outcome an area assumes that support avoids: for each completed case, or each parent who started.

    It is an assumption and never a finding, so it has a range, and says where it is from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    per: Literal["completed-case", "started-parent"]
    low: _Share
    central: _Share
    high: _Share
    source: ShortText

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if not self.low <= self.central <= self.high:
            raise ValueError("low, central, high: must not fall from one to the next")
        return self

    def __str__(self) -> str:
        """As a person reads it among an area's settings."""
        return f"{self.central:g} ({self.low:g} to {self.high:g}) for each {self.per.replace('-', ' ')} ({self.source})"


class AvoidableCost(BaseModel):
    """What one outcome that support may prevent costs the area, such as a case of children's social care.

    It is what the area itself says. Whether support prevented any is not known from it. With `avoided`, benefits are
    held against the spending, as far as that assumption carries.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: ShortText
    pence: _Pence
    pence_low: _Pence | None = None
    pence_high: _Pence | None = None
    source: ShortText
    as_of: date | None = None
    avoided: Avoided | None = None

    @model_validator(mode="after")
    def _is_within_its_range(self) -> Self:
        if (self.pence_low or self.pence) > self.pence:
            raise ValueError("pence_low: must not be more than pence")
        if (self.pence_high or self.pence) < self.pence:
            raise ValueError("pence_high: must not be less than pence")
        return self

    def __str__(self) -> str:
        """As a person reads it among an area's settings."""
        assumed = f"; assumed avoided: {self.avoided}" if self.avoided else ""
        return f"{self.outcome}: £{self.pence / 100:,.2f} ({self.source}){assumed}"
