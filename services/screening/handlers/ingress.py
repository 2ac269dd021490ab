"""What front doors hand in over HTTP or on a page: checked as on their topic, and put there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from services.screening.domain.content import content_of as content_of_submission
from services.screening.domain.salvage import salvage
from services.screening.handlers.acceptance import registration_finding
from services.screening.handlers.reading import FrontDoorRecord, SubmissionReader
from services.screening.repository import directory, submissions
from shared.access.scopes import EVERYWHERE
from shared.contracts.front_door import Submission
from shared.contracts.front_door_take_back import SubmissionTakenBack
from shared.contracts.topics import LARGEST_RECORD
from shared.messaging.core.records import Finding
from shared.messaging.publishing.transaction import Transaction
from shared.postgres.row_reach import reading_within
from shared.service.definition import Context
from shared.service.ingress import Ingress, content_of, read_handed_in
from shared.service.requests import InvalidRequestError


class UsedBeforeError(Exception):
    """Another record came under this submission id."""


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
        content = record if isinstance(record, bytes) else content_of(record)
        async with self._stops_in(agency, content):
            read = await self._check(agency, content)
        await self._ingress.hand_in(_topic(agency), read.family_ref, content, form_key=form_key, also=also)
        return read

    async def hand_in_within(self, areas: Collection[str], agency: str, content: bytes) -> FrontDoorRecord:
        """As `hand_in`, of somebody who works in these areas alone, or in all where there are none.

        Raises UsedBeforeError too, where another record came under this id.
        """
        async with self._stops_in(agency, content):
            read = await self._check(agency, content, areas, once=True)
        await self._ingress.hand_in(_topic(agency), read.family_ref, content)
        return read

    @asynccontextmanager
    async def _stops_in(self, agency: str, content: bytes) -> AsyncIterator[None]:
        """Whatever a record is refused for within: what is certain in it and stops a case goes on to the topic."""
        try:
            yield
        except (InvalidRequestError, UsedBeforeError):
            # What is longer is refused there for its length too.
            readable = content[: LARGEST_RECORD + 1]
            parts = await asyncio.to_thread(salvage, readable)
            if any(part.stops for part in parts):
                refs = parts[0].family_refs
                await self._ingress.hand_in(_topic(agency), refs[0] if refs else agency, readable)
            raise

    async def _check(
        self, agency: str, content: bytes, areas: Collection[str] = (), *, once: bool = False
    ) -> FrontDoorRecord:
        """The record as read, by every rule of its topic, of the directory, and of these areas.

        Raises InvalidRequestError; with `once` also UsedBeforeError.
        """
        read: Submission | SubmissionTakenBack = read_handed_in(self._reader.read, _topic(agency), content)
        if not isinstance(read, Submission):
            return read
        if areas and read.area not in areas:
            raise InvalidRequestError([Finding("area", "is not one that you work in")])
        key = read.agency, read.submission_id
        with reading_within(EVERYWHERE):  # whoever asks learns that the id is used, of their own agency
            async with self._context.pool.acquire() as connection:
                known = await directory.agencies(connection, {agency})
                earlier = await submissions.earlier_submissions(connection, {key}) if once else {}
        if finding := registration_finding(read, known.get(agency)):
            raise InvalidRequestError([finding])
        before = earlier[key].content if key in earlier else None
        if before is not None and before != self._context.keyring.fingerprint(content_of_submission(read)):
            raise UsedBeforeError
        return read


def _topic(agency: str) -> str:
    return f"front-door.{agency}.screenings"
