"""What a person gets of each table, field and box is in the register, and whoever adds one has to decide."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import orjson
import pytest

from services import TOPOLOGY
from services.screening.domain.personal_data import child_secrets, identity_secrets, parent_secrets
from shared.contracts.front_door import Submission
from shared.contracts.vocabulary import AbuseIndicator, ConflictIndicator
from shared.privacy.register import kinds as register
from shared.privacy.register import subject_access
from shared.privacy.register.kinds import Kind, RegisterError, kinds
from shared.privacy.register.subject_access import box_field, table_rules
from tests.support.screening_records import child, parent, screening

NUMBER = [{"kind": "other", "value": "n-1"}]


@pytest.mark.parametrize("service", TOPOLOGY.services)
def test_every_table_about_people_has_a_rule(service: str) -> None:
    rules = table_rules(service)
    assert rules
    for rule in rules.values():
        assert rule.whose == "nobody" or rule.title, rule.table


@pytest.mark.parametrize("kind", ["case-id", "person-words", "staff-words"])
def test_a_table_that_is_added_would_be_found(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table_rules.cache_clear()
    known = subject_access.service_columns("screening")
    monkeypatch.setattr(subject_access, "service_columns", lambda _: {**known, "diary.page": kinds()[kind]})
    with pytest.raises(RegisterError, match="diary is missing: say whose its rows are"):
        table_rules("screening")
    table_rules.cache_clear()


@pytest.mark.parametrize(
    ("entry", "finding"),
    [
        ({"of": "person", "title": "Notes", "rows": "case_id = $case"}, r"chosen by \$case and \$person"),
        ({"of": "case", "title": "Notes", "rows": "case_id = $case", "given": "sealed"}, "sealed is withheld"),
        ({"of": "case", "title": "Notes", "rows": "case_id = $case", "given": "who"}, "who is redacted"),
        ({"of": "case", "title": "Notes", "rows": "case_id = $case", "given": "word"}, "there is no column word"),
    ],
)
def test_a_rule_that_would_give_too_much_is_refused(entry: Mapping[str, Any], finding: str) -> None:
    known = table_rules("referral")["case_note"].kinds
    with pytest.raises(RegisterError, match=finding):
        subject_access._rule("referral", "case_note", entry, known)


def test_a_personal_kind_has_an_access_and_what_may_harm_is_withheld() -> None:
    def findings(sensitivity: str, access: str | None) -> list[str]:
        kind = Kind("mood", sensitivity, ("parent",), "sealed", frozenset(), "case", "a mood", (), access)
        return register._findings(kind, kinds())

    assert findings("code", "given") == []
    assert findings("code", None) == ["what becomes of it when its person asks for it is not said (access)"]
    assert findings("code", "shown") == ["access has no shown"]
    for sensitivity in ("safety", "free-text"):
        assert findings(sensitivity, "withheld") == []
        assert findings(sensitivity, "given") == [f"what is {sensitivity} is withheld until somebody decides"]
    for name in ("conversation", "safe-contact", "abuse-sign", "decision", "child-views", "staff-words"):
        assert kinds()[name].access == "withheld"
    assert {kinds()[name].access for name in ("staff-name", "practitioner-name", "panel-member-name")} == {"redacted"}


def _paths(node: Any, at: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _paths(value, f"{at}.{name}" if at else name)
    elif isinstance(node, list):
        for each in node:
            yield from _paths(each, at)
    else:
        yield at


def test_every_value_that_is_sealed_of_a_person_is_in_the_register_of_boxes() -> None:
    """Whatever a front door can say of somebody: what the register does not know would only be withheld, and missed."""
    answers = {each.value: "no" for each in (*AbuseIndicator, *ConflictIndicator)}
    talk = {"held_on": "2026-05-01", "alone": True, "tool": "dash", "answers": answers}
    whole = parent("P1", "Ann", "Other", "1987-04-12", address={"lines": ["1 Lane"], "postcode": "ZZ9 9ZZ"})
    people = [{**whole, "identifiers": NUMBER, "conversation": talk}, parent("P2", "Ben", "Other", "1985-04-12")]
    unborn = {**child("C2", None), "expected_on": "2026-08-01", "identifiers": NUMBER}
    record = screening(*people, children=[child("C1", views="says", identifiers=NUMBER), unborn])
    submission = Submission.model_validate_json(orjson.dumps(record))
    ids = {ref: uuid4() for ref in ("P1", "P2", "C1", "C2")}
    secrets = [
        *(each for found in parent_secrets(ids, submission).values() for each in found),
        *(each for found in child_secrets(ids, submission).values() for each in found),
        *identity_secrets(ids, submission).values(),
    ]
    unknown = {
        (each.field, path)
        for each in secrets
        for path in _paths(each.value)
        if path and not box_field(each.field, path)
    }
    assert unknown == set()
    given = {path for path in _paths(talk) if (known := box_field("conversation", path)) and known.access == "given"}
    assert not given & {f"answers.{each.value}" for each in AbuseIndicator}
    assert {"held_on", "answers.arguments-frequent"} <= given
