"""Reads HSDS services as fields of offers. Unusable parts are left out and reported with position and rule.

The kind of help is never guessed: it comes from the service's attributes in our taxonomy, or from a `mapping` file.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from deploy.directory.hsds.codes import DIMENSIONS, TAXONOMY
from deploy.directory.hsds.costs import cost
from deploy.directory.hsds.document import services_of
from deploy.directory.hsds.facts import ages, areas, languages, venues
from deploy.directory.hsds.mapping import Mapping
from deploy.directory.hsds.model import NEEDED, Attribute, Organization, Schedule, Service
from deploy.directory.hsds.recurrence import opening_time
from deploy.directory.hsds.salvage import Report, salvaged

_MANY = {"relationship": "relationship", "level-of-need": "levels_of_need", "audience": "audience"}
_NUMBERS = ("child-age-from", "child-age-to", "sessions", "capacity", "waiting-list")
_LONGEST = {"name": 300, "description": 4000, "eligibility_description": 4000, "cost_in_words": 4000}
_USED = frozenset(Service.model_fields) | {"organization_id", "program_id"}
_ELIGIBILITY = ("relationship", "level-of-need", "audience", "parental-responsibility", "children")


@dataclass
class Found:
    """A service of a document: its position, its organization, and the fields of an offer that it gives.

    `unspecified` are fields that only our taxonomy can give, and that it does not give.
    """

    place: str
    id: str
    organization: Organization
    is_open: bool
    parley_id: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    unspecified: frozenset[str] = frozenset()


@dataclass
class Read:
    """The services of a document, and notes on what could not be used."""

    services: list[Found] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    mentioned: set[str] = field(default_factory=set)
    organizations: set[str] = field(default_factory=set)
    is_part: bool = False


def parsed(document: Any, today: date, mapping: Mapping | None = None) -> Read:
    """Reads a document as of a day."""
    found = services_of(document)
    unused: set[str] = set()
    read = Read(notes=list(found.findings), is_part=found.is_part)
    for place, item in found.services:

        def report(text: str, place: str = place) -> None:
            line = f"{place}{text}"
            if line not in read.notes:
                read.notes.append(line)

        read.mentioned |= _ids(item)
        read.organizations |= _ids(item.get("organization"))
        # In our exports an attribute has the same information.
        unused |= item.keys() - _USED - ({"interpretation_services"} if "parley_id" in item else set())
        service = salvaged(Service, item, NEEDED, report)
        if service is None:
            report(": is left out")
            continue
        if any(each.id == service.id for each in read.services):
            report(f".id: {service.id} is already further up; left out")
            continue
        if taken := _found(place, service, mapping or Mapping(), today, report):
            read.services.append(taken)
    if unused:
        read.notes.append(f"Not used, because offers have no field for it: {', '.join(sorted(unused))}.")
    return read


def _ids(item: Any) -> set[str]:
    there = item.get("id") if isinstance(item, dict) else None
    return {str(there)} if isinstance(there, str | int) else set()


def _found(place: str, service: Service, mapping: Mapping, today: date, report: Report) -> Found | None:
    # A service without a status counts as open if the mapping names it.
    status = (service.status or ("active" if service.id in mapping.services else "not given")).casefold()
    taken = Found(place, service.id, service.organization, status == "active", service.parley_id)
    if not taken.is_open:
        report(f".status: must be active, and is {status}; left out")
        return taken if service.status else None
    codes = _codes(service.attributes)
    kinds = [kind] if (kind := mapping.kind(service)) else codes.get("service", [])
    problems = _problems(codes)
    if len(kinds) != 1:
        problems = [
            f".attributes: must name one kind of help (link_type service) of the taxonomy {TAXONOMY!r}",
            *problems,
        ]
    for problem in problems:
        report(problem)
    if problems:
        report(": is left out")
        return None
    named, regions = areas(service.service_areas, report)
    taken.fields = {
        "name": None if service.name == service.parley_id else service.name,
        "description": service.description,
        "programme": service.program.parley_id if service.program else None,
        "service": kinds[0],
        "areas": mapping.areas_of(service) or named,
        "regions": regions,
        **_taxonomy_fields(codes),
        **{"minimum_age": None, "maximum_age": None, **ages(service, report)},
        "eligibility_description": service.eligibility_description,
        **cost(service, today, report),
        "languages": languages(service.languages, report, ours=service.parley_id is not None),
        "assured_on": service.assured_date,
        "venues": venues(service, report),
        "opening_times": list(_opening_times(service, today, report)),
    }
    for name, longest in _LONGEST.items():
        if len(taken.fields[name] or "") > longest:
            report(f".{name}: is cut after {longest} characters")
            taken.fields[name] = taken.fields[name][:longest]
    unnamed = () if taken.fields["programme"] else ("programme",)
    taken.unspecified = frozenset((*_unspecified(codes), *unnamed))
    return taken


def _codes(attributes: Iterable[Attribute]) -> dict[str, list[str]]:
    codes: dict[str, list[str]] = {}
    for each in attributes:
        if each.taxonomy_term and each.taxonomy_term.of() == TAXONOMY and each.link_type and each.value is not None:
            codes.setdefault(each.link_type, []).append(each.value)
    return codes


def _problems(codes: dict[str, list[str]]) -> list[str]:
    """Errors in attributes of our taxonomy: a restriction that cannot be read must not be dropped."""
    unknown = [f"{dimension!r} is not a dimension" for dimension in sorted(codes.keys() - DIMENSIONS.keys())]
    found = [f".attributes: {rule} of the taxonomy {TAXONOMY!r}" for rule in unknown]
    return found + [
        f".attributes: {dimension} must be a whole number"
        for dimension in _NUMBERS
        if any(not (code.isascii() and code.isdigit()) for code in codes.get(dimension, []))
    ]


def _taxonomy_fields(codes: dict[str, list[str]]) -> dict[str, Any]:
    def number(dimension: str) -> int | None:
        return int(codes[dimension][0]) if dimension in codes else None

    children = codes.get("children", [])
    return {
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
        "interpreter": codes.get("interpreter", ["as-spoken"])[0],
        "access": codes.get("access", ["referral"])[0],
        "parents_needed": codes.get("parents-needed", ["both"])[0],
        **{name.replace("-", "_"): number(name) for name in ("sessions", "capacity", "waiting-list")},
    }


def _unspecified(codes: dict[str, list[str]]) -> Iterable[str]:
    """The fields that the codes do not specify."""
    if not codes.keys() & {*_ELIGIBILITY, "child-age-from", "child-age-to"}:
        yield "eligibility"
    for dimension in ("delivery", "interpreter", "access", "parents-needed", "sessions", "capacity", "waiting-list"):
        if dimension not in codes:
            yield dimension.replace("-", "_")


def _opening_times(service: Service, today: date, report: Report) -> Iterable[dict[str, Any]]:
    seen: set[str] = set()
    for place, schedule in _schedules(service):
        if schedule.id is not None and schedule.id in seen:
            continue  # A location repeats the service's own schedule.
        seen |= {schedule.id} if schedule.id is not None else set()
        times = opening_time(schedule, today, lambda text, at=place: report(at + text))  # type: ignore[misc]
        if times is not None:
            yield times


def _schedules(service: Service) -> Iterable[tuple[str, Schedule]]:
    for number, schedule in enumerate(service.schedules):
        yield f".schedules[{number}]", schedule
    for at, place in enumerate(service.service_at_locations):
        for number, schedule in enumerate(place.schedules):
            yield f".service_at_locations[{at}].schedules[{number}]", schedule
