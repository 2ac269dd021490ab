"""Services as other directories write them, in the shapes of the specification's examples and of publishers' feeds."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

from deploy.directory.hsds.codes import attributes
from deploy.directory.hsds.mapping import Mapping
from deploy.directory.hsds.plan import Plan, planned
from deploy.directory.hsds.read import parsed
from shared.contracts.directory import AreaRegistered, DirectoryEntry, OfferRegistered, ProviderRegistered

SERVICE = "11111111-1111-4111-8111-111111111101"
OTHER_SERVICE = "11111111-1111-4111-8111-111111111102"
TRUST = "11111111-1111-4111-8111-111111111150"
HAMPSHIRE_URI = "http://statistics.data.gov.uk/id/statistical-geography/E10000014"


def service(service_id: str = SERVICE, organization: str = TRUST, kind: str = "mediation", **fields: Any) -> Any:
    """The least that can be taken, and what is given beside it."""
    return {
        "id": service_id,
        "name": "Talking it over",
        "status": "active",
        "organization": {"id": organization, "name": "Example Families Trust", "description": "x"},
        "service_areas": [{"id": "11111111-1111-4111-8111-111111111161", "name": "Hampshire", "uri": HAMPSHIRE_URI}],
        "attributes": attributes(service_id, [("service", kind)]),
        **fields,
    }


def full_service() -> Any:
    """A service with something in every part that is read."""
    part = "22222222-2222-4222-8222-2222222222"
    return service(
        description="For parents who live apart",
        assured_date="2025-09-02",
        eligibility_description="Anybody aged 18 and over",
        minimum_age=18,
        maximum_age=99,
        fees_description="See the price list",
        languages=[{"id": f"{part}01", "code": "en"}, {"id": f"{part}02", "name": "Polish"}],
        cost_options=[{"id": f"{part}03", "option": "session", "currency": "gbp", "amount": 35}],
        schedules=[
            {
                "id": f"{part}04",
                "freq": "MONTHLY",
                "byday": "1SA",
                "dtstart": "2026-01-03",
                "opens_at": "09:00:00Z",
                "closes_at": "17:00:00Z",
                "description": "First Saturday",
            },
            {"id": f"{part}05", "description": "Monday to Friday, 9 to 5"},
        ],
        service_at_locations=[
            {
                "id": f"{part}06",
                "location": {
                    "id": f"{part}07",
                    "location_type": "physical",
                    "name": "Civic Centre",
                    "addresses": [
                        {
                            "id": f"{part}08",
                            "address_1": "1 Main Street",
                            "city": "Winchester",
                            "state_province": "Hampshire",
                            "postal_code": "SO23 8UJ",
                            "country": "GB",
                            "address_type": "physical",
                        }
                    ],
                },
                "schedules": [{"id": f"{part}09", "freq": "WEEKLY", "byday": "TU,TH"}],
            }
        ],
    )


TODAY = date(2026, 11, 29)
HAMPSHIRE = AreaRegistered(
    id="E10000014", name="Hampshire", universal_offer={"name": "-"}, specialist_support={"name": "-"}
)
NORTH = ProviderRegistered(id="mediation-now", name="Mediation Now", email="refer@north.example.org")
OWN = OfferRegistered(
    id="mediation-now-mediation", provider="mediation-now", service="mediation", areas=["E10000014"], capacity=5
)
REGISTERED: dict[str, DirectoryEntry] = {each.key(): each for each in (HAMPSHIRE, NORTH, OWN)}
Registered = dict[str, DirectoryEntry]


def plan_of(document: Any, registered: Registered = REGISTERED, mapping: Mapping | None = None, **options: Any) -> Plan:
    written = json.loads(json.dumps(document), parse_float=Decimal)
    return planned(parsed(written, TODAY, mapping), registered, mapping=mapping, **options)


def taken(plan: Plan) -> OfferRegistered:
    (offer,) = (each for each in plan.entries.values() if isinstance(each, OfferRegistered))
    return offer
