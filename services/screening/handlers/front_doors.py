"""What front doors send: submissions, and that one is taken back."""

from collections.abc import Sequence
from typing import cast

from services.screening.handlers.reading import Told
from services.screening.handlers.submissions import Handlers
from services.screening.handlers.take_back_requests import TakenBackHandlers
from shared.contracts.front_door import Submission
from shared.contracts.front_door_take_back import SubmissionTakenBack
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction


class FrontDoorHandlers:
    """Hands each record to whose it is."""

    def __init__(self, submissions: Handlers, taken_back: TakenBackHandlers) -> None:
        self._submissions = submissions
        self._taken_back = taken_back

    async def told(self, tx: Transaction, batch: Sequence[Received[Told]]) -> None:
        """Submissions first: one of them may be what is taken back. What stands in the end is the same either way."""
        sent = cast("list[Received[Submission]]", [each for each in batch if isinstance(each.event, Submission)])
        back = cast(
            "list[Received[SubmissionTakenBack]]", [each for each in batch if not isinstance(each.event, Submission)]
        )
        if sent:
            await self._submissions.submissions(tx, sent)
        if back:
            await self._taken_back.taken_back(tx, back)
