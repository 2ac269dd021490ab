"""Attributes for facts that HSDS has no field for: each is a dimension and a code of Parley's taxonomy.

HSDS ids are UUIDs. Ours are derived from the entry's kind and id, so an offer has the same id in every export.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid5

TAXONOMY = "Parley: the reducing parental conflict pathway"
_SPACE = UUID("6a0f5d1e-5e0e-5c46-9d55-7f2f0a4f3c21")
_AREA_URI = "http://statistics.data.gov.uk/id/statistical-geography/"

DIMENSIONS = {
    "service": "What kind of help it is",
    "relationship": "How the parents live",
    "level-of-need": "On the continuum of need",
    "audience": "Whom it is made for",
    "parental-responsibility": "Who must have parental responsibility",
    "children": "What it asks of the family's children",
    "child-age-from": "The lowest age of a child that it is about, in years",
    "child-age-to": "The highest age of a child that it is about, in years",
    "delivery": "How it comes to a family",
    "interpreter": "How an interpreter counts",
    "access": "By referral, or open to everybody",
    "parents-needed": "Whether one parent alone can take part, or it needs both",
    "sessions": "How many sessions",
    "capacity": "Families at once",
    "waiting-list": "Families that may wait at once",
}


def hsds_id(*parts: object) -> str:
    """A UUID that is derived from these parts."""
    return str(uuid5(_SPACE, "/".join(map(str, parts))))


def area_uri(area: str) -> str:
    """The Office for National Statistics' persistent identifier of a local authority."""
    return _AREA_URI + area


def attributes(service_id: str, facts: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """One attribute for each fact, as (dimension, code)."""
    return [
        {
            "id": hsds_id(service_id, dimension, code),
            "link_id": service_id,
            "link_entity": "service",
            "link_type": dimension,
            "value": code,
            "taxonomy_term": {
                "id": hsds_id("term", dimension, code),
                "code": f"{dimension}:{code}",
                "name": code,
                "description": DIMENSIONS[dimension],
                "taxonomy": TAXONOMY,
            },
        }
        for dimension, code in facts
    ]
