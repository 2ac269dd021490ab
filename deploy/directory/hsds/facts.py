"""Reads areas, languages, ages and venues of a service as fields of an offer."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache
from typing import Any

from babel import Locale
from babel.core import get_global
from pydantic import TypeAdapter, ValidationError

from deploy.directory.hsds.model import Address, Language, Service, ServiceArea
from deploy.directory.hsds.salvage import Report
from shared.contracts.base import Slug
from shared.contracts.offer import Venue

_ONS = re.compile(r"\b[EWSN]\d{8}\b")
_SLUG: TypeAdapter[str] = TypeAdapter(Slug)
_OLDEST = 150


def areas(service_areas: Iterable[ServiceArea], report: Report) -> tuple[list[str], list[str]]:
    """The local authorities (ONS codes) and our regions in which a service is available."""
    codes: list[str] = []
    regions: list[str] = []
    for number, area in enumerate(service_areas):
        found = (_ONS.search(text) for text in (area.uri, area.extent, area.name) if text)
        if area.parley_region is not None:
            regions.append(area.parley_region)
        elif code := next((match[0] for match in found if match), None):
            codes.append(code)
        else:
            report(f".service_areas[{number}].uri: must hold the ONS code of a local authority; left out")
    return list(dict.fromkeys(codes)), list(dict.fromkeys(regions))


def languages(spoken: Iterable[Language], report: Report, *, ours: bool = False) -> list[str]:
    """The codes of the languages; a language without a code is looked up by name.

    Other directories may use ISO 639-3 where front doors use ISO 639-1: `pol` becomes `pl`. With `ours`, codes are
    kept.
    """
    codes: list[str] = []
    for number, language in enumerate(spoken):
        code = _code(language)
        if code is not None and not ours:
            code = _aliases().get(code, code)
        if code is None:
            rule = "is not a known language" if language.name or language.code else "has neither name nor code"
            report(f".languages[{number}]: {rule}; left out")
        else:
            codes.append(code)
    return list(dict.fromkeys(codes))


def _code(language: Language) -> str | None:
    if language.code:
        # The primary part of a tag such as en-GB is the language.
        for code in (language.code.strip(), language.code.strip().lower().replace("_", "-").partition("-")[0]):
            try:
                return _SLUG.validate_python(code)
            except ValidationError:
                continue
    return _by_name().get((language.name or "").strip().casefold())


@cache
def _aliases() -> dict[str, str]:
    """The shortest code of each language, by its other codes."""
    known = get_global("language_aliases")
    return {str(alias): str(code) for alias, code in known.items() if str(code).isalpha()}


@cache
def _by_name() -> dict[str, str]:
    """Language codes by English names and by the languages' own names."""
    english = Locale("en").languages
    plain = {code: name for code, name in english.items() if "_" not in code}
    own = {name.casefold(): code for code in ("cy", "fr", "es", "pt", "de", "pl", "ro") for name in _own_names(code)}
    return own | {name.casefold(): code for code, name in reversed(plain.items())}


def _own_names(code: str) -> Iterator[str]:
    name = Locale(code).get_language_name(code)
    if name:
        yield name


def language_name(code: str) -> str | None:
    """The English name of a language code; None if it is unknown."""
    return Locale("en").languages.get(code)


def ages(service: Service, report: Report) -> dict[str, int | float]:
    """The ages of people who may attend. Some publishers use a number below 0 for "no limit"."""
    found: dict[str, int | float] = {}
    for name in ("minimum_age", "maximum_age"):
        age: Decimal | None = getattr(service, name)
        if age is None:
            continue
        if not age.is_finite() or not 0 <= age <= _OLDEST:
            report(f".{name}: must be from 0 to {_OLDEST} years; left out")
        else:
            found[name] = int(age) if age == int(age) else float(age)
    return found


def venues(service: Service, report: Report) -> list[dict[str, Any]]:
    """The venues that people can visit; postal addresses and virtual locations are none."""
    found: list[dict[str, Any]] = []
    for number, at in enumerate(service.service_at_locations):
        place = f".service_at_locations[{number}].location"
        location = at.location
        if location is None:
            continue
        if location.location_type not in (None, "physical"):
            report(f"{place}.location_type: is {location.location_type}, not physical; left out")
            continue
        physical = [each for each in location.addresses if each.address_type in (None, "physical")]
        if location.addresses and not physical:
            report(f"{place}.addresses: are not where it takes place; left out")
        venue = _venue(location.name, physical, lambda text, at=place: report(at + text))  # type: ignore[misc]
        if venue is not None and venue not in found:
            found.append(venue)
    return found


def _venue(name: str | None, addresses: list[Address], report: Report) -> dict[str, Any] | None:
    address = addresses[0] if addresses else None
    parts: dict[str, Any] = {}
    if address is not None:
        lines = ", ".join(filter(None, (address.address_1, address.address_2)))
        parts = {"address": lines or None, "city": address.city, "postcode": address.postal_code}
    whole = {"name": name or parts.get("address") or "", **parts}
    for venue in (whole, {"name": whole["name"]}):
        try:
            Venue.model_validate(venue)
        except ValidationError as error:
            rule = error.errors(include_url=False, include_input=False)[0]
            report(f"{'.addresses[0]' if rule['loc'] != ('name',) else '.name'}: {rule['msg']}; left out")
            if rule["loc"] == ("name",):
                return None
        else:
            return venue
    return None
