"""A record in which every field that is to be sealed has a value of its own: none of them leaves or rests in clear."""

from datetime import date
from typing import Any

from shared.contracts.front_door import Submission
from shared.privacy.register.classified import field_kinds
from shared.privacy.register.fields import leaves
from tests.support.screening_records import JAGO, MORWENNA, child, screening
from tests.support.screening_service import started

SEALED = {leaf.path for leaf in leaves(Submission) if field_kinds()[leaf.name].at_rest == "sealed"}
# What they hold is a code that many other fields hold too, or a boolean: nothing to search for.
_CODES = {
    "parents.contact.safe_methods",
    "parents.contact.confidential_from_other_parent",
    "parents.conversation.alone",
    "parents.conversation.tool",
    "parents.conversation.answers",
    "parents.identifiers.kind",
    "children.identifiers.kind",
}


def _whole() -> dict[str, Any]:
    numbers = [{"kind": "other", "value": ""}]
    who = {**MORWENNA, "identifiers": numbers}
    contact = {"email": "", "address": {"lines": [""], "postcode": ""}, "safe_times": ""}
    who["contact"] = {**who["contact"], **contact}
    return screening(who, JAGO, children=[child("C1", views="", identifiers=numbers)])


def _marked(node: Any, path: str, marks: dict[str, str]) -> Any:
    """The record with a value of its own in each field that is to be sealed."""
    if isinstance(node, dict):
        return {key: _marked(value, f"{path}.{key}" if path else key, marks) for key, value in node.items()}
    if isinstance(node, list):
        return [_marked(value, path, marks) for value in node]
    if path not in SEALED - _CODES or node is None:
        return node
    number = len(marks)
    value = f"{date(1971 if path.startswith('parents') else 2012, 1 + number % 12, 3 + number % 25)}"
    if not path.endswith("date_of_birth"):
        value = f"mark{number:03}x{path.rpartition('.')[2]}"
    marks[value] = path
    return value


async def _at_rest(database: Any) -> str:
    """All that is in the service's tables, what waits to be sent included. Bytes as the text that they are."""
    tables = await database.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    texts = []
    for table in tables:
        rows = await database.pool.fetch(f'SELECT * FROM "{table["tablename"]}"')  # noqa: S608 - from the catalogue
        texts += [repr(dict(row)) for row in rows]
    return "\n".join(texts)


def _as_kept(mark: str) -> str:
    """A day in a column of days, as Python writes it; anything else is written as it is."""
    return repr(date.fromisoformat(mark)) if mark[:1].isdecimal() else mark


async def test_what_is_to_be_sealed_neither_leaves_nor_is_stored_in_clear(databases: Any) -> None:
    service = await started(databases)
    marks: dict[str, str] = {}
    record = _marked(_whole(), "", marks)
    assert set(marks.values()) == SEALED - _CODES, "give a new field a value in this record"
    broken = {**record, "submission_id": "no id", "family_ref": "F-2"}
    broken["parents"][1]["agrees_to_referral"] = False
    await service.send_each(_marked(_whole(), "", {}), broken)

    assert len(await service.sent("screening-completed")) == len(await service.sent("stop-reported")) == 1
    everything = await _at_rest(service.database)
    assert record["family_ref"] in everything
    found = {path for mark, path in marks.items() if mark in everything or _as_kept(mark) in everything}
    assert not found
