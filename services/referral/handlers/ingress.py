"""What providers and front doors hand in over HTTP or on a page: checked as on their topic, and put there."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from services.referral.domain.safety.salvage import salvage, salvage_contact
from shared.contracts.front_door_contacts import WrapAroundContact
from shared.contracts.provider import ProviderUpdate, provider_update
from shared.contracts.topics import LARGEST_RECORD
from shared.messaging.consuming.subscription import Read, json_reader
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context
from shared.service.ingress import Ingress, content_of, read_handed_in
from shared.service.requests import InvalidRequestError

_read_update: Read[ProviderUpdate] = json_reader(provider_update)
_read_contact: Read[WrapAroundContact] = json_reader(WrapAroundContact)


class PartyIngress:
    """Takes providers' updates, and front doors' contacts."""

    def __init__(self, context: Context) -> None:
        self._ingress = Ingress(context)

    async def hand_in_update(
        self,
        provider: str,
        record: Mapping[str, Any] | bytes,
        *,
        form_key: UUID | None = None,
        also: Callable[[Transaction], Awaitable[None]] | None = None,
    ) -> ProviderUpdate:
        """Puts an update on the provider's topic and returns it as read. What the case does not allow is refused later.

        Raises InvalidRequestError, which names fields and rules; AlreadySentError for a form that was sent before. An
        update that is refused is not put there, unless there is a sign of abuse in it: then it is refused there too,
        and the sign counts.
        """
        content = record if isinstance(record, bytes) else content_of(record)
        read = await self.read_update(provider, content)
        await self._ingress.hand_in(_updates(provider), str(read.case_id), content, form_key=form_key, also=also)
        return read

    async def read_update(self, provider: str, content: bytes) -> ProviderUpdate:
        """An update as its topic reads it. Raises InvalidRequestError, after a sign of abuse in it has gone on."""
        read: ProviderUpdate = await self._read(_read_update, _updates(provider), content, _stopped_case)
        return read

    async def hand_in_contact(
        self, agency: str, record: Mapping[str, Any] | bytes, *, form_key: UUID | None = None
    ) -> WrapAroundContact:
        """Puts a contact on the agency's topic and returns it as read. Raises as for an update."""
        topic, content = f"front-door.{agency}.contacts", record if isinstance(record, bytes) else content_of(record)
        read: WrapAroundContact = await self._read(_read_contact, topic, content, _stopped_family)
        await self._ingress.hand_in(topic, read.family_ref, content, form_key=form_key)
        return read

    async def _read(
        self, read: Read[Any], topic: str, content: bytes, stopped_by: Callable[[bytes], str | None]
    ) -> Any:
        """A record as its topic reads it. Raises InvalidRequestError, after a sign of abuse in it has gone on.

        `stopped_by`: the key of what such a sign in a record is about, None where it has none.
        """
        try:
            return read_handed_in(read, topic, content)
        except InvalidRequestError:
            # What is longer is refused there for its length too.
            readable = content[: LARGEST_RECORD + 1]
            if key := await asyncio.to_thread(stopped_by, readable):
                await self._ingress.hand_in(topic, key, readable)
            raise


def _stopped_case(content: bytes) -> str | None:
    found = salvage(content)
    return str(found.case_id) if found.sign and found.case_id else None


def _stopped_family(content: bytes) -> str | None:
    found = salvage_contact(content)
    return found.family_refs[0] if found.sign and found.family_refs else None


def _updates(provider: str) -> str:
    return f"provider.{provider}.updates"
