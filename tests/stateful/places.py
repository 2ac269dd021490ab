"""The places of a life: two areas, three front doors, two providers with offers, and what may change about them."""

from typing import Any

HERE, ELSEWHERE = "E10000014", "E10000030"
SCHOOL, POLICE, GP = "hants-schools", "hants-police", "oxon-gp"
AREA_OF = {SCHOOL: HERE, POLICE: HERE, GP: ELSEWHERE}
NORTH, SOUTH = "north-mediators", "south-together"
PROVIDERS = (NORTH, SOUTH)
SERVICES = ("mediation", "couple-support", "family-counselling")
PANEL = {"early-help-team": "early-help", "women-first": "domestic-abuse", "county-police": "police"}
_SIGNPOST = {"name": "Somewhere", "phone": "01632 960000"}
_KINDS = {SCHOOL: "school", POLICE: "police", GP: "gp"}
MODULES = ("engaging-parents", "childrens-experiences")


def area(code: str, **settings: Any) -> dict[str, Any]:
    """An area's entry. Unless said otherwise it lets clean cases through, and holds no facts back."""
    signposts = {"universal_offer": _SIGNPOST, "specialist_support": _SIGNPOST}
    entry = {"kind": "area", "id": code, "name": code, "automatic_agreement": True, "smallest_group": 1}
    return {**entry, **signposts, **settings}


def agency(name: str, legal_basis: str | None = "public-task") -> dict[str, Any]:
    """A front door's entry."""
    areas, sources = [AREA_OF[name]], [_KINDS[name]]
    entry = {"kind": "agency", "id": name, "name": name, "areas": areas, "sources": sources}
    return {**entry, "legal_basis": legal_basis}


def provider(name: str, key: dict[str, Any]) -> dict[str, Any]:
    """A provider's entry, with the key that details are encrypted for."""
    return {"kind": "provider", "id": name, "name": name, "public_key": key, "email": f"referrals@{name}.example"}


def offer(by: str, service: str, capacity: int | None = None, waiting_list: int | None = None) -> dict[str, Any]:
    """An offer's entry: in both areas, with so many places and so many who may wait."""
    entry = {"kind": "offer", "id": f"{by}-{service}", "provider": by, "service": service}
    return {**entry, "areas": [HERE, ELSEWHERE], "capacity": capacity, "waiting_list": waiting_list}


def at_first(keys: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The directory as a life begins."""
    return [
        area(HERE),
        area(ELSEWHERE, automatic_agreement=False),
        *(agency(name) for name in AREA_OF),
        *(provider(name, keys[name]) for name in PROVIDERS),
        *(offer(name, service) for name in PROVIDERS for service in SERVICES),
    ]
