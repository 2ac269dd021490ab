"""A family that children's social care is asked to take on: why, whether it is held meanwhile, and how it comes back.

Step-up and step-down between levels of need (the good practice guide's continuum). That the case rests while it is
there is ours: support for the parents beside a child protection enquiry would get in its way.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.referral.domain.case.states import State, Trigger
from services.referral.domain.case.transitions import allows


class StepUpReason(StrEnum):
    """Why a family is stepped up. A code: what is known goes to children's social care by its own way."""

    CHILD_AT_RISK = "child-at-risk-of-harm"
    NEEDS_ASSESSMENT = "child-needs-assessment"
    UNBORN_CHILD = "unborn-child"
    SUPPORT_NOT_ENOUGH = "support-not-enough"
    THEY_ASK = "they-ask"


class StepUpOutcome(StrEnum):
    """What children's social care made of it."""

    NO_FURTHER_ACTION = "no-further-action"
    SUPPORT_GOES_ON = "support-goes-on"
    TAKEN_ON = "taken-on"
    NOT_ACCEPTED = "not-accepted"


class StepUp(BaseModel):
    """Steps a family up. Other fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: StepUpReason


class Back(BaseModel):
    """What came back. Other fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: StepUpOutcome


@dataclass(frozen=True, slots=True)
class NewStepUp:
    """A step-up as it begins. `held`: the case was put on hold for it."""

    step_up_id: UUID
    reason: StepUpReason
    held: bool


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A step-up that has not come back yet."""

    step_up_id: UUID
    held: bool
    acknowledged: bool


def holds(state: State) -> bool:
    """Whether stepping up puts a case in this state on hold. One that has ended or rests is recorded alone."""
    return state is not State.ON_HOLD and allows(state, Trigger.HOLD)


def resumes(under_way: UnderWay, outcome: StepUpOutcome, state: State) -> bool:
    """Whether the case goes on where it was held. One that was taken on there waits for a coordinator."""
    return under_way.held and state is State.ON_HOLD and outcome is not StepUpOutcome.TAKEN_ON
