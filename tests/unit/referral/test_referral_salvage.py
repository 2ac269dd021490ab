"""What is certain in a provider's record that could not be used, whatever else is wrong with it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.safety.salvage import salvage
from tests.support.referral_families import P1, some_id

CASE, UPDATE, OTHER = some_id("case"), some_id("update"), some_id("other")
IDS = {"update_id": str(UPDATE), "case_id": str(CASE)}
ITEMS = {"instrument": "PHQ 9", "version": "1", "score": "many", "items": {"phq9_9": 2, "x": None}}
SIGNS: list[dict[str, Any]] = [
    {"update": "safety-concern"},
    {"update": "Safety_Concern"},
    {"update": "initial-assessment", "outcome": "safety-concern"},
    {"update": "initial-assessment", "outcome": "suitable", "parents": [{}, {"outcome": "SAFETY CONCERN"}]},
    {"update": "measure", "measure": {"person": str(P1), **ITEMS}},
    {"update": "case-closed", "measures": [{}, 7, ITEMS]},
]
JUNK = st.dictionaries(
    st.text(max_size=8).filter(lambda name: name not in {"update", "case_id", "update_id"}),
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.lists(st.integers(), max_size=3),
    max_size=4,
)


@given(sign=st.sampled_from(SIGNS), before=JUNK, after=JUNK)
def test_a_sign_is_found_among_whatever_else_a_record_holds(sign: Any, before: Any, after: Any) -> None:
    record = {**before, **IDS, **{name: after[name] for name in after if name not in sign}, **sign}
    reported = salvage(json.dumps(record).encode())
    assert (reported.case_id, reported.update_id, bool(reported.sign)) == (CASE, UPDATE, True)


@given(cut=st.integers(0, 40), junk=st.binary(max_size=20))
def test_a_sign_is_found_in_a_record_that_breaks_off(cut: int, junk: bytes) -> None:
    text = json.dumps({**IDS, "update": "safety-concern", "note": "x" * 30}).encode()
    reported = salvage(text[: len(text) - cut] + junk)
    assert (reported.case_id, reported.sign) == (CASE, "safety-concern")


@pytest.mark.parametrize(
    ("value", "key", "case_id"),
    [
        (json.dumps({"update": "safety-concern"}), str(CASE), CASE),
        (json.dumps({"update": "safety-concern", "case_id": str(CASE)}), str(OTHER), CASE),
        (f'{{"case_id": "{CASE}", "case_id": "{OTHER}", "update": "safety-concern"}}', str(CASE), None),
        (json.dumps({"update": "safety-concern", "case_id": 7}), str(CASE), None),
        (json.dumps({"update": "safety-concern"}), "", None),
    ],
)
def test_whose_it_is_is_never_guessed(value: str, key: str, case_id: Any) -> None:
    assert salvage(value.encode(), key.encode()).case_id == case_id


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps({**IDS, "update": "concern", "note": "no safety-concern here"}).encode(),
        json.dumps({**IDS, "update": "measure", "measure": {**ITEMS, "items": {"9": 0}}}).encode(),
        json.dumps({**IDS, "update": "measure", "measure": {**ITEMS, "items": {"9": float("nan")}}}).encode(),
        json.dumps(
            {**IDS, "update": "initial-assessment", "outcome": "suitable", "parents": "safety-concern"}
        ).encode(),
    ],
)
def test_nothing_is_read_into_a_record_that_does_not_state_it(value: bytes) -> None:
    assert salvage(value).sign is None
