"""The tables of the Human Services Data Specification 3.0 that a catalogue fills, as the tests hold an export to them.

Written from the specification's reference: what each table must have and what each field holds. The specification
allows further fields; a catalogue's own are named `parley_...` and nothing else is beside.
"""

from typing import Any

# A field is text where nothing is said. `[table]` is a list of it, `table` in braces is one of it.
_UUIDS = frozenset(
    {
        *("id", "organization_id", "service_id", "program_id", "location_id", "service_at_location_id", "link_id"),
        *("taxonomy_term_id", "taxonomy_id", "parent_id", "parent_organization_id", "contact_id", "phone_id"),
    }
)
_URIS = frozenset({"url", "website", "uri", "logo", "schedule_link", "term_uri"})
_EMAILS = frozenset({"email", "assurer_email"})
_NUMBERS = frozenset(
    {
        *("minimum_age", "maximum_age", "amount", "latitude", "longitude", "count", "interval", "timezone"),
        *("year_incorporated", "extension"),
    }
)
_ENUMERATIONS = {
    ("service", "status"): ("active", "inactive", "defunct", "temporarily closed"),
    ("location", "location_type"): ("physical", "postal", "virtual"),
    ("address", "address_type"): ("physical", "postal", "virtual"),
    ("schedule", "freq"): ("WEEKLY", "MONTHLY"),
    ("schedule", "wkst"): ("MO", "TU", "WE", "TH", "FR", "SA", "SU"),
}
# A service area's extent may be any identifier, so its `uri` is text there.
_TEXT = {("service_area", "uri")}

_OURS: dict[str, Any] = {"patternProperties": {"^parley_": {}}, "additionalProperties": False}

# What a table must have; what it may have; and the tables within it.
_TABLES: dict[str, tuple[str, str, str]] = {
    "service": (
        "id name status",
        "organization_id program_id alternate_name description url email interpretation_services application_process"
        " fees_description wait_time fees accreditations eligibility_description minimum_age maximum_age assured_date"
        " assurer_email licenses alert last_modified",
        "{organization} {program} [service_area] [service_at_location] [language] [cost_option] [schedule] [attribute]"
        " [phone] [contact]",
    ),
    "organization": (
        "id name description",
        "alternate_name email website tax_status tax_id year_incorporated legal_status logo uri parent_organization_id",
        "[program] [location] [organization_identifier] [attribute] [phone] [contact]",
    ),
    "program": ("id name description", "organization_id alternate_name", "[attribute]"),
    "organization_identifier": ("id identifier_type identifier", "organization_id identifier_scheme", "[attribute]"),
    "service_area": ("id", "service_id name description extent extent_type uri", "[attribute]"),
    "service_at_location": (
        "id",
        "service_id location_id description",
        "{location} [schedule] [attribute] [phone] [contact]",
    ),
    "location": (
        "id location_type",
        "url organization_id name alternate_name description transportation latitude longitude external_identifier"
        " external_identifier_type",
        "[address] [language] [schedule] [attribute] [phone] [contact]",
    ),
    "address": (
        "id address_1 city state_province postal_code country address_type",
        "location_id attention address_2 region",
        "[attribute]",
    ),
    "language": ("id", "service_id location_id phone_id name code note", "[attribute]"),
    "cost_option": (
        "id",
        "service_id valid_from valid_to option currency amount amount_description",
        "[attribute]",
    ),
    "schedule": (
        "id",
        "service_id location_id service_at_location_id valid_from valid_to dtstart timezone until count wkst freq"
        " interval byday byweekno bymonthday byyearday description opens_at closes_at schedule_link attending_type"
        " notes",
        "[attribute]",
    ),
    "phone": (
        "id number",
        "location_id service_id organization_id contact_id service_at_location_id extension type description",
        "[language] [attribute]",
    ),
    "contact": (
        "id",
        "organization_id service_id service_at_location_id location_id name title department email",
        "[phone] [attribute]",
    ),
    "attribute": ("id", "link_id taxonomy_term_id link_type link_entity value", "{taxonomy_term}"),
    "taxonomy_term": (
        "id name description",
        "code parent_id taxonomy language taxonomy_id term_uri",
        "{taxonomy_detail}",
    ),
    "taxonomy_detail": ("id name description", "uri version", ""),
}


def service_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a service with everything that belongs to it."""
    return {"$ref": "#/$defs/service", "$defs": {table: _schema(table) for table in _TABLES}}


def _schema(table: str) -> dict[str, Any]:
    required, others, within = (part.split() for part in _TABLES[table])
    properties = {field: _field(table, field) for field in (*required, *others)}
    for name in within:
        ref = {"$ref": f"#/$defs/{name[1:-1]}"}
        if name.startswith("["):
            plural = "addresses" if name == "[address]" else f"{name[1:-1]}s"
            properties[plural] = {"type": "array", "items": ref}
        else:
            properties[name[1:-1]] = ref
    return {"type": "object", "required": required, "properties": properties, **_OURS}


def _field(table: str, field: str) -> dict[str, Any]:
    if values := _ENUMERATIONS.get((table, field)):
        return {"enum": list(values)}
    if field in _NUMBERS:
        return {"type": "number"}
    known = {"uuid": _UUIDS, "uri": _URIS, "email": _EMAILS, "date-time": {"last_modified"}}
    formats = [name for name, fields in known.items() if field in fields and (table, field) not in _TEXT]
    return {"type": "string", "format": formats[0]} if formats else {"type": "string"}
