"""Finds the services of an HSDS document in any of its forms, each with its organization.

The forms are: a list of services or organizations, a page of an API, a single service, organization or service at a
location, and the tables of a tabular export. An organization may be described once and then referred to by its id.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from deploy.directory.hsds.salvage import without_nothing
from deploy.stack.errors import ParleyError

Json = dict[str, Any]
_CONTAINERS = ("contents", "content", "services", "organizations")
# The tables whose rows belong to a service, and the field of the service that holds them.
_OF_SERVICE = {
    "service_areas": "service_areas",
    "languages": "languages",
    "cost_options": "cost_options",
    "schedules": "schedules",
}


@dataclass
class Document:
    """The services of a document with their positions. `is_part`: the document is one page of several."""

    services: list[tuple[str, Json]] = field(default_factory=list)
    is_part: bool = False
    findings: list[str] = field(default_factory=list)


def read_json(path: Path) -> Any:
    """Parses a file. Raises `ParleyError` if it is not JSON in UTF-8 or repeats a key in an object."""

    def once(pairs: list[tuple[str, Any]]) -> Json:
        found: Json = {}
        for name, value in pairs:
            if name in found:
                raise ParleyError(f"{path}: {name!r} is given twice in one object. Nothing was imported.")
            found[name] = value
        return found

    def no_number(text: str) -> Any:
        raise ParleyError(f"{path}: {text} is not a JSON number. Nothing was imported.")

    try:
        # Some publishers begin with a byte order mark.
        text = path.read_text(encoding="utf-8-sig")
        return json.loads(text, parse_float=_number, object_pairs_hook=once, parse_constant=no_number)
    except OSError as error:
        raise ParleyError(f"{path} can't be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        where = f" line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise ParleyError(f"{path}{where} is not JSON in UTF-8.") from None


def _number(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except ArithmeticError:
        return text  # Out of range: treated as text.


def services_of(document: Any) -> Document:
    """Every service of a document, without nulls and blank texts."""
    found = Document()
    try:
        document = without_nothing(document)
    except RecursionError:
        found.findings.append("is nested too deeply for HSDS")
        return found
    if isinstance(document, dict) and (tables := _tables(document)):
        _add(found, "services", _from_tables(tables))
    elif isinstance(document, dict) and (name := _container(document)):
        pages = document.get("total_pages", document.get("totalPages"))
        found.is_part = isinstance(pages, int) and pages > 1
        _add(found, name, document[name])
    elif isinstance(document, dict):
        _add(found, "services", [document])
    elif isinstance(document, list):
        _add(found, "services", document)
    else:
        found.findings.append("must be an array of HSDS services")
    _join_organizations(document, found)
    return found


def _container(document: Json) -> str | None:
    """The field that holds the list of items; None if the document is an item itself, such as an organization."""
    if "id" in document and "name" in document:
        return None
    return next((name for name in _CONTAINERS if name in document), None)


def _add(found: Document, name: str, items: Any) -> None:
    if not isinstance(items, list):
        found.findings.append(f"{name}: must be a list")
        return
    for number, item in enumerate(items):
        place = f"{name}[{number}]"
        if not isinstance(item, dict):
            found.findings.append(f"{place}: must be an object")
        elif isinstance(item.get("services"), list):
            owner = {key: value for key, value in item.items() if key != "services"}
            for at, service in enumerate(item["services"]):
                if isinstance(service, dict):
                    found.services.append((f"{place}.services[{at}]", {"organization": owner, **service}))
        elif isinstance(item.get("service"), dict) and "organization" not in item:
            at_location = {key: value for key, value in item.items() if key != "service"}
            found.services.append((f"{place}.service", {"service_at_locations": [at_location], **item["service"]}))
        elif "status" in item or "organization" in item or "organisation" in item or "organization_id" in item:
            found.services.append((place, dict(item)))
        else:
            found.findings.append(f"{place}: is not a service: it has neither status nor organization")


def _join_organizations(document: Any, found: Document) -> None:
    """Gives each service its complete organization, as first described in the document."""
    known: dict[str, Json] = {}

    def learn(organization: Any) -> Json | None:
        if not isinstance(organization, dict) or not isinstance(organization.get("id"), str | int):
            return None
        whole = known.setdefault(str(organization["id"]), {})
        for name, value in organization.items():
            whole.setdefault(name, value)
        return whole

    if isinstance(document, dict):
        for name in ("organizations", "organizations.csv"):
            for organization in document[name] if isinstance(document.get(name), list) else []:
                learn(organization)
    for _, service in found.services:
        if "organisation" in service:
            service.setdefault("organization", service.pop("organisation"))
        learn(service.get("organization"))
    for place, service in found.services:
        own = service.get("organization", {"id": service.get("organization_id")})
        if (whole := learn(own)) is None:
            continue
        found.findings += [
            f"{place}.organization.{name}: differs from an earlier value, which is used"
            for name in ("name", "email")
            if own.get(name, whole.get(name)) != whole.get(name)
        ]
        service["organization"] = dict(whole)


def _tables(document: Json) -> dict[str, list[Json]]:
    """The tables of a tabular export by name; empty for other documents."""
    named = {name.removesuffix(".csv"): rows for name, rows in document.items() if name.endswith(".csv")}
    return {
        name: [dict(row) for row in rows if isinstance(row, dict)]
        for name, rows in named.items()
        if isinstance(rows, list)
    }


def _from_tables(tables: Mapping[str, list[Json]]) -> list[Json]:
    def rows(table: str, column: str, owner: Json) -> list[Json]:
        return [row for row in tables.get(table, []) if row.get(column) == owner.get("id")]

    return list(_nested(tables, rows))


def _nested(tables: Mapping[str, list[Json]], rows: Callable[[str, str, Json], list[Json]]) -> Iterator[Json]:
    terms = {row.get("id"): row for row in tables.get("taxonomy_terms", [])}
    organizations = {row.get("id"): row for row in tables.get("organizations", [])}
    locations = {
        row.get("id"): {**row, "addresses": rows("addresses", "location_id", row)}
        for row in tables.get("locations", [])
    }
    for service in tables.get("services", []):
        places = rows("service_at_location", "service_id", service) or rows(
            "service_at_locations", "service_id", service
        )
        yield {
            **service,
            "organization": organizations.get(service.get("organization_id"), {}),
            **{name: rows(table, "service_id", service) for table, name in _OF_SERVICE.items()},
            "service_at_locations": [{**row, "location": locations.get(row.get("location_id"), {})} for row in places],
            "attributes": [
                {**row, "taxonomy_term": terms.get(row.get("taxonomy_term_id"), {})}
                for row in rows("attributes", "link_id", service)
            ],
        }
