"""The multi-agency panel: who may decide about a case, and which command its decision is.

The panel meets fortnightly and recommends the next step: agree with an offer, return for information, refuse, or the
specialist pathway, which halts the case. A case that a member's agency must not see does not exist for that member.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.referral.domain.calendar.spans import day_after
from services.referral.domain.deciders.commands import (
    Agree,
    Command,
    ConflictError,
    Halt,
    InvalidCommandError,
    Refuse,
    Return,
)
from shared.contracts.base import AreaCode, ShortText, Slug, Text

Step = Literal["agree", "return", "refuse", "specialist-pathway"]


class Role(StrEnum):
    """What a member brings to the panel."""

    DRUG_AND_ALCOHOL = "drug-and-alcohol"
    DOMESTIC_ABUSE = "domestic-abuse"
    EARLY_HELP = "early-help"
    POLICE = "police"
    PROGRAMMES = "programmes"
    COORDINATOR = "coordinator"


class Body(BaseModel):
    """What is sent about the panel. Unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NewMember(Body):
    """Somebody joins an area's panel."""

    area: AreaCode
    agency: Slug
    role: Role
    name: Annotated[ShortText, Field(min_length=1)]


class Schedule(Body):
    """Meetings of an area's panel from a first day on; without `every_days`, as often as the area's setting asks."""

    area: AreaCode
    first: date
    meetings: Annotated[int, Field(ge=1, le=52)] = 1
    every_days: Annotated[int, Field(ge=1, le=365)] | None = None

    def days(self, usual: int) -> list[date]:
        """The days of the meetings."""
        step = self.every_days or usual
        return list(dict.fromkeys(day_after(self.first, number * step) for number in range(self.meetings)))


class Attendance(Body):
    """Who is at a meeting."""

    members: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=50)]


class View(Body):
    """What one member thinks should follow, and why."""

    member: UUID
    recommendation: Step
    words: Text | None = None


class PanelDecision(Body):
    """What the panel decides, given by a member for all, and the minutes."""

    member: UUID
    decision: Step
    offer: Slug | None = None
    missing: tuple[Slug, ...] = ()
    reason: Slug | None = None
    minutes: Text | None = None


class Conflict(Body):
    """Why a case is withheld from an agency's members, or from one member."""

    agency: Slug | None = None
    member: UUID | None = None
    reason: Literal["works-with-a-parent", "employs-a-parent", "knows-a-parent", "a-parent-asked"]


@dataclass(frozen=True, slots=True)
class Table:
    """Who is at the meeting, for one case: each attending member's agency, without those it is withheld from.

    `views` is the newest recommendation of each member who has one and may see the case.
    """

    agencies: Mapping[UUID, str]
    views: Collection[Step]
    quorum: int


def decide_panel(decision: PanelDecision, table: Table) -> Command:
    """The command that the panel's decision is. Raises ConflictError or InvalidCommandError.

    A sign of abuse waits for nobody: for the specialist pathway no number of agencies is asked. While a member sees
    one, the panel cannot agree, however many others do not.
    """
    if decision.member not in table.agencies:
        raise ConflictError("The panel cannot decide: who speaks for it is not recorded as attending.")
    if decision.decision == "specialist-pathway":
        return Halt(source="told-at-the-panel")
    present = len(set(table.agencies.values()))
    if present < table.quorum:
        raise ConflictError(
            f"The panel cannot decide: {present} agencies attend for this case and the area asks for {table.quorum}."
        )
    match decision.decision:
        case "agree":
            if "specialist-pathway" in table.views:
                raise ConflictError("The panel cannot agree: a member recommends the specialist pathway.")
            return Agree(offer=decision.offer)
        case "return":
            if not decision.missing:
                raise InvalidCommandError("missing", "must be given")
            return Return(missing=decision.missing)
        case "refuse":
            if decision.reason is None:
                raise InvalidCommandError("reason", "must be given")
            return Refuse(reason=decision.reason)
