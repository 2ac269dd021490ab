"""The commands of a coordinator, or of the panel, upon a case: through the same table as every event."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.referral.domain.case.states import Trigger
from shared.contracts.base import Slug
from shared.contracts.written import Timestamp


class Command(BaseModel):
    """A command's body. Unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    trigger: ClassVar[Trigger]


class Agree(Command):
    """The referral is safe and appropriate. Without an offer the first eligible one is taken.

    `wait`: rather a place on the waiting list of that offer, or of the first choice, than another offer.
    """

    trigger = Trigger.AGREE
    offer: Slug | None = None
    wait: bool = False


class TakeOffList(Command):
    """The case leaves the waiting list: the coordinator decides again."""

    trigger = Trigger.TAKE_OFF_LIST


class Return(Command):
    """Back to the referrer for information. Once it is given, the case comes back to where it was."""

    trigger = Trigger.RETURN
    missing: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=20)]


class Refuse(Command):
    """The referral is refused."""

    trigger = Trigger.REFUSE
    reason: Slug


class ToPanel(Command):
    """The multi-agency panel recommends the next step."""

    trigger = Trigger.TO_PANEL


class FromPanel(Command):
    """The coordinator takes the case back from the panel to decide it."""

    trigger = Trigger.FROM_PANEL


class Answer(Command):
    """The referrer answered, other than by a correction of the screening."""

    trigger = Trigger.ANSWER
    outcome: Slug = "information-given"


class Hold(Command):
    """The case waits, and resumes where it was."""

    trigger = Trigger.HOLD


class Resume(Command):
    """The case goes on where it was held."""

    trigger = Trigger.RESUME


class Halt(Command):
    """The coordinator learnt of a sign of abuse. Nothing more than from whom is asked here, on purpose."""

    trigger = Trigger.HALT
    source: Slug = "sign-of-abuse"


class SpecialistContact(Command):
    """What became of the contact that a halted case needs: the specialist pathway."""

    trigger = Trigger.SPECIALIST_CONTACT
    outcome: Slug


class Reopen(Command):
    """A case that its provider closed goes to that provider again, within the area's limit."""

    trigger = Trigger.REOPEN
    reason: Slug = "family-came-back"


class SeenTo(Command):
    """The coordinator has seen to what the calendar showed, or spoken with a joined case's front door."""

    trigger = Trigger.SEEN_TO


class WrapAroundSpoke(Command):
    """A parent's wrap-around practitioner reported to the coordinator that they have spoken before the session."""

    trigger = Trigger.WRAP_AROUND_CONTACT
    parent: UUID
    held_at: Timestamp | None = None


class Withdraw(Command):
    """A parent withdraws; without a parent, the family does."""

    trigger = Trigger.WITHDRAW
    parent: UUID | None = None


class ConflictError(Exception):
    """What is in force does not allow the command. Nothing was changed; the message names what is in the way."""


class InvalidCommandError(Exception):
    """A field of the command names something that is not there."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule
