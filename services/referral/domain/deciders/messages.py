"""Messages about a case, between its area's team and one other party: what may be written, to whom, and who reads it.

The threads of a case are apart. The front door has its own; each referral has one with the provider that has the
family, and is closed as soon as the work stops, for whatever reason. A message is of the case, or of one parent alone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from services.referral.domain.case.case import Case
from services.referral.domain.case.shown_to_provider import ShownReferral
from services.referral.domain.deciders.commands import ConflictError, InvalidCommandError
from services.referral.domain.deciders.provider_team import HOLDABLE
from shared.contracts.vocabulary import FrontDoorKind

LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody writes. `about` is a parent whom it is of alone; `seen` the last message that they were shown."""

    text: str
    about: UUID | None
    seen: int


class ThreadClosedError(ConflictError):
    """The party is not written to now, and why is not said."""

    def __init__(self) -> None:
        super().__init__("No messages are exchanged about this family now.")


def check_message(message: Message, parents: Collection[UUID]) -> None:
    """Raises InvalidCommandError where there are no words, too many, or they are about somebody else."""
    if not message.text or len(message.text) > LONGEST:
        raise InvalidCommandError("text", f"Enter a message of at most {LONGEST:,} characters")
    if message.about is not None and message.about not in parents:
        raise InvalidCommandError("about", "Select whom it is about")


def has_referrer(case: Case) -> bool:
    """Whether there is a front door to write to. A family that referred itself, or may have, would read it itself."""
    return case.family is not None and case.family.source not in (None, FrontDoorKind.SELF)


def goes_on(shown: ShownReferral) -> bool:
    """Whether a provider has the family now: no sign of abuse, stop, hold or end, and no newer referral."""
    return shown.stage in HOLDABLE and shown.newest


def concerns(about: UUID | None, parents: Collection[UUID]) -> bool:
    """Whether a message is of the case, or of one of these parents alone."""
    return about is None or about in parents
