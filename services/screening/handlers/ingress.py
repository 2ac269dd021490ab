"""What front doors hand in over HTTP or on a page: checked as on their topic, and put there."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from services.screening.domain.salvage import salvage
from services.screening.handlers.acceptance import registration_finding
from services.screening.handlers.reading import FrontDoorRecord, SubmissionReader
from services.screening.repository import directory
from shared.contracts.front_door import Submission
from shared.contracts.front_door_take_back import SubmissionTakenBack
from shared.contracts.topics import LARGEST_RECORD
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context
from shared.service.ingress import Ingress, content_of, read_handed_in
from shared.service.requests import InvalidRequestError


class FrontDoorIngress:
    """Takes submissions, and that one is taken back."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._ingress = Ingress(context)
        self._reader = SubmissionReader(context)

    async def hand_in(
        self,
        agency: str,
        record: Mapping[str, Any] | bytes,
        *,
        form_key: UUID | None = None,
        also: Callable[[Transaction], Awaitable[None]] | None = None,
    ) -> FrontDoorRecord:
        """Puts a record on the agency's topic and returns it as read.

        Raises InvalidRequestError, which names fields and rules; AlreadySentError for a form that was sent before. A
        record that is refused is not put there, unless what is certain in it stops a case: then it is refused there
        too, and the stop takes effect.
        """
        topic = f"front-door.{agency}.screenings"
        content = record if isinstance(record, bytes) else content_of(record)
        try:
            read = await self.check(agency, content)
        except InvalidRequestError:
            parts = await asyncio.to_thread(salvage, content[: LARGEST_RECORD + 1])
            if any(part.stops for part in parts):
                refs = parts[0].family_refs
                await self._ingress.hand_in(topic, refs[0] if refs else agency, content)
            raise
        await self._ingress.hand_in(topic, read.family_ref, content, form_key=form_key, also=also)
        return read

    async def check(self, agency: str, content: bytes) -> FrontDoorRecord:
        """The record as read, by every rule of its topic and of the directory. Raises InvalidRequestError."""
        read: Submission | SubmissionTakenBack = read_handed_in(
            self._reader.read, f"front-door.{agency}.screenings", content
        )
        if isinstance(read, Submission):
            async with self._context.pool.acquire() as connection:
                known = await directory.agencies(connection, {agency})
            if finding := registration_finding(read, known.get(agency)):
                raise InvalidRequestError([finding])
        return read
