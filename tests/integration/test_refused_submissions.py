"""A front door's record that cannot be used: its findings are published, and what is certain takes effect."""

import copy
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.screening.handlers.refused_records import RefusedRecordHandlers
from shared.messaging.core.envelope import new_id
from shared.messaging.core.records import NO_EFFECTS, Record
from shared.messaging.timers.clock import Clock
from tests.support.screening_service import AGENCY, TOPIC, Screening, sample

AREA = "E10000014"
Values = dict[str, Any]


@pytest.fixture
async def screening(databases: Any) -> Screening:
    service = Screening(await databases("screening"))
    await service.register([AGENCY], [AREA, "E10000030"])
    return service


def family() -> Values:
    """A whole record of the school's that is decided `refer`."""
    values: Values = json.loads(sample(2)[1]["value"])
    values = json.loads(json.dumps(values).replace(values["agency"], AGENCY))
    return values | {"area": AREA, "source": "school"}


def disclosed(values: Values) -> Values:
    values = copy.deepcopy(values)
    values["parents"][1]["conversation"]["answers"]["physical-harm"] = "yes"
    return values


def withdrawn(values: Values) -> Values:
    values = copy.deepcopy(values)
    values["parents"][0]["agrees_to_referral"] = False
    return values


def another(values: Values, **changed: Any) -> Values:
    return {**values, "submission_id": str(new_id()), **changed}


async def send(screening: Screening, *sent: Values | bytes, topic: str = TOPIC, key: bytes = b"key") -> None:
    records = []
    for each in sent:
        value = each if isinstance(each, bytes) else json.dumps(each).encode()
        records.append(Record(topic, 0, screening.offset, 1_700_000_000_000, key, value))
        screening.offset += 1
    assert await screening.consumers["front-doors"].process(records) == set()


async def findings(screening: Screening) -> list[tuple[str, str]]:
    published = await screening.sent("submission-refused")
    dead = await screening.dead()
    # A letter is found by its record, and they are of one batch.
    assert sorted(str(each["findings"]) for each in published) == sorted(
        str([{"field": one["field"], "rule": one["rule"]} for one in each["findings"]]) for each in dead
    )
    return [(finding["field"], finding["rule"]) for each in published for finding in each["findings"]]


async def stops(screening: Screening) -> list[dict[str, Any]]:
    return await screening.sent("stop-reported")


BROKEN = {
    "a number": lambda text: text.replace('"measures": []', '"measures": [{"score": NaN}]'),
    "a repeated key": lambda text: '{"relationship": "together", ' + text[1:],
    "an unknown field": lambda text: '{"worker": "somebody", ' + text[1:],
    "an impossible day": lambda text: text.replace('"held_on": "20', '"held_on": "90', 1),
    "a wrong type": lambda text: text.replace('"in_crisis": false', '"in_crisis": "no"', 1),
    "a character": lambda text: text.replace('"safe_times": null', '"safe_times": "a\\u0000b"', 1),
    "too many": lambda text: text.replace('"children": [', '"children": [' + '{"ref": "C"},' * 30, 1),
    "cut off": lambda text: text[:-40],
}


@pytest.mark.parametrize("how", BROKEN)
async def test_a_sign_and_a_withdrawal_take_effect_whatever_else_is_wrong(screening: Screening, how: str) -> None:
    values = family() | {"measures": []}
    for parent in values["parents"]:
        parent["contact"]["safe_times"] = None
    await send(screening, values)
    (before,) = await screening.sent("screening-completed")
    wrong = another(withdrawn(disclosed(values)), supersedes=values["submission_id"])
    broken = BROKEN[how](json.dumps(wrong))
    assert broken != json.dumps(wrong)
    await send(screening, broken.encode())

    (stop,) = await stops(screening)
    assert (stop["sign_of_abuse"], stop["parent_does_not_agree"]) == (True, True)
    assert (stop["case_id"], stop["family_ref"], stop["area"]) == (before["case_id"], values["family_ref"], AREA)
    assert stop["submitted_at"] == values["submitted_at"]
    assert stop["parents"] == [before["parents"][0]["person_id"]]
    assert await findings(screening)
    (published,) = await screening.sent("submission-refused")
    assert (published["agency"], published["submission_id"]) == (AGENCY, wrong["submission_id"])
    # Whose coordinators see that it is not in.
    assert published["area"] == before["area"]
    # The front door never learns that a sign was found in it.
    assert "abuse" not in json.dumps(published)
    # The family's people are known already: nobody looks for them again.
    assert len(await screening.sent("parent-identity-sealed")) == len(before["parents"])


