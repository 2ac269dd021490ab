"""What providers and front doors hand in over HTTP or on a page: checked as on their topic, and put there."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from services.referral.domain.safety.salvage import salvage
from shared.contracts.front_door_contacts import WrapAroundContact
from shared.contracts.provider import ProviderUpdate, provider_update
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
        topic, content = f"provider.{provider}.updates", record if isinstance(record, bytes) else content_of(record)
        try:
            read: ProviderUpdate = read_handed_in(_read_update, topic, content)
        except InvalidRequestError:
            found = salvage(content, None)
            if found.sign and found.case_id:
                await self._ingress.hand_in(topic, str(found.case_id), content)
            raise
        await self._ingress.hand_in(topic, str(read.case_id), content, form_key=form_key, also=also)
        return read

    def read_update(self, provider: str, content: bytes) -> ProviderUpdate:
        """An update as its topic reads it. Raises InvalidRequestError."""
        read: ProviderUpdate = read_handed_in(_read_update, f"provider.{provider}.updates", content)
        return read

    async def hand_in_contact(
        self, agency: str, record: Mapping[str, Any] | bytes, *, form_key: UUID | None = None
    ) -> WrapAroundContact:
        """Puts a contact on the agency's topic and returns it as read. Raises as for an update."""
        topic, content = f"front-door.{agency}.contacts", record if isinstance(record, bytes) else content_of(record)
        read: WrapAroundContact = read_handed_in(_read_contact, topic, content)
        await self._ingress.hand_in(topic, read.family_ref, content, form_key=form_key)
        return read
