"""What front doors send: submissions, and requests to take one back."""

from collections.abc import Sequence
from typing import cast

from services.screening.handlers.reading import FrontDoorRecord
from services.screening.handlers.submissions import SubmissionHandlers
from services.screening.handlers.take_back_requests import TakeBackHandlers
from shared.contracts.front_door import Submission
from shared.contracts.front_door_take_back import SubmissionTakenBack
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context


class FrontDoorHandlers:
    """Hands each record to the handlers of its kind."""

    def __init__(self, context: Context) -> None:
        self._submissions = SubmissionHandlers(context)
        self._take_back_requests = TakeBackHandlers(context)

    async def records(self, tx: Transaction, batch: Sequence[Received[FrontDoorRecord]]) -> None:
        """Submissions first: one of them may be what is taken back. In the end the same is current either way."""
        sent = cast("list[Received[Submission]]", [each for each in batch if isinstance(each.event, Submission)])
        back = cast(
            "list[Received[SubmissionTakenBack]]", [each for each in batch if not isinstance(each.event, Submission)]
        )
        if sent:
            await self._submissions.submissions(tx, sent)
        if back:
            await self._take_back_requests.take_back_requests(tx, back)
