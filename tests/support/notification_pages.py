"""Notification's pages with families of which its topics have told, and people of a front door and of a provider."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from shared.contracts.directory import ProviderRegistered
from shared.contracts.practitioners import practitioner_id
from tests.support.notification_families import Family, agency, area, provider
from tests.support.notification_stories import AGENCY, AREA, START
from tests.support.pages_service import AnyPagesService, serving_pages

ME, COLLEAGUE = "a.okoye", "j.silva"
DIRECTORY = (area(), agency(AGENCY, ["school"]))


def of_agency(role: str = "practitioner", agency: str = AGENCY) -> dict[str, Any]:
    """The claims of somebody of a front door."""
    return {"roles": [role], "agency": agency, "areas": [AREA]}


def of_provider(provider: str = "common-ground", role: str = "provider-worker") -> dict[str, Any]:
    """The claims of somebody of a provider."""
    return {"roles": [role], "provider": provider, "areas": [AREA]}


def ref(family: Family) -> str:
    """The agency's own reference of a family."""
    return f"HF-{2040 + family.number}"


class NotificationPages:
    """The pages, fed by hand."""

    def __init__(self, service: AnyPagesService, screening: Any) -> None:
        self.service = service
        self._screening = screening
        self._families = 0

    async def family(self, sender: str = ME, parents: Iterable[UUID] = ()) -> Family:
        """A family whose details open, which somebody of the agency screens."""
        people = [*parents] or [uuid4(), uuid4()]
        worker = practitioner_id(AGENCY, sender)
        self._families += 1
        return Family(
            await self._screening.keyring.for_sealing(people, "person"),
            await self._screening.keyring.for_sealing([worker], "practitioner"),
            people,
            worker,
            self._families,
        )

    async def deliver(self, *families: Family) -> None:
        """Has the service read what is new of these families, in the order in which it happened."""
        for family in families:
            for event in family.events:
                if "family_ref" in type(event).model_fields:
                    event = event.model_copy(update={"family_ref": ref(family)})
                await self.service.receive(event.topic, (event.subject(), event), source="test")
            family.events.clear()


@asynccontextmanager
async def serving_notification(databases: Any, *providers: ProviderRegistered) -> AsyncIterator[NotificationPages]:
    """The pages, with a directory of one area, one agency and these providers, or one with a key."""
    entries = [*DIRECTORY, *(providers or (provider("common-ground"),))]
    screening = await databases("screening")
    async with serving_pages(databases, "notification") as service:
        for entry in entries:
            await service.receive("directory", (entry.key(), entry), source="operator", time=START)
        yield NotificationPages(service, screening)
