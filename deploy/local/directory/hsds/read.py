"""HSDS services as offers and providers. All that is wrong is found before anything is done, with field and rule.

A service of another directory needs no id of ours: it gets one from its name. What kind of help it is, it must say in
our taxonomy: nobody guesses whether something is mediation.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from deploy.local.directory.hsds.codes import DIMENSIONS, TAXONOMY
from deploy.local.directory.hsds.model import CostOption, Service
from deploy.local.errors import ParleyError
from shared.contracts.directory import OfferRegistered, ProviderRegistered

_MOST_FINDINGS = 20
_ONS = re.compile(r"[EWSN]\d{8}")
_EVERY = {"WEEKLY": "week", "MONTHLY": "month"}
_MANY = {"relationship": "relationship", "level-of-need": "levels_of_need", "audience": "audience"}
_NUMBERS = ("child-age-from", "child-age-to")


@dataclass
class Read:
    """What a file holds: its providers and offers, and everything that is wrong with it."""

    providers: dict[str, ProviderRegistered] = field(default_factory=dict)
    offers: dict[str, OfferRegistered] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)


def read_hsds(path: Path) -> list[ProviderRegistered | OfferRegistered]:
    """The providers and offers of a file: an array of HSDS services, one service, or a page of an HSDS API.

    Raises `ParleyError` that names place, field and rule of everything that cannot be taken.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise ParleyError(f"{path} can't be read: {error.strerror}.") from error
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        where = f" line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise ParleyError(f"{path}{where} is not JSON in UTF-8.") from None
    read = parsed(document)
    if read.findings:
        said = read.findings[:_MOST_FINDINGS]
        more = [f"… and {len(read.findings) - _MOST_FINDINGS} more."] if len(read.findings) > _MOST_FINDINGS else []
        raise ParleyError("\n".join([f"{path}:", *said, *more, "Nothing was imported."]))
    if not read.offers:
        raise ParleyError(f"{path} holds no services.")
    return [*read.providers.values(), *read.offers.values()]


def parsed(document: Any) -> Read:
    """What a document holds. A service with a fault is in the findings and not among the offers."""
    read = Read()
    if isinstance(document, dict):
        document = document.get("contents", [document])
    if not isinstance(document, list):
        read.findings.append("must be an array of HSDS services")
        return read
    for number, item in enumerate(document):
        _take(read, f"services[{number}]", item)
    return read


def _take(read: Read, place: str, item: Any) -> None:
    try:
        service = Service.model_validate(item)
    except ValidationError as error:
        read.findings += [f"{place}{_path(each['loc'])}: {each['msg']}" for each in error.errors()]
        return
    problems = [f"{place}.{each}" for each in _problems(service)]
    if problems:
        read.findings += problems
        return
    try:
        provider = ProviderRegistered(
            id=service.organization.parley_id or _slug(service.organization.name),
            name=service.organization.name,
            email=service.organization.email,
        )
        offer = _offer(service, provider.id)
    except ValidationError as error:
        read.findings += [f"{place}{_path(each['loc'])}: {each['msg']}" for each in error.errors()]
        return
    if read.providers.setdefault(provider.id, provider) != provider:
        read.findings.append(f"{place}.organization: {provider.id} is described in another way further up")
    elif offer.id in read.offers:
        read.findings.append(f"{place}.name: there is another service with the id {offer.id}")
    else:
        read.offers[offer.id] = offer


def _problems(service: Service) -> Iterator[str]:
    if service.status != "active":
        yield f"status: must be active, and is {service.status}"
    codes = _codes(service)
    if len(codes.get("service", [])) != 1:
        yield f"attributes: must name one kind of help (link_type service) of the taxonomy {TAXONOMY!r}"
    for dimension in codes.keys() - DIMENSIONS.keys():
        yield f"attributes: {dimension!r} is no dimension of the taxonomy {TAXONOMY!r}"
    for dimension in (*_NUMBERS, "sessions", "capacity", "waiting-list"):
        if any(not (code.isascii() and code.isdigit()) for code in codes.get(dimension, [])):
            yield f"attributes: {dimension} must be a whole number"
    for number, area in enumerate(service.service_areas):
        if area.parley_region is None and _ons(area.uri, area.name) is None:
            yield f"service_areas[{number}].uri: must hold the ONS code of a local authority"
    if len(service.cost_options) > 1:
        yield "cost_options: one can be taken, and there are more"
    for number, option in enumerate(service.cost_options):
        yield from (f"cost_options[{number}].{each}" for each in _cost_problems(option))


