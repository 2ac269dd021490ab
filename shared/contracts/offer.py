"""The parts of an offer: who it is for, where and when it is, and what it costs."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.contracts.base import ShortText, Slug, Text
from shared.contracts.vocabulary import Audience, LevelOfNeed, Relationship

MAXIMUM_CHILD_AGE = 25
"""Nobody older counts as a child (ours): the age to which support for young people with special needs goes on."""

Age = Annotated[int, Field(ge=0, le=MAXIMUM_CHILD_AGE, description="Whole years")]
Pence = Annotated[int, Field(ge=0, le=100_000_00, description="Pence sterling")]

# Text on purpose: YAML reads a bare 10:00 as the number 600.
TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description='Local time in quotes: "10:00"')]


class OfferPart(BaseModel):
    """A part of an entry of the directory. Unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Eligibility(OfferPart):
    """Who an offer is for, as rows: each field is one rule, and an empty one is no restriction.

    `child_age_from` and `child_age_to` are the ages that the offer is about, both included: one child of the family of
    such an age is enough, or with `every_child_of_age` every child must be. Of `audience`, one is enough.
    """

    relationship: list[Relationship] = []
    every_parent_has_parental_responsibility: bool = False
    no_young_child: bool = False
    children_take_part: bool = False
    child_age_from: Age | None = None
    child_age_to: Age | None = None
    every_child_of_age: bool = False
    levels_of_need: list[LevelOfNeed] = []
    audience: list[Audience] = []

    @model_validator(mode="after")
    def _ages_are_a_range(self) -> Self:
        if (
            self.child_age_from is not None
            and self.child_age_to is not None
            and self.child_age_from > self.child_age_to
        ):
            raise ValueError("child_age_from: must not be above child_age_to")
        if self.every_child_of_age and self.child_age_from is None and self.child_age_to is None:
            raise ValueError("every_child_of_age: needs child_age_from or child_age_to")
        return self


class FamilyCost(OfferPart):
    """What a family pays itself. An offer without one costs the family nothing that is known of."""

    amount_pence: Pence
    per: Literal["family", "parent", "session"] = "family"
    note: ShortText | None = None


class Venue(OfferPart):
    """Where an offer takes place in person. Public: never a refuge or anybody's home.

    The address is given whole or not at all.
    """

    name: Annotated[str, Field(min_length=1, max_length=300)]
    address: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    city: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    postcode: Annotated[str, Field(min_length=5, max_length=10)] | None = None

    @model_validator(mode="after")
    def _whole_or_not_at_all(self) -> Self:
        if len({part is None for part in (self.address, self.city, self.postcode)}) > 1:
            raise ValueError("address, city, postcode: give all three or none")
        return self


class ImportedFrom(OfferPart):
    """Where an entry was imported from: its id in another directory of services, and that directory's name where one
    was given. What it is here follows from this id alone, never from its name. `gone`: it is no longer there, or over.
    """

    id: Annotated[str, Field(min_length=1, max_length=200)]
    source: Slug | None = None
    gone: bool = False


class OpeningTime(OfferPart):
    """When an offer takes place, by the recurrence of RFC 5545: each `interval`th week or month on these days.

    With `every: month`, `1MO` is the first Monday of the month, `-1FR` its last Friday, and `MO` alone each of its
    Mondays; `month_days` are days of the month, those below 0 from its end; with both, a day must be both. Weeks and
    months are counted from `first_on`. Times are local, or at `utc_offset` all year round. What no rule says stands in
    `note`, alone or beside.
    """

    every: Literal["week", "month"] = "week"
    interval: Annotated[int, Field(ge=1, le=60)] = 1
    days: list[Annotated[str, Field(pattern=r"^(-?[1-5])?(MO|TU|WE|TH|FR|SA|SU)$")]] = []
    month_days: list[Annotated[int, Field(ge=-31, le=31)]] = []
    first_on: date | None = None
    opens_at: TimeOfDay | None = None
    closes_at: TimeOfDay | None = None
    utc_offset: Annotated[str, Field(pattern=r"^[+-](0\d|1[0-4]):[0-5]\d$")] | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _is_one_rule(self) -> Self:
        if not self.days and not self.month_days and not self.note:
            raise ValueError("days: give days, month_days or a note")
        if self.every == "week" and (self.month_days or any(len(day) > len("MO") for day in self.days)):
            raise ValueError("every: numbered days and days of the month need month")
        if 0 in self.month_days:
            raise ValueError("month_days: there is no day 0")
        if self.utc_offset and not (self.opens_at or self.closes_at):
            raise ValueError("utc_offset: needs opens_at or closes_at")
        return self
