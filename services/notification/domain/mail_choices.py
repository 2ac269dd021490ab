"""How somebody who has an account wants to be written to, and what of it is theirs to choose.

An answer about a case, a session that comes up, a parent's request, an emergency and a complaint are written at once,
whatever was chosen. Of an answer no part can be left out either: a mail that comes only where somebody is in danger
says so, and so does one that does not come.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID


class When(StrEnum):
    """When one kind of mail is written."""

    AT_ONCE = "at-once"
    DIGEST = "digest"
    NONE = "none"


@dataclass(frozen=True)
class Choices:
    """What somebody chose. `overdue` is written once a week or not at all."""

    messages: When = When.AT_ONCE
    training: When = When.AT_ONCE
    overdue: When = When.NONE


FIRST_OFFERED = Choices(overdue=When.DIGEST)
"""What the page shows to somebody who has chosen nothing yet. Nothing is written by it before they have."""
_ALLOWED = {"messages": tuple(When), "training": tuple(When), "overdue": (When.DIGEST, When.NONE)}


@dataclass(frozen=True)
class Chooser:
    """Whose choices they are: the id under which they act, and what they are at a front door or a provider."""

    staff_id: str
    practitioner_id: UUID | None = None
    agency: str | None = None
    provider: str | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """What is theirs to choose: nobody else than a front door's people is written to of messages and training."""
        return ("messages", "training", "overdue") if self.practitioner_id else ("overdue",)


def chosen(before: Choices, kinds: tuple[str, ...], given: Mapping[str, str]) -> Choices | None:
    """What was chosen of these kinds, the others as before. None where a kind has no answer that there is."""
    found: dict[str, When] = {}
    for kind in kinds:
        if given.get(kind) not in _ALLOWED[kind]:
            return None
        found[kind] = When(given[kind])
    return replace(before, **found)