def _cost_problems(option: CostOption) -> Iterator[str]:
    if option.amount is None or not option.amount.is_finite() or option.amount < 0:
        yield "amount: must be given, and not below 0"
    elif option.amount * 100 != int(option.amount * 100):
        yield "amount: must be pounds and whole pence"
    if (option.currency or "gbp").lower() != "gbp":
        yield f"currency: must be gbp, and is {option.currency}"
    if option.option is not None and option.option not in ("family", "parent", "session"):
        yield f"option: must be family, parent or session, and is {option.option!r}"


def _codes(service: Service) -> dict[str, list[str]]:
    codes: dict[str, list[str]] = {}
    for each in service.attributes:
        if each.taxonomy_term and each.taxonomy_term.taxonomy == TAXONOMY and each.link_type and each.value is not None:
            codes.setdefault(each.link_type, []).append(each.value)
    return codes


def _offer(service: Service, provider: str) -> OfferRegistered:
    codes = _codes(service)
    offer_id = service.parley_id or _slug(service.name)

    def number(dimension: str) -> int | None:
        return int(codes[dimension][0]) if dimension in codes else None

    children = codes.get("children", [])
    fields: dict[str, Any] = {
        "id": offer_id,
        "name": None if service.name == offer_id else service.name,
        "description": service.description,
        "programme": service.program.parley_id if service.program else None,
        "provider": provider,
        "service": codes["service"][0],
        "areas": [_ons(each.uri, each.name) for each in service.service_areas if each.parley_region is None],
        "regions": [each.parley_region for each in service.service_areas if each.parley_region is not None],
        "eligibility": {
            **{name: codes.get(dimension, []) for dimension, name in _MANY.items()},
            "every_parent_has_parental_responsibility": "every-parent" in codes.get("parental-responsibility", []),
            "no_young_child": "no-young-child" in children,
            "children_take_part": "take-part" in children,
            "every_child_of_age": "every-child-of-age" in children,
            "child_age_from": number("child-age-from"),
            "child_age_to": number("child-age-to"),
        },
        "delivery": codes.get("delivery", []),
        "languages": [each.code for each in service.languages],
        "interpreter": codes.get("interpreter", ["as-spoken"])[0],
        "access": codes.get("access", ["referral"])[0],
        "cost_to_family": _cost(service),
        "assured_on": service.assured_date,
        "venues": [_venue(each.location) for each in service.service_at_locations if each.location],
        "opening_times": [
            {
                "every": _EVERY[each.freq],
                "days": each.byday.split(","),
                "opens_at": each.opens_at,
                "closes_at": each.closes_at,
                "valid_from": each.valid_from,
                "valid_to": each.valid_to,
                "note": each.description,
            }
            for each in service.schedules
        ],
        **{name.replace("-", "_"): number(name) for name in ("sessions", "capacity", "waiting-list")},
    }
    return OfferRegistered.model_validate(fields)


def _cost(service: Service) -> dict[str, Any] | None:
    for option in service.cost_options:
        if option.amount is not None:
            per = option.option or "family"
            return {"amount_pence": int(option.amount * 100), "per": per, "note": option.amount_description}
    return None


def _venue(location: Any) -> dict[str, Any]:
    address = location.addresses[0] if location.addresses else None
    return {
        "name": location.name or (address.address_1 if address else ""),
        "address": address.address_1 if address else None,
        "city": address.city if address else None,
        "postcode": address.postal_code if address else None,
    }


def _ons(*texts: str | None) -> str | None:
    found = (_ONS.search(text) for text in texts if text)
    return next((match[0] for match in found if match), None)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:60].strip("-")


def _path(location: tuple[str | int, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
