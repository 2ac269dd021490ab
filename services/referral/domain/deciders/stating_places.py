"""A provider states how many more families an offer can take on for now."""

from datetime import date, timedelta
from typing import NamedTuple

from services.referral.domain.agreement.stated_capacity import Stated
from services.referral.domain.deciders.commands import InvalidCommandError

LONGEST = timedelta(days=183)
"""What holds for longer is for the area to change in its directory."""
MOST = 1000


class AskedPlaces(NamedTuple):
    """What a provider states: how many more families, until which day, and why."""

    free: int
    until: date
    note: str


def decide_places(asked: AskedPlaces, agreed: int | None, taken: int, today: date) -> Stated:
    """What holds from now on, where the directory says `agreed` and so many places are taken.

    It is kept as families at once: a place that comes free later is free, and one that is taken is not. Raises
    InvalidCommandError.
    """
    if agreed == 0:
        raise InvalidCommandError("free", "The area has closed this offer, so it has no places")
    if not 0 <= asked.free <= MOST:
        raise InvalidCommandError("free", f"Enter a number from 0 to {MOST:,}")
    if agreed is not None and taken + asked.free > agreed:
        rule = f"The area agreed {agreed} families at once and {taken} are with you. Ask the area for more places"
        raise InvalidCommandError("free", rule)
    if asked.until < today:
        raise InvalidCommandError("until", "The last day must be today or after today")
    if asked.until - today > LONGEST:
        raise InvalidCommandError("until", "Enter a day within half a year. For longer, ask the area to change it")
    return Stated(taken + asked.free, asked.until, asked.note, agreed)
