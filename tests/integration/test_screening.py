"""Screening on its own database: the sample's records, decided through the event core as they come from Kafka."""

import json
from typing import Any
from uuid import uuid4

import pytest

from shared.messaging.core.envelope import new_id
from tests.support.screening_service import EXPECTED, TOPIC, Screening, sample, started


@pytest.fixture
async def screening(databases: Any) -> Screening:
    return await started(databases)


async def test_every_record_of_the_sample_is_decided_or_a_dead_letter(screening: Screening) -> None:
    lines = sample()
    for start in range(0, len(lines), 500):
        await screening.send(lines[start : start + 500])

    expected = [json.loads(line) for line in EXPECTED.read_text().splitlines()]
    decided = {
        submission_id: (row["decision"], sorted(row["reasons"]), row["service"])
        for submission_id, row in (await screening.decisions()).items()
    }
    assert decided == {
        each["submission_id"]: (each["decision"], each["reasons"], each["service"])
        for each in expected
        if each["outcome"] == "screened"
    }
    dead = await screening.dead()
    assert {row["offset"] for row in dead} == {each["record"] for each in expected if each["outcome"] == "dead-letter"}
    assert all(finding["field"] and finding["rule"] for row in dead for finding in row["findings"])
    assert len(await screening.sent("screening-completed")) == len(decided)


async def test_a_broken_record_costs_only_itself(screening: Screening) -> None:
    good, other = sample(2)
    broken = {**good, "value": good["value"][:100]}
    await screening.send([good, broken, other])

    assert len(await screening.decisions()) == 2
    (letter,) = await screening.dead()
    assert letter["findings"] == [{"field": "value", "rule": "must be JSON, complete and well-formed"}]


async def test_the_same_submission_again_has_no_second_effect(screening: Screening) -> None:
    line = sample(1)[0]
    await screening.send([line, line])
    await screening.send([line])

    assert len(await screening.decisions()) == 1
    assert len(await screening.sent("screening-completed")) == 1


async def test_the_same_record_read_twice_from_kafka_has_no_second_effect(screening: Screening) -> None:
    line = {**sample(1)[0]}
    line["value"] = line["value"][:50]
    await screening.send([line])
    screening.offset = 0
    await screening.send([line])

    (letter,) = await screening.dead()
    assert letter["times_seen"] == 1
    assert len(await screening.sent(f"{TOPIC}.dead-letters")) == 1


async def test_a_dead_letter_keeps_no_personal_data_in_the_clear(screening: Screening) -> None:
    line = dict(sample(1)[0])
    value = json.loads(line["value"])
    name, phone = value["parents"][0]["name"]["family"], value["parents"][0]["contact"]["phone"]
    value["parents"][0][f"Mrs {name}"] = phone
    await screening.send([{**line, "value": json.dumps(value)}])

    (letter,) = await screening.dead()
    published = await screening.sent(f"{TOPIC}.dead-letters")
    for text in (repr(dict(letter)), json.dumps(published)):
        assert name not in text
        assert phone not in text
    assert letter["findings"][0]["rule"] == "is not a field of this record"


async def test_nothing_that_leaves_screening_names_anybody(screening: Screening) -> None:
    lines = sample(60)
    await screening.send(lines)

    rows = await screening.database.pool.fetch("SELECT key, value, headers FROM outbox")
    stored = await screening.database.pool.fetch("SELECT * FROM person")
    everything = b"".join(row["key"] + row["value"] for row in rows) + repr([dict(row) for row in stored]).encode()
    for line in lines:
        if not line["value"].endswith("}"):
            continue
        for parent in json.loads(line["value"]).get("parents", ()):
            contact = parent["contact"]
            for secret in (contact["phone"], contact["email"], contact["address"]["postcode"], parent["date_of_birth"]):
                assert secret.encode() not in everything


async def test_contact_details_leave_only_where_the_decision_is_refer(screening: Screening) -> None:
    await screening.send(sample(200))

    completed = {event["case_id"]: event["decision"] for event in await screening.sent("screening-completed")}
    with_details = {event["case_id"] for event in await screening.sent("parent-details-sealed")}
    referred = {
        event["case_id"] for event in await screening.sent("screening-completed") if event["decision"] == "refer"
    }
    assert with_details == referred
    assert "domestic-abuse-pathway" in completed.values()


async def test_a_correction_is_decided_afresh_in_the_same_case(screening: Screening) -> None:
    line = sample(2)[1]
    value = json.loads(line["value"])
    corrected = {**value, "submission_id": str(new_id()), "supersedes": value["submission_id"]}
    corrected["parents"][0]["conversation"]["answers"]["afraid-of-other-parent"] = "yes"
    await screening.send([line, {**line, "value": json.dumps(corrected)}])

    decisions = await screening.decisions()
    first, second = decisions[value["submission_id"]], decisions[corrected["submission_id"]]
    assert first["decision"] == "refer"
    assert second["decision"] == "domestic-abuse-pathway"
    assert first["case_id"] == second["case_id"]


def ids_of(people: list[dict[str, Any]]) -> dict[str, str]:
    return {each["ref"]: each["person_id"] for each in people}


async def test_whoever_a_case_has_already_keeps_their_id(screening: Screening) -> None:
    line = sample(2)[1]
    value = json.loads(line["value"])
    await screening.send([line])
    (before,) = await screening.sent("screening-completed")
    # An id that no ref leads to, as the service once gave others.
    ref, own = before["parents"][0]["ref"], uuid4()
    pool = screening.database.pool
    row = await pool.fetchrow("DELETE FROM person WHERE ref = $1 RETURNING *", ref)
    await pool.execute("INSERT INTO person VALUES ($1, $2, $3, $4, $5, $6, $7)", own, *list(row.values())[1:])

    corrected = {**value, "submission_id": str(new_id()), "supersedes": value["submission_id"]}
    corrected["children"] = [*value["children"], {**value["children"][0], "ref": "C99"}]
    await screening.send([{**line, "value": json.dumps(corrected)}])

    _, after = await screening.sent("screening-completed")
    assert ids_of(after["parents"]) == ids_of(before["parents"]) | {ref: str(own)}
    assert ids_of(after["children"]).items() > ids_of(before["children"]).items()
    details = [each["person_id"] for each in await screening.sent("parent-details-sealed")]
    assert details.count(str(own)) == 1
    assert await pool.fetchval("SELECT count(*) FROM person WHERE ref = $1", ref) == 1


async def test_an_agency_that_is_not_registered_in_the_area_is_refused(screening: Screening) -> None:
    line = sample(1)[0]
    value = {**json.loads(line["value"]), "area": "E06000001"}
    await screening.send([{**line, "value": json.dumps(value)}])

    (letter,) = await screening.dead()
    assert letter["findings"] == [{"field": "area", "rule": "is not one that this agency is registered in"}]
