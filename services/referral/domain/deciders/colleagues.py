"""What one coordinator may ask of another: to take cases on, and to see to theirs while they are away."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.referral.domain.deciders.commands import ConflictError, InvalidCommandError

KNOWN_FOR = timedelta(days=90)
"""For how long somebody counts as a coordinator of an area after they last came to its worklist."""
LONGEST = timedelta(days=183)
"""Somebody who is away for longer gives their cases to others."""


class GivenBecause(StrEnum):
    """Why cases are given to somebody else."""

    WORKLOAD = "workload"
    ABSENCE = "absence"
    KNOWS_THE_FAMILY = "knows-the-family"
    TOO_CLOSE = "too-close"
    LEFT = "left-the-team"
    OTHER = "other-reason"


class Given(NamedTuple):
    """A case that one person gives to another. `held_by` is who had it in hand when that was decided."""

    by: str
    because: GivenBecause
    held_by: str | None


class Cover(NamedTuple):
    """Who sees to whose cases in these areas, on these days and those between."""

    cover_id: UUID
    areas: Sequence[str]
    absent: str
    coverer: str
    begins: date
    ends: date


class AskedToCover(NamedTuple):
    """What a form asks for."""

    absent: str
    coverer: str
    begins: date
    ends: date


def may_be_given(given: Given, to: str, holder: str | None, coordinators: Collection[str]) -> None:
    """Raises ConflictError where a case cannot be given to this person: they are none of its area's `coordinators`,
    have it already, or somebody has taken it in hand since.
    """
    if to not in coordinators:
        raise ConflictError(f"{to} is not known as a coordinator of this case's area.")
    if holder == to:
        raise ConflictError(f"{to} has it in hand already.")
    if holder != given.held_by:
        raise ConflictError(f"Meanwhile {holder or 'nobody'} has it in hand.")


def areas_to_cover(
    asked: AskedToCover, known: Mapping[str, Collection[str]], today: date, *, who: str, for_others: bool
) -> list[str]:
    """The areas in which somebody covers: those that both are coordinators of, among the areas of whoever asks.

    `known` are the coordinators of each of these; `for_others`: whoever asks administers the areas, and may ask for
    somebody else. Raises InvalidCommandError.
    """
    if asked.absent != who and not for_others:
        raise InvalidCommandError("absent", "A coordinator names who covers for themselves")
    if asked.coverer == asked.absent:
        raise InvalidCommandError("coverer", "Select somebody else: nobody covers for themselves")
    if asked.ends < asked.begins:
        raise InvalidCommandError("ends", "The last day must be the first day or after it")
    if asked.ends < today:
        raise InvalidCommandError("ends", "The last day must be today or after today")
    if asked.ends - asked.begins > LONGEST:
        raise InvalidCommandError("ends", "For longer than half a year, give the cases to a colleague instead")
    areas = [area for area, names in sorted(known.items()) if {asked.absent, asked.coverer} <= set(names)]
    if not areas:
        raise InvalidCommandError("coverer", "Select a coordinator of the same area")
    return areas


def may_end(cover: Cover, who: str, *, for_others: bool) -> None:
    """Raises ConflictError where this person may not end a cover: whoever is away or covers may, and administrators."""
    if who not in (cover.absent, cover.coverer) and not for_others:
        raise ConflictError("Whoever is away ends this, or whoever covers, or the area's administrator.")


def known_since(now: datetime) -> date:
    """Since when somebody must have come to a worklist to count as a coordinator of its area."""
    return (now - KNOWN_FOR).date()
