"""What outcomes keeps of each event: by the contract's own rules, and written as the contract writes it."""

from datetime import date
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services import TOPOLOGY
from services.outcomes.domain.detail import LEVELS, Level, contents_of, restored, stored
from services.outcomes.domain.facts import DETAILS, as_json, retracted
from services.outcomes.domain.pseudonyms import Pseudonyms
from services.outcomes.domain.readings import COLUMNS, READINGS
from services.outcomes.handlers.reading import history_reader
from shared.contracts import referral
from shared.contracts.outcomes import FactRecorded
from shared.messaging.core.envelope import read_headers
from shared.messaging.core.records import Record, RejectedError
from tests.contracts.generated import fields_of
from tests.support.case_stories import Story, every_kind_of_event

PSEUDONYMS = Pseudonyms(bytes(range(32)))
SESSION: dict[str, Any] = {
    "case_id": "11111111-1111-4111-8111-111111111111",
    "occurred_at": "2025-04-01T08:12:00Z",
    "sequence": 4,
    "area": "E10000014",
    "agency": "hants-schools",
    "family_ref": "family-7",
    "referral_id": "22222222-2222-4222-8222-222222222222",
    "provider": "mediation-now",
    "service": "mediation",
    "number": 1,
    "held_on": "2025-04-08",
    "kind": "joint",
    "attendance": [{"person_id": "33333333-3333-4333-8333-333333333333", "attended": "late"}],
}


def record(fields: Any, event_type: str | None = "parley.session-recorded.v1") -> Record:
    headers = (("ce_type", event_type.encode()),) if event_type else ()
    value = fields if isinstance(fields, bytes) else orjson.dumps(fields)
    return Record("session-recorded", 0, 0, 0, b"key", value, headers)


def test_every_row_fits_its_table() -> None:
    events = [*every_kind_of_event(), *Story(children=3).screened("not-ready").events]
    assert {type(event) for event in events} == set(READINGS)
    for event in events:
        reading = READINGS[type(event)]
        rows = reading.rows(reading.json.validate_json(event.model_dump_json())).rows
        assert rows
        for table, values in rows:
            assert len(values) == len(COLUMNS[table])


def test_nothing_is_read_that_is_not_kept() -> None:
    kept = READINGS[referral.SessionRecorded].json.validate_python(SESSION | {"attendance": []})
    assert "family_ref" not in kept
    assert "agency" not in kept


@pytest.mark.parametrize(
    ("field", "value"),
    [("case_id", "nobody"), ("sequence", "soon"), ("held_on", None), ("occurred_at", "2025-04-01T08:12:00+01:00")],
)
def test_a_record_that_breaks_a_rule_of_the_contract_is_refused_with_the_fields_name(field: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        referral.SessionRecorded.model_validate(SESSION | {field: value})
    broken = record({**SESSION, field: value})
    with pytest.raises(RejectedError) as refused:
        history_reader(referral.SessionRecorded)(broken, read_headers(broken.headers))
    assert [finding.field for finding in refused.value.findings] == [field]


def test_a_type_that_is_not_ours_is_passed_over_and_one_without_a_type_is_refused() -> None:
    read = history_reader(referral.CaseClosed)
    other = record(SESSION)
    assert read(other, read_headers(other.headers)) is None
    untyped = record(SESSION, None)
    with pytest.raises(RejectedError):
        read(untyped, read_headers(untyped.headers))


# Whatever the contract has, so that a field which it gains is tried without anybody's doing.
rows = st.tuples(fields_of(FactRecorded).map(lambda fields: FactRecorded(**fields)), st.text(max_size=40)).map(
    lambda made: (
        {name: getattr(made[0], name) for name in ("case_id", "fact", *DETAILS)}
        | {"happened_on": made[0].on, "subject": made[1]}
    )
)


@given(rows, st.booleans(), st.sampled_from(LEVELS))
def test_a_fact_is_written_as_its_contract_writes_it(row: dict[str, Any], taken_back: bool, level: Level) -> None:
    case, fact_id = PSEUDONYMS.of_case(row["case_id"]), PSEUDONYMS.of_fact(row["case_id"], row["fact"], row["subject"])
    for content in contents_of([row], level, date(2100, 1, 1), at_once=True).values():
        fields = dict(retracted(stored(content))) if taken_back else stored(content)
        value = as_json(fields, str(case), str(fact_id), 3)
        fact = FactRecorded.model_validate_json(value)
        assert (fact.case_id, fact.fact_id, fact.release, fact.fact) == (case, fact_id, 3, row["fact"])
        assert orjson.loads(value) == fact.model_dump(mode="json")
        assert restored(stored(content)) == content
        assert set(orjson.loads(value)) == set(FactRecorded.model_fields)


def test_every_topic_that_outcomes_may_read_is_read() -> None:
    """What happens to a family and is measured by nobody would look as if it had never happened."""
    may = {definition.name for definition in TOPOLOGY.internal_topics() if "outcomes" in definition.readers}
    assert may == {event.topic for event in READINGS} | {"training", "directory", "notices"}
