"""Exports offers as HSDS services, complete with organization, areas, languages, costs, times and places.

Data internal to the commissioner is left out: unit cost, priority and public keys.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from deploy.directory.hsds.codes import area_uri, attributes, hsds_id
from deploy.directory.hsds.facts import language_name
from deploy.directory.hsds.identity import exported_id
from shared.contracts.directory import (
    AreaRegistered,
    DirectoryEntry,
    OfferRegistered,
    ProgrammeRegistered,
    ProviderRegistered,
    RegionRegistered,
)
from shared.contracts.offer import OpeningTime, Venue

_INTERPRETATION = {
    "as-spoken": "An interpreter can be had.",
    "after-spoken": "An interpreter can be had where nobody speaks the language.",
    "none": "Interpreters are not used.",
}
_FREQUENCY = {"week": "WEEKLY", "month": "MONTHLY"}


def exported(entries: Iterable[DirectoryEntry]) -> list[dict[str, Any]]:
    """Every offer among the entries as an HSDS service, in the order of their ids."""
    known = {entry.key(): entry for entry in entries}
    offers = (entry for entry in known.values() if isinstance(entry, OfferRegistered))
    return [_service(offer, known) for offer in sorted(offers, key=lambda each: each.id)]


def _service(offer: OfferRegistered, known: Mapping[str, DirectoryEntry]) -> dict[str, Any]:
    service_id = exported_id("offer", offer, offer.id)
    service: dict[str, Any] = {
        "id": service_id,
        "parley_id": offer.id,
        "name": offer.name or offer.id,
        "status": "defunct" if offer.is_over else "active",
        "organization": _organization(offer.provider, known),
        "interpretation_services": _INTERPRETATION[offer.interpreter],
        "service_areas": list(_service_areas(offer, service_id, known)),
        "languages": [_language(code, service_id) for code in offer.languages],
        "attributes": attributes(service_id, _facts(offer)),
    }
    optional = {
        "description": offer.description,
        "minimum_age": offer.minimum_age,
        "maximum_age": offer.maximum_age,
        "eligibility_description": offer.eligibility_description,
        "fees_description": offer.cost_in_words,
    }
    service |= {name: value for name, value in optional.items() if value is not None}
    if offer.programme:
        service["program"] = _program(offer, known)
    if offer.assured_on:
        service["assured_date"] = offer.assured_on.isoformat()
    if offer.cost_to_family:
        service["cost_options"] = [_cost(offer, service_id)]
    if offer.opening_times:
        service["schedules"] = [_schedule(each, service_id, n) for n, each in enumerate(offer.opening_times)]
    if offer.venues:
        service["service_at_locations"] = [_at(each, service_id, n) for n, each in enumerate(offer.venues)]
    return service


def _organization(provider: str, known: Mapping[str, DirectoryEntry]) -> dict[str, Any]:
    entry = known.get(f"provider/{provider}")
    name = entry.name if isinstance(entry, ProviderRegistered) else provider
    organization = {
        "id": exported_id("provider", entry if isinstance(entry, ProviderRegistered) else None, provider),
        "parley_id": provider,
        "name": name,
        # HSDS requires a description, which the directory does not have.
        "description": name,
    }
    if isinstance(entry, ProviderRegistered) and entry.email is not None:
        organization["email"] = entry.email
    return organization


def _program(offer: OfferRegistered, known: Mapping[str, DirectoryEntry]) -> dict[str, Any]:
    entry = known.get(f"programme/{offer.programme}")
    known_programme = entry if isinstance(entry, ProgrammeRegistered) else None
    return {
        "id": hsds_id("programme", offer.programme),
        "parley_id": offer.programme,
        "name": known_programme.name if known_programme else offer.programme,
        "description": (known_programme.audience if known_programme else None) or "",
    }


def _service_areas(
    offer: OfferRegistered, service_id: str, known: Mapping[str, DirectoryEntry]
) -> Iterator[dict[str, Any]]:
    for area in offer.areas:
        entry = known.get(f"area/{area}")
        yield {
            "id": hsds_id(service_id, "area", area),
            "service_id": service_id,
            "name": entry.name if isinstance(entry, AreaRegistered) else area,
            "uri": area_uri(area),
        }
    for region in offer.regions:
        entry = known.get(f"region/{region}")
        yield {
            "id": hsds_id(service_id, "region", region),
            "service_id": service_id,
            "name": entry.name if isinstance(entry, RegionRegistered) else region,
            "parley_region": region,
        }


def _facts(offer: OfferRegistered) -> Iterator[tuple[str, str]]:
    rule = offer.eligibility
    yield "service", offer.service
    yield from (("relationship", each) for each in rule.relationship)
    yield from (("level-of-need", each) for each in rule.levels_of_need)
    yield from (("audience", each) for each in rule.audience)
    if rule.every_parent_has_parental_responsibility:
        yield "parental-responsibility", "every-parent"
    for code, asked in (
        ("no-young-child", rule.no_young_child),
        ("take-part", rule.children_take_part),
        ("every-child-of-age", rule.every_child_of_age),
    ):
        if asked:
            yield "children", code
    yield from (("delivery", each) for each in offer.delivery)
    yield "interpreter", offer.interpreter
    yield "access", offer.access
    yield "parents-needed", offer.parents_needed
    for dimension, number in (
        ("child-age-from", rule.child_age_from),
        ("child-age-to", rule.child_age_to),
        ("sessions", offer.sessions),
        ("capacity", offer.capacity),
        ("waiting-list", offer.waiting_list),
    ):
        if number is not None:
            yield dimension, str(number)


def _cost(offer: OfferRegistered, service_id: str) -> dict[str, Any]:
    cost = offer.cost_to_family
    if cost is None:
        raise ValueError("only an offer with a cost has a cost option")
    option: dict[str, Any] = {
        "id": hsds_id(service_id, "cost"),
        "service_id": service_id,
        "option": cost.per,
        "currency": "gbp",
        "amount": cost.amount_pence / 100,
    }
    return option | ({"amount_description": cost.note} if cost.note is not None else {})


def _language(code: str, service_id: str) -> dict[str, Any]:
    language = {"id": hsds_id(service_id, "language", code), "service_id": service_id, "code": code}
    return language | ({"name": name} if (name := language_name(code)) else {})


def _schedule(times: OpeningTime, service_id: str, number: int) -> dict[str, Any]:
    offset = times.utc_offset or ""
    optional = {
        "freq": _FREQUENCY[times.every] if times.days or times.month_days else None,
        "interval": times.interval if times.interval > 1 else None,
        "byday": ",".join(times.days) or None,
        "bymonthday": ",".join(map(str, times.month_days)) or None,
        "dtstart": times.first_on.isoformat() if times.first_on else None,
        "opens_at": times.opens_at + offset if times.opens_at else None,
        "closes_at": times.closes_at + offset if times.closes_at else None,
        "valid_from": times.valid_from.isoformat() if times.valid_from else None,
        "valid_to": times.valid_to.isoformat() if times.valid_to else None,
        "description": times.note,
    }
    schedule = {"id": hsds_id(service_id, "schedule", number), "service_id": service_id}
    return schedule | {name: value for name, value in optional.items() if value is not None}


def _at(venue: Venue, service_id: str, number: int) -> dict[str, Any]:
    location_id = hsds_id(service_id, "location", number)
    location: dict[str, Any] = {"id": location_id, "location_type": "physical", "name": venue.name}
    if venue.address is not None:
        location["addresses"] = [
            {
                "id": hsds_id(location_id, "address"),
                "location_id": location_id,
                "address_1": venue.address,
                "city": venue.city,
                "state_province": "",
                "postal_code": venue.postcode,
                "country": "GB",
                "address_type": "physical",
            }
        ]
    return {
        "id": hsds_id(service_id, "at", number),
        "service_id": service_id,
        "location_id": location_id,
        "location": location,
    }
