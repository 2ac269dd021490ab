"""Findings name field and rule; text from outside is never repeated, neither as a value nor as a name."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from shared.contracts.front_door import Submission
from shared.contracts.front_door_contacts import WrapAroundContact
from shared.contracts.provider import provider_update
from shared.messaging.consuming.subscription import json_reader
from shared.messaging.core.envelope import Envelope
from shared.messaging.core.records import Finding, Record, RejectedError
from tests.support.referral_families import P1, some_id, update_json

UNUSUAL = "zzq"
NAMES = st.from_regex(rf"[a-z]{{0,4}}{UNUSUAL}[a-z]{{0,4}}", fullmatch=True)
MEASURE = {"person": str(P1), "instrument": "phq-9", "version": "1", "occasion": "closure", "score": 1}


def findings(value: bytes, shape: Any = provider_update) -> list[Finding]:
    record = Record("provider.north.updates", 0, 0, 0, None, value)
    with pytest.raises(RejectedError) as refused:
        json_reader(shape)(record, Envelope())
    return list(refused.value.findings)


def attendance(**more: Any) -> bytes:
    body = json.loads(update_json("session"))
    entry = {"person": str(some_id("x")), "attended": "yes", **more}
    return json.dumps({**body, "number": 1, "held_on": "2025-04-02", "kind": "joint", "attendance": [entry]}).encode()


@given(name=NAMES)
def test_a_name_from_outside_is_never_repeated_wherever_it_occurs(name: str) -> None:
    update = json.loads(update_json("measure"))
    for value in (
        json.dumps({**json.loads(update_json("referral-accepted")), name: 1}),
        attendance(**{name: 1}).decode(),
        json.dumps({**update, "measure": {**MEASURE, "items": {name: "x"}}}),
        json.dumps({**update, "update": name}),
        f'{{"{name}": 1, "{name}": 2}}',
    ):
        found = findings(value.encode())
        assert found
        assert not any(UNUSUAL in finding.field + finding.rule for finding in found)


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (attendance(anna=1), "session.attendance.0.(unknown field)"),
        (attendance(resaon="late"), "session.attendance.0.(unknown field, nearest to reason)"),
        (update_json("referral-declined"), "referral-declined.reason"),
        (attendance(attended="perhaps"), "session.attendance.0.attended"),
        (b'{"number": 1, "number": 2}', "number"),
        (b'{"anna": 1, "anna": 2}', "(unknown field)"),
        (
            json.dumps({**json.loads(update_json("measure")), "measure": {**MEASURE, "items": {"9": "x"}}}).encode(),
            "measure.measure.items.9",
        ),
    ],
)
def test_the_place_is_named_and_a_typing_error_is_helped_with(value: bytes, field: str) -> None:
    assert field in [finding.field for finding in findings(value)]


@pytest.mark.parametrize("shape", [Submission, WrapAroundContact, provider_update])
def test_every_contract_of_a_party_outside_answers_an_unknown_field_without_its_name(
    shape: type[BaseModel] | TypeAdapter[Any],
) -> None:
    found = findings(json.dumps({"anna": 1, "update": "safety-concern"}).encode(), shape)
    assert any("(unknown field" in finding.field for finding in found)
    assert not any("anna" in finding.field for finding in found)
