"""What a party is answered about a value that breaks a rule; lists and dictionaries cost no more than their bounds."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.contracts.front_door import Submission
from shared.contracts.provider import provider_update
from shared.messaging.core.findings import findings_of

_IDS = {"update_id": "0197a8a0-0000-7000-8000-000000000001", "case_id": "0197a8a0-0000-7000-8000-000000000002"}
_CLOSED = {**_IDS, "occurred_at": "2025-05-01T10:00:00Z", "update": "case-closed", "reason": "completed"}
_PARTIES: tuple[TypeAdapter[Any], ...] = (TypeAdapter(Submission), provider_update)
_DICTIONARIES = {("Conversation", "answers"), ("Measure", "items"), ("PersonMeasure", "items")}
_MODULES = frozenset(f"shared.contracts.{name}" for name in ("front_door", "provider", "identifiers"))


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"case_id": 7}, "case-closed.case_id", "must be a UUID"),
        ({"case_id": "x"}, "case-closed.case_id", "must be a UUID"),
        ({"views": [{}] * 51}, "case-closed.views", "must have at most 50 items"),
        (
            {"reason": "tired"},
            "case-closed.reason",
            "must be 'completed', 'ended-early', 'no-contact', 'withdrawn' or 'unsuitable'",
        ),
    ],
)
def test_a_rule_reads_as_json_has_it(change: dict[str, Any], field: str, rule: str) -> None:
    with pytest.raises(ValidationError) as caught:
        provider_update.validate_json(json.dumps(_CLOSED | change))
    assert [(each.field, each.rule) for each in findings_of(caught.value, provider_update)] == [(field, rule)]


def _models(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from ((name, part) for name, part in schema.get("$defs", {}).items() if "properties" in part)
    if "properties" in schema:
        yield schema["title"], schema


def _bounded() -> Iterator[tuple[str, str, str]]:
    for party in _PARTIES:
        for name, model in _models(party.json_schema()):
            for field, part in model["properties"].items():
                options = [part, *part.get("anyOf", [])]
                if any(option.get("type") == "array" or "maxProperties" in option for option in options):
                    yield party.json_schema().get("title", "update"), name, field


def _class(name: str, above: type[BaseModel] = BaseModel) -> type[BaseModel] | None:
    for each in above.__subclasses__():
        if each.__name__ == name and each.__module__ in _MODULES:
            return each
        if found := _class(name, each):
            return found
    return None


@pytest.mark.parametrize(("party", "model", "field"), [*_bounded()])
def test_what_is_too_long_is_refused_before_its_items_are_looked_at(party: str, model: str, field: str) -> None:
    # Each wrong item is an error of some hundred bytes, and a record has room for 80,000 of them.
    shape = _class(model)
    assert shape is not None
    many = {str(at): [] for at in range(5_000)} if (shape.__name__, field) in _DICTIONARIES else [{}] * 5_000
    with pytest.raises(ValidationError) as caught:
        shape.model_validate_json(json.dumps({field: many}))
    assert [each["type"] for each in caught.value.errors() if each["loc"][0] == field] == ["too_long"], party
