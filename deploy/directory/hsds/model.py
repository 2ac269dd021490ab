"""The parts of HSDS 3 that are read, with HSDS's own field names. Other fields are ignored, as HSDS allows.

Only the fields that a service cannot do without are required. Any other part that violates the specification is left
out on its own (`salvage`), and the service is read without it.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _ident(value: Any) -> Any:
    # A converter used for 211 directories writes the id of a service as a list of one object.
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        value = value[0].get("id")
    return _as_text(value)


def _day(value: Any) -> Any:
    """The date of a date-time, which some publishers write instead of a date."""
    return value[:10] if isinstance(value, str) and len(value) > len("2026-01-01") and value[10] in "T " else value


def _amount(value: Any) -> Any:
    """Converts a text such as `35.00` to a number; leaves any other text unchanged."""
    return Decimal(value) if isinstance(value, str) and re.fullmatch(r"\s*\d{1,12}(\.\d{1,4})?\s*", value) else value


Ident = Annotated[str, BeforeValidator(_ident), Field(min_length=1, max_length=200)]
Day = Annotated[date, BeforeValidator(_day)]
Text = Annotated[str, BeforeValidator(_as_text)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class TaxonomyDetail(_Part):
    """The taxonomy of a term."""

    name: str | None = None


class TaxonomyTerm(_Part):
    """A term of a taxonomy."""

    code: Text | None = None
    name: str | None = None
    taxonomy: str | None = None
    taxonomy_detail: TaxonomyDetail | None = None

    def of(self) -> str | None:
        """The name of its taxonomy."""
        return self.taxonomy or (self.taxonomy_detail.name if self.taxonomy_detail else None)


class Attribute(_Part):
    """A fact as dimension (`link_type`) and code (`value`)."""

    link_type: str | None = None
    value: Text | None = None
    taxonomy_term: TaxonomyTerm | None = None


class Organization(_Part):
    """Who delivers a service."""

    id: Ident
    name: Annotated[str, Field(min_length=1)]
    email: str | None = None
    parley_id: str | None = None


class Program(_Part):
    """The programme that a service belongs to."""

    parley_id: str | None = None


class ServiceArea(_Part):
    """Where a service is available."""

    name: str | None = None
    uri: str | None = None
    extent: str | None = None
    parley_region: str | None = None


class Language(_Part):
    """A language that is spoken."""

    code: str | None = None
    name: str | None = None


class CostOption(_Part):
    """What it costs the family."""

    option: str | None = None
    currency: str | None = None
    amount: Annotated[Decimal | str | None, BeforeValidator(_amount)] = None
    amount_description: str | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None


class Schedule(_Part):
    """When a service takes place: the parts of an RFC 5545 recurrence, and text."""

    id: Ident | None = None
    freq: str | None = None
    interval: Annotated[int, Field(ge=1, le=60)] | None = None
    byday: str | None = None
    bymonthday: Text | None = None
    byweekno: Text | None = None
    byyearday: Text | None = None
    wkst: str | None = None
    dtstart: Day | None = None
    until: Day | None = None
    count: Annotated[int, Field(ge=1)] | None = None
    timezone: Decimal | None = None
    opens_at: Text | None = None
    closes_at: Text | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    description: str | None = None
    notes: str | None = None


class Address(_Part):
    """An address."""

    address_1: str | None = None
    address_2: str | None = None
    city: str | None = None
    postal_code: str | None = None
    address_type: str | None = None


class Location(_Part):
    """A place."""

    location_type: str | None = None
    name: str | None = None
    addresses: list[Address] = []


class ServiceAtLocation(_Part):
    """A service at a place."""

    location: Location | None = None
    schedules: list[Schedule] = []


class Service(_Part):
    """A service with everything that belongs to it."""

    id: Ident
    name: Annotated[str, Field(min_length=1)]
    status: str | None = None
    organization: Organization
    parley_id: str | None = None
    description: str | None = None
    assured_date: Day | None = None
    fees_description: str | None = None
    eligibility_description: str | None = None
    minimum_age: Decimal | None = None
    maximum_age: Decimal | None = None
    program: Program | None = None
    service_areas: list[ServiceArea] = []
    languages: list[Language] = []
    cost_options: list[CostOption] = []
    schedules: list[Schedule] = []
    service_at_locations: list[ServiceAtLocation] = []
    attributes: list[Attribute] = []


NEEDED = frozenset({"id", "name", "organization"})
"""The fields that a service cannot do without."""
