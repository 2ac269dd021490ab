"""A referral by hand takes at most ten minutes of reading and typing.

`python -m pytest tests/pages/test_pages_effort.py -s` walks the form and says what it counted.
"""

from collections.abc import Callable
from typing import Any

from tests.support.effort import CountingHand
from tests.support.front_door_form import DIRECTORY, HOME, PRACTITIONER, begins, checks_and_sends, fills, whole
from tests.support.pages_service import serving_pages

MOST_MINUTES = 10.0


async def test_a_whole_referral_takes_at_most_ten_minutes(databases: Any, visit: Callable[..., Any]) -> None:
    async with (
        serving_pages(databases, "screening", *DIRECTORY) as service,
        visit(service, "i.pryce", to=HOME, **PRACTITIONER) as page,
    ):
        hand = CountingHand(page)
        await begins(hand, "2041-F")
        await fills(hand, whole())
        await checks_and_sends(hand)
        print(hand.effort)
        assert hand.effort.pages == 22
        assert hand.effort.minutes <= MOST_MINUTES
