"""What an area's entry of the directory is made of beside its numbers."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

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


class AvoidableCost(BaseModel):
    """What one outcome that support may prevent costs the area, such as a case of children's social care.

    It is what the area itself says. Whether support prevented any is not known from it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: ShortText
    pence: Annotated[int, Field(ge=1, le=100_000_000, description="Pence sterling, for one of them")]
    source: ShortText
    as_of: date | None = None

    def __str__(self) -> str:
        """As a person reads it among an area's settings."""
        return f"{self.outcome}: £{self.pence / 100:,.2f} ({self.source})"
