"""A provider's practical warnings about a family: who reads and writes them, and for how long one goes unlooked at."""

from datetime import date, timedelta

from services.referral.domain.case.shown_to_provider import ShownReferral
from services.referral.domain.deciders.commands import ConflictError, InvalidCommandError
from services.referral.domain.deciders.provider_team import HOLDABLE

LONGEST = timedelta(days=183)
"""A warning is looked at again within half a year: what nobody looks at is believed for ever."""
LONGEST_TEXT = 500


def may_see_warnings(shown: ShownReferral, holder: str | None, who: str, *, manages: bool) -> bool:
    """Whether somebody reads the warnings of a referral: whoever has it in hand, and whoever manages the provider.

    Only while its work goes on: of a case that has stopped nobody is shown anything.
    """
    return shown.stage in HOLDABLE and shown.newest and (manages or holder == who)


def check_warning(text: str, review_on: date | None, today: date) -> None:
    """Raises InvalidCommandError where this is no warning with a day on which it is looked at again."""
    if not text or len(text) > LONGEST_TEXT:
        raise InvalidCommandError("text", f"Enter what to know, in at most {LONGEST_TEXT} characters")
    if review_on is None:
        raise InvalidCommandError("review", "Enter the day on which you look at it again")
    if review_on <= today:
        raise InvalidCommandError("review", "The day must be after today")
    if review_on - today > LONGEST:
        raise InvalidCommandError("review", "Enter a day within half a year")


class NotOnTheCaseError(ConflictError):
    """Who asks does not have the referral in hand, or its work has stopped."""

    def __init__(self) -> None:
        super().__init__("Take the referral in hand to read and write its warnings.")
