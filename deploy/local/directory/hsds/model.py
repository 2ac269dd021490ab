"""The parts of HSDS 3 that are read, with HSDS's own field names. What is not read is ignored, as HSDS allows."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict

_CLOCK_TIME = 5  # HH:MM; HSDS allows seconds and an offset behind it.


def _clock_time(value: Any) -> Any:
    return value[:_CLOCK_TIME] if isinstance(value, str) else value


ClockTime = Annotated[str, BeforeValidator(_clock_time)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    id: UUID


class TaxonomyTerm(_Part):
    """A term of a taxonomy."""

    taxonomy: str | None = None


class Attribute(_Part):
    """A fact as dimension (`link_type`) and code (`value`)."""

    link_type: str | None = None
    value: str | None = None
    taxonomy_term: TaxonomyTerm | None = None


class Organization(_Part):
    """Who delivers a service."""

    name: str
    email: str | None = None
    parley_id: str | None = None


class Program(_Part):
    """What a service is delivered under."""

    parley_id: str | None = None


class ServiceArea(_Part):
    """Where a service is available."""

    name: str | None = None
    uri: str | None = None
    parley_region: str | None = None


class Language(_Part):
    """A language that is spoken."""

    code: str


class CostOption(_Part):
    """What it costs the family."""

    option: str | None = None
    currency: str | None = None
    amount: Decimal | None = None
    amount_description: str | None = None


class Schedule(_Part):
    """When it takes place."""

    freq: Literal["WEEKLY", "MONTHLY"]
    byday: str
    opens_at: ClockTime | None = None
    closes_at: ClockTime | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    description: str | None = None


class Address(_Part):
    """An address."""

    address_1: str
    city: str
    postal_code: str


class Location(_Part):
    """A place."""

    location_type: str
    name: str | None = None
    addresses: list[Address] = []


class ServiceAtLocation(_Part):
    """A service at a place."""

    location: Location | None = None


class Service(_Part):
    """A service with everything that belongs to it."""

    name: str
    status: str
    organization: Organization
    parley_id: str | None = None
    description: str | None = None
    assured_date: date | None = None
    program: Program | None = None
    service_areas: list[ServiceArea] = []
    languages: list[Language] = []
    cost_options: list[CostOption] = []
    schedules: list[Schedule] = []
    service_at_locations: list[ServiceAtLocation] = []
    attributes: list[Attribute] = []
