"""A referral by hand takes at most ten minutes of reading and typing, counted on the pages (docs/decisions/0064).

`python -m pytest tests/pages/test_pages_effort.py -s` walks the form and says what it counted.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.effort import CountingHand
from tests.support.front_door_form import HOME, PRACTITIONER, begins, checks_and_sends, fills, whole
from tests.support.front_door_pages import front_door

MOST_MINUTES = 10.0


async def test_a_whole_referral_takes_at_most_ten_minutes_of_reading_and_typing(
    databases: Any, tmp_path: Path, visit: Callable[..., Any]
) -> None:
    async with (
        front_door(databases, tmp_path) as service,
        visit(service, "i.pryce", to=HOME, **PRACTITIONER) as page,
    ):
        hand = CountingHand(page)
        await begins(hand, "2041-F")
        await fills(hand, whole())
        await checks_and_sends(hand)
        print(hand.effort)
        assert hand.effort.pages == 14
        assert hand.effort.minutes <= MOST_MINUTES
