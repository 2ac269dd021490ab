"""Plans an import: which entry each service is, which are new or changed, and which offers have ended.

An import never moves an offer to another provider. Manually registered entries keep their settings; an offer of ours
that comes back in an export is changed only in the fields that HSDS covers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from deploy.directory.hsds.identity import as_uuid, imported_as, known_of, new_id, origin, own_id
from deploy.directory.hsds.mapping import Mapping as ServiceMapping
from deploy.directory.hsds.model import Organization
from deploy.directory.hsds.read import Found, Read
from deploy.directory.hsds.salvage import path
from shared.contracts.directory import DirectoryEntry, OfferRegistered, ProviderRegistered
from shared.contracts.directory_services import unknown_services
from shared.contracts.offer import ImportedFrom


@dataclass
class Plan:
    """The entries to register, and notes on what is left out."""

    entries: dict[str, DirectoryEntry] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class _LeftOutError(Exception):
    """A service is left out; the message gives the reason."""


def planned(
    read: Read,
    registered: Mapping[str, DirectoryEntry],
    *,
    source: str | None = None,
    mapping: ServiceMapping | None = None,
) -> Plan:
    """Plans an import. `source` names the directory that the document completely represents; without it, the document
    is complete only for the organizations that it names. One page of several ends no offer.
    """
    importing = _Importing(registered, source, mapping or ServiceMapping())
    plan = Plan(notes=list(read.notes))
    for service in read.services:
        try:
            for entry in importing.entries(service, plan.notes):
                plan.entries[entry.key()] = entry
        except _LeftOutError as why:
            plan.notes.append(f"{service.place}{why}; left out")
    if read.is_part:
        plan.notes.append("The document is one page of several: offers that are not in it do not end.")
    else:
        for offer in importing.gone(read):
            plan.notes.append(f"{offer.key()}: is not in the document any more; it has ended")
            plan.entries[offer.key()] = offer
    return plan


class _Importing:
    """An import on top of the registered entries."""

    def __init__(self, registered: Mapping[str, DirectoryEntry], source: str | None, mapping: ServiceMapping) -> None:
        self._registered = registered
        self._source = source
        self._mapping = mapping
        self._offers: list[OfferRegistered] = known_of(OfferRegistered, registered)
        self._providers: list[ProviderRegistered] = known_of(ProviderRegistered, registered)
        self._taken = {each.id for each in self._offers} | {each.id for each in self._providers}

    def entries(self, service: Found, notes: list[str]) -> list[OfferRegistered | ProviderRegistered]:
        """The offer, preceded by its provider if that is new or has changed. Raises `_LeftOutError`."""
        there = origin(service.id, self._source)
        before = self._offer(service, there)
        if not service.is_open and before is None:
            return []
        provider = self._provider(service.organization)
        if before and before.provider != provider.id:
            raise _LeftOutError(
                f".organization: {before.id} is an offer of {before.provider}, and an import gives no offer to another"
            )
        if before and not service.is_open:
            return [_ended(before)]
        fields = service.fields | self._references(service, notes)
        own = own_id("offer", service.parley_id, service.id)
        if before and (own is None or before.imported_from):
            fields = {name: value for name, value in fields.items() if name not in service.unspecified}
        if own is None or (before and before.imported_from):
            if there is None:
                raise _LeftOutError(f".id: {service.id!r} is no UUID; --source says whose ids these are")
            known = before.imported_from if before and before.imported_from else there
            fields["imported_from"] = known.model_copy(update={"gone": False, "source": self._source or known.source})
        offer_id = before.id if before else own or self._new("offer", service.fields["name"] or service.id, there)
        offer = self._made(before, {**fields, "id": offer_id, "provider": provider.id})
        self._offers.append(offer)
        return [offer] if self._registered.get(provider.key()) == provider else [provider, offer]

    def gone(self, read: Read) -> list[OfferRegistered]:
        """The offers from earlier imports of this source that are no longer mentioned, marked as ended."""
        there = {as_uuid(each) or each for each in read.mentioned}
        organizations = {as_uuid(each) or each for each in read.organizations}
        owners = {each.id for each in self._providers if each.imported_from and each.imported_from.id in organizations}
        ended = []
        for offer in known_of(OfferRegistered, self._registered):
            known = offer.imported_from
            if known is None or known.gone or known.id in there:
                continue
            if known.source == self._source and (self._source is not None or offer.provider in owners):
                ended.append(_ended(offer))
        return ended

    def _offer(self, service: Found, there: ImportedFrom | None) -> OfferRegistered | None:
        own = own_id("offer", service.parley_id, service.id)
        by_hand = self._registered.get(f"offer/{own}") if own else None
        known = imported_as(self._offers, there) if there else None
        return known or (by_hand if isinstance(by_hand, OfferRegistered) else None)

    def _provider(self, organization: Organization) -> ProviderRegistered:
        """The provider that an organization is here; a new one if necessary."""
        if named := self._mapping.providers.get(organization.id):
            known = self._registered.get(f"provider/{named}")
            if not isinstance(known, ProviderRegistered):
                raise _LeftOutError(f".organization: there is no provider {named}")
            return known
        there = origin(organization.id, self._source)
        before = imported_as(self._providers, there) if there else None
        if before is not None:
            return before.model_copy(update={"name": organization.name, "email": organization.email or before.email})
        if own := own_id("provider", organization.parley_id, organization.id):
            known = self._registered.get(f"provider/{own}")
            if isinstance(known, ProviderRegistered):
                return known  # Manually registered: it keeps its settings.
            return ProviderRegistered(id=own, name=organization.name, email=organization.email)
        if there is None:
            raise _LeftOutError(f".organization.id: {organization.id!r} is no UUID; --source says whose ids these are")
        provider = ProviderRegistered(
            id=self._new("provider", organization.name, there),
            name=organization.name,
            email=organization.email,
            imported_from=there,
        )
        self._providers.append(provider)
        return provider

    def _new(self, kind: str, name: str, there: ImportedFrom | None) -> str:
        if there is None:
            raise _LeftOutError(".id: is no UUID; --source says whose ids these are")
        made = new_id(kind, name, there, self._taken)
        self._taken.add(made)
        return made

    def _references(self, service: Found, notes: list[str]) -> dict[str, Any]:
        """The areas, regions and programme that the service names, without those that are not registered here."""
        kept: dict[str, Any] = {}
        for name, kind in (("areas", "area"), ("regions", "region")):
            kept[name] = [each for each in service.fields[name] if f"{kind}/{each}" in self._registered]
            unknown = [each for each in service.fields[name] if each not in kept[name]]
            notes += [f"{service.place}.service_areas: there is no {kind} {each}; left out" for each in unknown]
        if not kept["areas"] and not kept["regions"]:
            kept["areas"] = [each for each in self._mapping.areas if f"area/{each}" in self._registered]
            if not kept["areas"]:
                raise _LeftOutError(".service_areas: names no area that is registered here")
        programme = service.fields["programme"]
        if programme is not None and f"programme/{programme}" not in self._registered:
            notes.append(f"{service.place}.program: there is no programme {programme}; left out")
            kept["programme"] = None
        return kept

    def _made(self, before: OfferRegistered | None, fields: dict[str, Any]) -> OfferRegistered:
        try:
            offer = OfferRegistered.model_validate({**(before.model_dump() if before else {}), **fields})
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            raise _LeftOutError(f"{path(problem['loc'])}: {problem['msg']}") from None
        if wrong := unknown_services([offer], list(self._registered.values())):
            raise _LeftOutError(f".attributes: {wrong[0][1]}")
        return offer


def _ended(offer: OfferRegistered) -> OfferRegistered:
    if offer.imported_from is None:
        return offer.model_copy(update={"ended": True})
    return offer.model_copy(update={"imported_from": offer.imported_from.model_copy(update={"gone": True})})
