"""Where each field of a front door's record may go, and which free text our own messages carry: what is not here fails.

A new field is not added here before somebody has decided where it may travel and rest.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, TypeAdapter

# Codes, opaque ids, references and days: may travel between the services, and rest, as they are.
IN_CLEAR = frozenset(
    {
        "submission_id",
        "supersedes",
        "agency",
        "area",
        "source",
        "submitted_at",
        "family_ref",
        "practitioner.role",
        "level_of_need",
        "relationship",
        "parents.ref",
        "parents.role",
        "parents.parental_responsibility",
        "parents.demographics.sex",
        "parents.demographics.ethnicity",
        "parents.demographics.first_language",
        "parents.demographics.disability",
        "parents.demographics.employment",
        # The oldest of them alone, as the day from which the screening's validity runs.
        "parents.conversation.held_on",
        "parents.agrees_to_referral",
        "parents.privacy_notice_on",
        "children.ref",
        "children.expected_on",
        "children.views_source",
        "children.takes_part",
        "prefers_without_children",
        "requested_service",
        "wrap_around.parent_ref",
        "wrap_around.practitioner.role",
        "measures.subject_ref",
        "measures.instrument",
        "measures.version",
        "measures.occasion",
        "measures.score",
        "audiences",
        "delivery",
        # As a mark that the case is of one parent.
        "other_parent",
    }
)

# Under the key of whom it is about, or not at all.
SEALED = frozenset(
    {
        "practitioner.id",
        "practitioner.name",
        "practitioner.email",
        "parents.name.given",
        "parents.name.family",
        "parents.date_of_birth",
        "parents.contact.phone",
        "parents.contact.email",
        "parents.contact.address.lines",
        "parents.contact.address.postcode",
        "parents.contact.safe_methods",
        "parents.contact.safe_times",
        "parents.contact.confidential_from_other_parent",
        "parents.conversation.alone",
        "parents.conversation.tool",
        "parents.conversation.answers",
        "parents.identifiers.kind",
        "parents.identifiers.value",
        "children.date_of_birth",
        "children.views",
        "children.identifiers.kind",
        "children.identifiers.value",
        "wrap_around.practitioner.id",
        "wrap_around.practitioner.name",
        "wrap_around.practitioner.email",
    }
)

# Only in what follows from them: the decision, its reasons, and what a person has to look at.
DECIDED_BY = frozenset(
    {
        "parents.in_crisis",
        "parents.therapy",
        "parents.wants_change",
        "parents.sees_childs_perspective",
        "parents.twin",
        "public_law_proceedings",
        "used_as_exit_strategy",
        "universal_offer",
        "measures.items",
    }
)

# Free text in what our own services send: references of the front door's, names of ours, and what is sealed.
TEXT_OF_OURS = frozenset(
    {
        "family_ref",
        "ref",
        "service",
        "version",
        "FindingMade.field",
        "FindingMade.rule",
        "NextStep.text",
        "NextStep.name",
        "NextStep.phone",
        "NextStep.url",
        "ParentDetailsShared.encrypted",
        "RecordDeadLettered.subscription",
        "RecordDeadLettered.topic",
        "Sealed.box",
        "Sealed.field",
        "UpdateRefused.explanation",
        "UpdateRefused.update",
    }
)


def leaves(model: type[BaseModel]) -> set[str]:
    """Every field of a record that holds no fields itself, by its path: lists and what may be null left out."""
    schema = model.model_json_schema()
    return set(_leaves(schema, schema.get("$defs", {}), ""))


def _leaves(node: dict[str, Any], defs: dict[str, Any], at: str) -> Iterator[str]:
    parts = [node, *node.get("anyOf", ()), *node.get("allOf", ())]
    parts = [defs[each["$ref"].rsplit("/", 1)[1]] if "$ref" in each else each for each in parts]
    inner = [each["items"] for each in parts if "items" in each] + [each for each in parts if "properties" in each]
    for each in inner:
        yield from _fields(each, defs, at) if "properties" in each else _leaves(each, defs, at)
    if not inner:
        yield at


def _fields(node: dict[str, Any], defs: dict[str, Any], at: str) -> Iterator[str]:
    for name, of in node["properties"].items():
        yield from _leaves(of, defs, f"{at}.{name}" if at else name)


def texts(shape: Any) -> set[str]:
    """Every field of a message that is free text, as `Model.field`: no code, no pattern, no format."""
    adapter = shape if isinstance(shape, TypeAdapter) else TypeAdapter(shape)
    schema = adapter.json_schema()
    found: set[str] = set()
    for node in (schema, *schema.get("$defs", {}).values()):
        for name, of in node.get("properties", {}).items():
            if any(_is_text(each) for each in _parts(of)):
                found.add(f"{node['title']}.{name}")
    return found


def _parts(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for each in node.get(key, ()):
            yield from _parts(each)
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield from _parts(node[key])


def _is_text(node: dict[str, Any]) -> bool:
    return node.get("type") == "string" and not {"enum", "const", "format", "pattern"} & node.keys()
