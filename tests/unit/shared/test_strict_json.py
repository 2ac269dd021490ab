"""JSON from parties outside: whatever two readers could take in two ways is refused, at any depth."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.front_door import Submission
from shared.contracts.strict_json import StrictJsonError, check_json
from shared.messaging.consuming.subscription import json_reader
from shared.messaging.core.envelope import Envelope
from shared.messaging.core.records import Record, RejectedError
from tests.support.families import submissions

_LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
_JSON = st.recursive(
    _LEAVES | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=12,
)


def _nested(value: Any, levels: list[str], text: bytes) -> bytes:
    """This text below so many levels of objects and lists, beside an ordinary value."""
    beside = orjson.dumps(value)
    for level in levels:
        text = b'{"a": %b, "%b": %b}' % (beside, b"b", text) if level == "object" else b"[%b, %b]" % (beside, text)
    return text


@given(_JSON)
def test_what_is_json_is_read(value: Any) -> None:
    check_json(orjson.dumps(value))


@given(_JSON, _JSON, st.lists(st.sampled_from(["object", "list"]), max_size=5), st.sampled_from(["k", "\\u006b"]))
def test_a_repeated_key_is_refused_at_any_depth(first: Any, second: Any, levels: list[str], again: str) -> None:
    twice = b'{"k": %b, "%b": %b}' % (orjson.dumps(first), again.encode(), orjson.dumps(second))
    with pytest.raises(StrictJsonError) as refused:
        check_json(_nested(None, levels, twice))
    assert (refused.value.key, refused.value.rule) == ("k", "must not be given twice")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
@given(levels=st.lists(st.sampled_from(["object", "list"]), max_size=5))
def test_what_is_no_number_is_refused_and_reported(number: str, levels: list[str]) -> None:
    with pytest.raises(StrictJsonError, match="NaN and Infinity are no JSON numbers"):
        check_json(_nested(1, levels, number.encode()))


@pytest.mark.parametrize("text", [b"", b"{", b'{"a": 1}{', b"\xff", b'{"a": "\\ud800"}', b"'a'"])
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(StrictJsonError, match="complete and well-formed"):
        check_json(text)


def test_what_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(StrictJsonError, match="nested"):
        check_json(b"[" * 5_000 + b"]" * 5_000)


@given(submissions(may_disclose=False), st.sampled_from([b"NaN", b"1e999", b"-1e999"]))
def test_a_score_that_is_not_finite_is_a_finding_of_its_field_or_of_the_text(
    record: dict[str, Any], score: bytes
) -> None:
    record["measures"] = [
        {"subject_ref": "P1", "instrument": "core-10", "version": "1", "occasion": "baseline", "score": 424242}
    ]
    text = orjson.dumps(record).replace(b"424242", score)
    with pytest.raises(RejectedError) as refused:
        json_reader(Submission)(Record("front-door.a.screenings", 0, 0, 0, None, text), Envelope())
    [finding] = refused.value.findings
    assert finding.field == ("measures.0.score" if score != b"NaN" else "value")
    assert "finite" in finding.rule or "NaN" in finding.rule
