"""What a front door may send: bounds of each list and text, dates that can be so, and numbers with check digits."""

from datetime import date, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.contracts.front_door import Submission
from shared.contracts.identifiers import Identifier
from shared.contracts.vocabulary import IdentifierKind
from shared.messaging.core.findings import findings_of
from tests.support.families import SUBMITTED, submission_of, submissions

_DAY = SUBMITTED.date()


def _family() -> dict[str, Any]:
    parent = {
        "ref": "P1",
        "name": {"given": "Ada", "family": "Pell"},
        "date_of_birth": "1988-02-29",
        "role": "mother",
        "parental_responsibility": True,
        "contact": {
            "phone": "07700 900100",
            "email": None,
            "address": {"lines": ["1 Example Street"], "postcode": "ZZ1 1ZZ"},
            "safe_methods": ["phone"],
            "safe_times": None,
            "confidential_from_other_parent": False,
        },
        "demographics": dict.fromkeys(("sex", "ethnicity", "first_language", "disability", "employment"), "not-stated"),
        "conversation": {
            "held_on": _DAY.isoformat(),
            "alone": True,
            "tool": "dash",
            "answers": {"physical-harm": "no"},
        },
        "in_crisis": False,
        "therapy": "none",
        "wants_change": True,
        "sees_childs_perspective": True,
        "agrees_to_referral": True,
        "privacy_notice_on": _DAY.isoformat(),
    }
    child = {"ref": "C1", "date_of_birth": "2015-01-01", "views": None, "views_source": "direct", "takes_part": False}
    worker = {"id": "w-1", "name": "Ivo Pryce", "role": "teacher", "email": "w1@agency.example.org"}
    measure = {"subject_ref": "P1", "instrument": "core-10", "version": "1", "occasion": "baseline", "score": 3.0}
    return {
        "submission_id": "0190163d-8694-739b-aea5-966c26f8ad91",
        "supersedes": None,
        "agency": "hants-schools",
        "area": "E10000014",
        "source": "school",
        "submitted_at": "2025-04-01T09:00:00Z",
        "family_ref": "F1",
        "practitioner": worker,
        "level_of_need": "targeted",
        "relationship": "separated",
        "parents": [parent],
        "children": [child],
        "public_law_proceedings": False,
        "used_as_exit_strategy": False,
        "universal_offer": "used",
        "prefers_without_children": False,
        "requested_service": None,
        "wrap_around": [{"parent_ref": "P1", "practitioner": worker}],
        "measures": [measure],
    }


def _fields(record: dict[str, Any]) -> list[str]:
    """The fields of what is found wrong; empty where nothing is."""
    try:
        submission_of(record)
    except ValidationError as error:
        return [finding.field for finding in findings_of(error, Submission)]
    return []


def _many(record: dict[str, Any], name: str, number: int) -> None:
    one = record[name][0]
    renamed = [{**one, "ref": f"{one['ref']}-{each}"} if "ref" in one else one for each in range(number)]
    record[name] = [one, *renamed[1:]] if number else []


@pytest.mark.parametrize(("name", "most"), [("parents", 8), ("children", 20), ("wrap_around", 20), ("measures", 200)])
def test_each_list_has_a_bound(name: str, most: int) -> None:
    record = _family()
    _many(record, name, most)
    assert _fields(record) == []
    _many(record, name, most + 1)
    assert _fields(record) == [name]


@pytest.mark.parametrize(
    ("path", "most", "field"),
    [
        (("family_ref",), 200, "family_ref"),
        (("children", 0, "views"), 4000, "children.0.views"),
        (("parents", 0, "name", "given"), 300, "parents.0.name.given"),
    ],
)
def test_each_text_has_a_bound_and_no_nul(path: tuple[Any, ...], most: int, field: str) -> None:
    for text, found in (("x" * most, []), ("x" * (most + 1), [field]), ("a\0b", [field])):
        record = _family()
        holder = record
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = text
        assert _fields(record) == found


def test_items_of_a_measure_are_bounded_and_finite() -> None:
    record = _family()
    record["measures"][0]["items"] = {str(number): 0.0 for number in range(101)}
    assert _fields(record) == ["measures.0.items"]


@given(
    st.sampled_from(
        [
            ("parents.0.date_of_birth", 1),
            ("parents.0.privacy_notice_on", 1),
            ("parents.0.conversation.held_on", 1),
            ("children.0.date_of_birth", 1),
            ("children.0.date_of_birth", -1),
            ("children.0.expected_on", 1),
            ("children.0.expected_on", -1),
            ("parents.0.conversation.held_on", -1),
        ]
    ),
    st.integers(1, 20_000),
)
def test_a_date_that_cannot_be_so_is_a_finding_of_its_field(which: tuple[str, int], days: int) -> None:
    field, direction = which
    allowed = {
        ("children.0.date_of_birth", -1): timedelta(days=26 * 366),
        ("children.0.expected_on", 1): timedelta(days=365),
        ("children.0.expected_on", -1): timedelta(days=60),
        # The parent of this family was born on that day.
        ("parents.0.conversation.held_on", -1): _DAY - date(1988, 2, 29),
    }.get(which, timedelta(0))
    record = _family()
    *path, name = field.split(".")
    holder: Any = record
    for step in path:
        holder = holder[int(step) if step.isdigit() else step]
    if name == "expected_on":
        holder.pop("date_of_birth")
    holder[name] = (_DAY + direction * (allowed + timedelta(days=days))).isoformat()
    assert _fields(record) == [field]


@pytest.mark.parametrize("born", [{}, {"date_of_birth": "2015-01-01", "expected_on": "2025-05-01"}])
def test_a_child_is_born_or_expected(born: dict[str, str]) -> None:
    record = _family()
    record["children"][0].pop("date_of_birth")
    record["children"][0] |= born
    assert _fields(record) == ["children.0.date_of_birth"]


@given(submissions())
def test_every_family_that_can_be_so_is_taken(record: dict[str, Any]) -> None:
    assert submission_of(record) == Submission.model_validate_json(orjson.dumps(record))


@given(st.integers(0, 999_999_999), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_of_an_nhs_number_is_found(number: int, place: int, by: int) -> None:
    digits = [int(each) for each in f"{number:09d}"]
    check = 11 - sum(weight * digit for weight, digit in zip(range(10, 1, -1), digits, strict=True)) % 11
    if check == 10:
        return  # no such number is given out
    whole = [*digits, check % 11]
    text = "".join(map(str, whole))
    assert Identifier(kind=IdentifierKind.NHS_NUMBER, value=text).compact() == text
    assert Identifier(kind=IdentifierKind.NHS_NUMBER, value=f"{text[:3]} {text[3:6]} {text[6:]}").compact() == text
    whole[place] = (whole[place] + by) % 10
    with pytest.raises(ValidationError):
        Identifier(kind=IdentifierKind.NHS_NUMBER, value="".join(map(str, whole)))


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("B801200005001", True),
        ("b801200005001", True),
        ("A801200005001", False),
        # Of an authority formed in 2023: the letter alone is looked at.
        ("V940200005001", None),
        ("80120000500", False),
    ],
)
def test_of_a_upn_the_letter_alone_is_checked(value: str, right: bool | None) -> None:
    letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
    if right is None:
        taken = [each for each in letters if _is_upn(each + value[1:])]
        assert len(taken) == 1
        return
    assert _is_upn(value) is right


def _is_upn(value: str) -> bool:
    try:
        Identifier(kind=IdentifierKind.UPN, value=value)
    except ValidationError:
        return False
    return True