@pytest.mark.parametrize("size", [300_000, 1_000_000])
async def test_a_sign_in_a_record_that_is_too_large_counts(screening: Screening, size: int) -> None:
    values = disclosed(family())
    many = {"ref": "C", "views": "x" * 4000, "takes_part": True}
    large = json.dumps({"siblings": [many] * (size // 4040), **values})
    assert len(large) > 256 * 1024
    await send(screening, large.encode())
    (stop,) = await stops(screening)
    assert (stop["sign_of_abuse"], stop["family_ref"]) == (True, values["family_ref"])
    assert await findings(screening)


async def test_a_broken_record_without_either_is_reported_and_stops_nothing(screening: Screening) -> None:
    await send(screening, another(family(), worker="somebody"), family() | {"source": 7})
    assert [field for field, _ in await findings(screening)] == ["(unknown field)", "source"]
    assert not await stops(screening)
    assert not await screening.database.pool.fetch("SELECT FROM family")


async def test_the_same_broken_record_again_has_no_second_effect(screening: Screening) -> None:
    broken = another(disclosed(family()), worker="somebody")
    await send(screening, broken, broken)
    await send(screening, broken)
    assert len(await stops(screening)) == 1
    assert len(await screening.sent("submission-refused")) == 1
    (letter,) = await screening.dead()
    assert letter["times_seen"] == 3


async def test_a_family_that_is_new_has_its_case_opened_and_is_looked_for(screening: Screening) -> None:
    values = withdrawn(disclosed(family()))
    values["parents"][1]["contact"]["phone"] = 7
    await send(screening, another(values))
    (stop,) = await stops(screening)
    published = await screening.sent("parent-identity-sealed")
    assert {each["case_id"] for each in published} == {stop["case_id"]}
    assert len({each["person_id"] for each in published}) == len(values["parents"]) == published[0]["parents"]
    assert {each["submission_id"] for each in published}.isdisjoint({values["submission_id"]})

    values["parents"][1]["contact"]["phone"] = "07700 900123"
    await send(screening, values)
    (mended,) = await screening.sent("screening-completed")
    assert mended["case_id"] == stop["case_id"]
    assert {each["person_id"] for each in mended["parents"]} == {each["person_id"] for each in published}
    assert stop["parents"] == [mended["parents"][0]["person_id"]]


async def test_a_family_whose_case_has_ended_gets_a_new_one(screening: Screening) -> None:
    values = family()
    await send(screening, values)
    await screening.database.pool.execute("UPDATE family SET closed = true")
    await send(screening, another(disclosed(values), worker="somebody"))
    await send(screening, another(values))
    (first, second) = await screening.sent("screening-completed")
    (stop,) = await stops(screening)
    assert first["case_id"] != stop["case_id"] == second["case_id"]


@pytest.mark.parametrize(
    ("changed", "key", "expected"),
    [
        ({"family_ref": None}, b"their-key", "their-key"),
        ({"family_ref": "\0"}, b"their-key", "their-key"),
        ({"family_ref": None, "supersedes": True}, b"their-key", "of the first"),
        ({"family_ref": 7}, b"", "unreadable-"),
        ({"family_ref": 7}, b"\xff", "unreadable-"),
    ],
)
async def test_a_sign_without_its_family_reaches_somebody(
    screening: Screening, changed: Values, key: bytes, expected: str
) -> None:
    first = family() | {"family_ref": "of the first"}
    await send(screening, first)
    changed = {**changed, "supersedes": first["submission_id"] if changed.get("supersedes") else None}
    await send(screening, another(disclosed(first), **changed), key=key)
    (stop,) = await stops(screening)
    assert stop["family_ref"].startswith(expected)
    assert stop["sign_of_abuse"]


async def test_a_record_for_another_agency_counts_for_whose_topic_it_came_on(screening: Screening) -> None:
    values = disclosed(family()) | {"agency": "hants-mash", "area": "E09000016"}
    await send(screening, values)
    assert await findings(screening) == [("agency", "must be the agency whose topic this is")]
    (stop,) = await stops(screening)
    assert (stop["agency"], stop["area"]) == (AGENCY, AREA)


async def test_a_source_that_the_agency_is_not_registered_as_is_a_finding(screening: Screening) -> None:
    await send(screening, another(family(), source="police"), another(disclosed(family()), source="police"))
    assert await findings(screening) == [("source", "is not one that this agency is registered as")] * 2
    assert len(await stops(screening)) == 1
    # Registered before sources were stored: nothing is known to hold against it.
    await screening.database.pool.execute("UPDATE agency SET sources = NULL")
    await send(screening, another(family(), source="police"))
    assert len(await screening.decisions()) == 1


async def test_a_record_of_an_agency_that_is_not_registered_waits_for_its_area(screening: Screening) -> None:
    topic, values = "front-door.new-gp.screenings", disclosed(family()) | {"agency": "new-gp"}
    await send(screening, values, topic=topic)
    await send(screening, another(values, area="E06000001"), topic=topic)
    (stop,) = await stops(screening)
    assert (stop["agency"], stop["area"]) == ("new-gp", AREA)
    assert not await screening.sent("submission-refused")
    reported, waiting = await screening.dead()
    assert NO_EFFECTS.as_json() not in reported["findings"]
    assert NO_EFFECTS.as_json() in waiting["findings"]


class AfterNow:
    """Times by the clock of this machine."""

    def __init__(self, **by: float) -> None:
        self.text = (datetime.now(UTC) + timedelta(**by)).isoformat()


async def test_a_time_in_the_future_is_a_finding_and_moves_nothing(screening: Screening) -> None:
    values = family()
    await send(screening, values)
    too_late = [another(values, submitted_at=AfterNow(**by).text) for by in ({"minutes": 6}, {"days": 13_000})]
    fine = another(values, submitted_at=AfterNow(minutes=4).text)
    await send(screening, *too_late, fine, another(withdrawn(values), submitted_at=AfterNow(days=9).text))
    rule = "must not be ahead of the clock by more than 5 minutes"
    assert (await findings(screening)).count(("submitted_at", rule)) == 3
    (stop,) = await stops(screening)
    assert stop["parent_does_not_agree"]
    assert datetime.fromisoformat(stop["submitted_at"]) <= datetime.now(UTC) + timedelta(minutes=5)
    assert set(await screening.decisions()) == {values["submission_id"], fine["submission_id"]}
    assert screening.clock.newest is not None
    assert screening.clock.newest <= datetime.now(UTC) + timedelta(minutes=5)


async def test_a_calendar_that_was_moved_forward_takes_records_of_its_day(screening: Screening) -> None:
    day = datetime(2040, 3, 5, 9, tzinfo=UTC)
    screening.clock.move_to(day)
    values = family() | {"children": []}
    inside, outside = (another(values, submitted_at=(day + timedelta(minutes=by)).isoformat()) for by in (4, 6))
    await send(screening, inside, outside)
    assert list(await screening.decisions()) == [inside["submission_id"]]


def test_the_bound_is_no_events_own() -> None:
    clock = Clock("events")
    clock.now(datetime(2062, 1, 1, tzinfo=UTC))
    assert clock.latest() <= datetime.now(UTC)
    before = clock.newest
    assert clock.beside(datetime(2070, 1, 1, tzinfo=UTC)).year == 2070
    assert clock.newest == before


def rewritten(values: Values) -> bytes:
    """The same content, written otherwise as JSON."""
    text = json.dumps(dict(reversed(values.items())), indent=3, ensure_ascii=True)
    stamp = datetime.fromisoformat(values["submitted_at"]).astimezone(tz=None).isoformat()
    return text.replace(values["submitted_at"], stamp).replace('"score": 7', '"score": 7.0').encode()


async def test_the_same_content_again_is_a_duplicate_however_it_is_written(screening: Screening) -> None:
    values = family()
    values["measures"] = [
        {"subject_ref": values["parents"][0]["ref"], "instrument": "gad-7", "version": "1", "occasion": "baseline"}
        | {"score": 7, "items": None}
    ]
    await send(screening, values, rewritten(values))
    await send(screening, rewritten(values), values)
    assert len(await screening.sent("screening-completed")) == 1
    assert not await screening.dead()


@pytest.mark.parametrize("together", [True, False])
async def test_other_content_under_a_used_id_is_a_finding_and_a_sign_in_it_counts(
    screening: Screening, together: bool
) -> None:
    values = family()
    changed = [values | {"level_of_need": "child-in-need"}, disclosed(values)]
    if together:
        await send(screening, values, *changed)
    else:
        await send(screening, values)
        await send(screening, *changed)
    rule = "was used for another record; send it with a new one, superseding the old"
    assert await findings(screening) == [("submission_id", rule)] * 2
    (decided,) = await screening.sent("screening-completed")
    (stop,) = await stops(screening)
    assert (stop["case_id"], stop["sign_of_abuse"]) == (decided["case_id"], True)
    # What was decided before contents were stored: nobody can know that it is another.
    await screening.database.pool.execute("UPDATE submission SET content = NULL")
    await send(screening, values | {"level_of_need": "child-protection"})
    assert len(await screening.dead()) == 2
    # A sign that was not there before is another, all the same.
    changed = disclosed(values) | {"level_of_need": "child-protection"}
    await send(screening, changed)
    assert len(await stops(screening)) == 2


async def test_effects_that_fail_are_tried_again_with_the_letter(
    screening: Screening, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any) -> None:
        raise KeyError("a value that must not be logged")

    with monkeypatch.context() as patched:
        patched.setattr(RefusedRecordHandlers, "_report", fails)
        await send(screening, another(disclosed(family()), worker="somebody"))
    (letter,) = await screening.dead()
    assert NO_EFFECTS.as_json() in letter["findings"]
    assert not await stops(screening)

    consumer = screening.consumers["front-doors"]
    broken = json.dumps(another(disclosed(family()), worker="somebody")).encode()
    await consumer.attempt(Record(TOPIC, 0, 0, 1_700_000_000_000, b"key", broken), letter["id"], "operator")
    assert len(await stops(screening)) == 1
