"""Who lives in an area, in the codes that screenings use, so that who is reached can be held against it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from shared.contracts.base import ShortText, Slug

Characteristic = Literal["sex", "ethnicity", "first_language", "disability", "employment"]
NOT_STATED = "not-stated"
"""What a screening says where nobody said. It is no group of people."""

People = Annotated[int, Field(ge=0, le=100_000_000)]
Groups = Annotated[dict[Slug, People], Field(description="People by the code that screenings have for their group")]


class Population(BaseModel):
    """How many people of each group live in an area, by whoever counted them.

    Of what was not counted no groups are given. Every group of a characteristic must be, small ones together as one:
    shares are of all that are given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: date
    source: ShortText
    of: ShortText = Field(description="Whom the figures count, such as people aged 16 to 64")
    sex: Groups = {}
    ethnicity: Groups = {}
    first_language: Groups = {}
    disability: Groups = {}
    employment: Groups = {}

    @field_validator("sex", "ethnicity", "first_language", "disability", "employment")
    @classmethod
    def _can_be_compared(cls, groups: dict[str, int]) -> dict[str, int]:
        if NOT_STATED in groups:
            raise ValueError(f"{NOT_STATED} is no group: leave out whoever was not counted")
        if groups and (len(groups) < 2 or not any(groups.values())):
            raise ValueError("must have two groups or more, and people in them")
        return groups

    def __str__(self) -> str:
        """As a person reads it among an area's settings."""
        given = [name.replace("_", " ") for name in CHARACTERISTICS if getattr(self, name)]
        return f"{self.of}, {self.as_of}: {', '.join(given) or 'no groups'} ({self.source})"


CHARACTERISTICS: tuple[Characteristic, ...] = ("sex", "ethnicity", "first_language", "disability", "employment")
