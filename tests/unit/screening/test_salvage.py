"""What is certain in a refused record: found whatever else is wrong with it, and never where nobody gave it."""

import copy
import json
import random
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.screening.domain.salvage import Salvaged, salvage
from shared.contracts.front_door import Submission
from shared.contracts.strict_json import StrictJsonError, check_json
from shared.contracts.vocabulary import AbuseIndicator
from tests.support.families import submissions

Values = dict[str, Any]
_INDICATORS = sorted(AbuseIndicator)


def _places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a record, its own left out."""
    for key in node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
        yield (*path, key)
        yield from _places(node[key], (*path, key))


def _certain(path: tuple[Any, ...]) -> bool:
    """Whether a place holds, or holds what holds, an answer or an agreement."""
    return path[-1] in ("answers", "conversation", "agrees_to_referral", "parents", *_INDICATORS) or (
        path[0] == "parents" and len(path) == 2
    )


def _set(values: Values, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        values = values[key]
    values[path[-1]] = value


_WRONG: st.SearchStrategy[Any] = st.sampled_from(
    [None, 7, -1.5, True, "", "\0", "x" * 5000, [], {}, [[]], "31/02/2025", float("inf"), 10**400]
)


@st.composite
def wrong_elsewhere(draw: st.DrawFn, values: Values) -> bytes:
    """The record with one part of it spoilt that is no answer and no agreement."""
    values = copy.deepcopy(values)
    place = draw(st.sampled_from([path for path in _places(values) if not _certain(path)]))
    kind = draw(st.sampled_from(["type", "unknown", "number", "repeated", "many"]))
    if kind == "type":
        _set(values, place, draw(_WRONG))
    elif kind == "many":
        values["children"] = [{"ref": "C"} for _ in range(draw(st.integers(21, 300)))]
    elif kind == "unknown":
        values[draw(st.text(max_size=9)) + "?"] = draw(_WRONG)
    text = json.dumps(values)
    if kind == "number":
        return text[:-1].encode() + b', "score": ' + draw(st.sampled_from([b"NaN", b"-Infinity", b"1e999"])) + b"}"
    if kind == "repeated":
        key = draw(st.sampled_from(["area", "source", "parents", "measures", "relationship"]))
        return f'{{"{key}": {json.dumps(draw(_WRONG))}, {text[1:]}'.encode()
    return text.encode()


def _disclosed(values: Values, who: int, indicator: str) -> Values:
    values = copy.deepcopy(values)
    parent = values["parents"][who % len(values["parents"])]
    parent["conversation"] = {"held_on": "2025-03-20", "alone": True, "tool": "dash", "answers": {indicator: "yes"}}
    return values


def _calm(values: Values) -> Values:
    values = copy.deepcopy(values)
    for parent in values["parents"]:
        parent["agrees_to_referral"] = True
    return values


CALM = submissions(may_disclose=False).map(_calm)


def _all(found: list[Salvaged]) -> tuple[bool, bool]:
    return any(each.sign_of_abuse for each in found), any(each.parent_does_not_agree for each in found)


@given(values=CALM, who=st.integers(0, 2), indicator=st.sampled_from(_INDICATORS), data=st.data())
def test_a_yes_counts_whatever_else_is_wrong(values: Values, who: int, indicator: str, data: st.DataObject) -> None:
    assert _all(salvage(data.draw(wrong_elsewhere(_disclosed(values, who, indicator))))) == (True, False)


@given(values=CALM, who=st.integers(0, 2), data=st.data())
def test_that_a_parent_does_not_agree_counts_and_is_that_parents(values: Values, who: int, data: st.DataObject) -> None:
    parent = values["parents"][who % len(values["parents"])]
    parent["agrees_to_referral"] = False
    (found,) = salvage(data.draw(wrong_elsewhere(values)))
    assert _all([found]) == (False, True)
    # Which parent it is may be what is wrong.
    assert found.not_agreeing in ((parent["ref"],), ()) or len(found.not_agreeing) == 1


@given(values=CALM, data=st.data())
def test_nothing_is_found_where_nobody_stated_it(values: Values, data: st.DataObject) -> None:
    assert _all(salvage(data.draw(wrong_elsewhere(values)))) == (False, False)


@given(values=CALM, who=st.integers(0, 2), indicator=st.sampled_from(_INDICATORS), data=st.data())
def test_a_text_that_is_no_json_loses_no_answer(values: Values, who: int, indicator: str, data: st.DataObject) -> None:
    text = json.dumps(_disclosed(values, who, indicator))
    after = text.index(f'"{indicator}": "yes"') + len(f'"{indicator}": "yes"')
    kind = data.draw(st.sampled_from(["cut", "character", "comma", "written by str", "noise"]))
    if kind == "cut":
        text = text[: data.draw(st.integers(after, len(text) - 1))]
    elif kind == "written by str":
        text = str(json.loads(text))
    elif kind == "comma":
        text = text.replace("}", ",}")
    else:
        outside = [*range(after - len(indicator) - 9), *range(after, len(text))]
        at = data.draw(st.sampled_from(outside))
        put = data.draw(st.sampled_from(['"', "{", "}", "[", ",", ":", "\\", "'", "\n"])) if kind == "noise" else ""
        text = text[:at] + put + text[at + (kind == "character") :]
    assert _all(salvage(text.encode()))[0]


@given(values=CALM, cut=st.floats(0, 1), noise=st.sampled_from(['"', "}", "{", "'", "\\", ""]))
def test_a_text_that_is_no_json_makes_up_no_answer(values: Values, cut: float, noise: str) -> None:
    text = json.dumps(values)
    at = int(cut * len(text))
    for broken in (text[:at], text[:at] + noise + text[at:], text[at:], str(values)):
        assert _all(salvage(broken.encode())) == (False, False)


@given(values=CALM, indicator=st.sampled_from(_INDICATORS), first=st.booleans())
def test_a_yes_among_several_answers_is_a_yes(values: Values, indicator: str, first: bool) -> None:
    answers = ['"yes"', '"no"'] if first else ['"no"', '"yes"']
    twice = ", ".join(f'"{indicator}": {answer}' for answer in answers)
    text = json.dumps(_disclosed(values, 0, indicator)).replace(f'"{indicator}": "yes"', twice)
    with pytest.raises(StrictJsonError):
        check_json(text.encode())
    assert _all(salvage(text.encode())) == (True, False)


def _record() -> Values:
    values: Values = CALM.filter(lambda each: len(each["parents"]) == 2).example()
    return values


WRITTEN: dict[str, Callable[[Values], Any]] = {
    "a string": lambda values: json.dumps(values),
    "a list": lambda values: [values],
    "an envelope": lambda values: {"specversion": "1.0", "data": values},
    "a line of a file": lambda values: {"topic": "t", "key": "k", "value": json.dumps(values)},
}


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
@pytest.mark.parametrize("how", WRITTEN)
def test_a_record_inside_something_else_is_read(how: str) -> None:
    values = _disclosed(_record(), 1, "controls-money")
    (found,) = salvage(orjson.dumps(WRITTEN[how](values)))
    assert (found.sign_of_abuse, found.family_refs) == (True, (values["family_ref"],))


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-32-be"])
def test_another_encoding_of_json_is_read(encoding: str) -> None:
    assert salvage(json.dumps(_disclosed(_record(), 0, "physical-harm")).encode(encoding))[0].sign_of_abuse


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
@pytest.mark.parametrize("between", [",", "\n", " "])
def test_of_several_records_in_one_each_has_its_own_family(between: str) -> None:
    one, two = _record(), _disclosed(_record(), 0, "physical-harm")
    one["family_ref"], two["family_ref"] = "F-1", "F-2"
    text = f"{json.dumps(one)}{between}{json.dumps(two)}"
    for written in (text, f"[{json.dumps(one)},{json.dumps(two)}]"):
        assert {each.family_refs: each.sign_of_abuse for each in salvage(written.encode())} == {
            ("F-1",): False,
            ("F-2",): True,
        }


@pytest.mark.parametrize(
    ("part", "sign"),
    [
        ('"other_parent": "no-contact-order"', True),
        ('"other_parent": "unsafe-to-contact", "other_parent": null', True),
        ('"other_parent": "deceased"', False),
        ('"measures": [{"instrument": "phq9", "items": {"9": 1}, "score": NaN}]', True),
        ('"measures": [{"instrument": "phq9", "items": {"9": "2"}}]', True),
        ('"measures": [{"instrument": "phq9", "items": {"9": 3, "9": 0}}]', True),
        ('"measures": [{"instrument": "phq9", "items": {"9": 0, "1": 3}, "score": 1e999}]', False),
        ('"parents": [{"conversation": {"answers": {"physical-harm": true}}}]', True),
        ('"parents": [{"conversation": {"answers": {"Physical_Harm ": "YES"}}}]', True),
        ('"parents": [{"conversation": {"answers": {"physical-harm": ["yes"]}}}]', True),
        ('"parents": [{"conversation": {"answers": [{"indicator": "physical-harm", "answer": "yes"}]}}]', True),
        ('"parents": [{"conversation": {"answers": {"physical-harm": "unsure"}}}]', False),
        ('"parents": [{"conversation": {"answers": {"arguments-frequent": "yes"}}}]', False),
        ('"children": [{"views": "she said \\"physical-harm\\": \\"yes\\""}]', False),
    ],
)
def test_what_is_a_sign_and_what_is_none(part: str, sign: bool) -> None:
    (found,) = salvage(f'{{"family_ref": "F", {part}}}'.encode())
    assert (found.sign_of_abuse, found.parent_does_not_agree) == (sign, False)


def test_what_is_named_twice_is_not_guessed() -> None:
    (found,) = salvage(
        b'{"family_ref": "A", "family_ref": "B", "area": "E10000014", "area": "E10000015",'
        b' "submitted_at": "2025-04-01T09:00:00+01:00", "submission_id": "no id"}'
    )
    assert found.family_refs == ("A", "B")
    assert (found.area, found.submission_id) == (None, None)
    assert found.submitted_at is not None
    assert found.submitted_at.isoformat() == "2025-04-01T08:00:00+00:00"


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_do_no_harm(value: bytes) -> None:
    assert salvage(value)


@pytest.mark.parametrize("piece", ["[", "{", '{"a":', '"\\', "[],", '"\\"', '{"answers":', '"{'])
def test_a_large_record_of_any_kind_takes_little_memory(piece: str) -> None:
    value = (piece * (60_000 // len(piece))).encode()
    tracemalloc.start()
    assert _all(salvage(value)) == (False, False)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 250 * len(value)


def test_a_sign_at_the_end_of_a_large_record_is_found() -> None:
    rng = random.Random(7)
    children = [{"ref": f"C{number}", "views": "x" * rng.randrange(40)} for number in range(9_600)]
    values = {"children": children, "parents": [{"conversation": {"answers": {"physical-harm": "yes"}}}]}
    assert salvage(orjson.dumps(values))[0].sign_of_abuse


def test_the_fields_that_are_read_are_those_of_the_contract() -> None:
    read = {"family_ref", "area", "submission_id", "supersedes", "submitted_at", "other_parent", "parents", "children"}
    assert read <= set(Submission.model_fields)
