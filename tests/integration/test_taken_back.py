"""What was filed under the wrong family, or in error, is taken back: it no longer counts, the right one is current."""

import json
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest

from tests.support.screening_records import (
    JAGO,
    MORWENNA,
    PIRAN,
    WENNA,
    disclosing,
    line,
    mended,
    screening,
    strangers,
    taking_back,
)
from tests.support.screening_service import Screening, started

Values = dict[str, Any]


@pytest.fixture
async def service(databases: Any) -> Screening:
    return await started(databases)


async def sent(service: Screening, topic: str, *fields: str) -> list[tuple[Any, ...]]:
    return [tuple(event[field] for field in fields) for event in await service.sent(topic)]


async def cases(service: Screening) -> dict[str, str]:
    """The case of each family."""
    return dict(await sent(service, "screening-completed", "family_ref", "case_id"))


async def refused(service: Screening) -> list[str]:
    letters = await service.dead()
    return [f"{one['field']}: {one['rule']}" for each in letters for one in each["findings"]]


async def current(service: Screening) -> dict[str, str | None]:
    """The submission that is stored as current of each case, by its family."""
    rows = await service.database.pool.fetch("SELECT case_id, submission_id FROM standing")
    families = {case_id: family for family, case_id in (await cases(service)).items()}
    return {families.get(str(row["case_id"]), "?"): row["submission_id"] and str(row["submission_id"]) for row in rows}


@pytest.mark.parametrize("in_one_batch", [False, True])
async def test_a_record_of_another_family_is_taken_back_and_screened_under_its_own(
    service: Screening, in_one_batch: bool
) -> None:
    own, wrong = screening(), strangers()
    right = mended(wrong)
    if in_one_batch:
        await service.send([line(own), line(wrong), line(right)])
    else:
        await service.send_each(own, wrong, right)

    assert not await service.dead()
    of = await cases(service)
    assert of["F-1"] != of["F-2"]
    (back,) = await service.sent("screening-taken-back")
    assert (back["case_id"], back["family_ref"], back["submission_id"]) == (of["F-1"], "F-1", wrong["submission_id"])
    assert (back["because"], back["stands"]) == ("filed-under-another-family", own["submission_id"])
    # The family's own screening is still current: the stranger's was in question, and took precedence over nothing.
    published = await sent(service, "screening-completed", "submission_id", "stands", "revision")
    assert (own["submission_id"], True, back["revision"]) in published
    assert back["revision"] == 1
    assert await current(service) == {"F-1": own["submission_id"], "F-2": right["submission_id"]}
    # Its people are its own, and the other family's are found again under their own.
    (first, *_) = await service.sent("screening-completed")
    query = "SELECT person_id FROM person WHERE part = 'takes-part' AND kind = 'parent'"
    rows = await service.database.pool.fetch(query)
    taking_part = {str(row["person_id"]) for row in rows}
    assert {each["person_id"] for each in first["parents"]} <= taking_part
    assert len(taking_part) == 4
    assert not await service.sent("stop-reported")


async def test_where_it_was_all_that_there_was_nothing_is_current(service: Screening) -> None:
    wrong = strangers()
    await service.send_each(wrong, mended(wrong))
    (back,) = await service.sent("screening-taken-back")
    assert (back["stands"], back["revision"]) == (None, 2)
    # The people of the case to come are nobody's strangers.
    await service.send_each(screening(submitted_at="2026-05-07T09:00:00Z"))
    (*_, own) = await service.sent("screening-completed")
    assert (own["family_ref"], own["stands"], own["attention"]) == ("F-1", True, [])


async def test_whatever_the_order_the_same_is_in_force_in_the_end(service: Screening) -> None:
    ends = set()
    for order in permutations(range(3)):
        own, wrong = screening(family_ref="F-1"), strangers()
        right, number = mended(wrong), "".join(map(str, order))
        records = [{**each, "family_ref": f"{each['family_ref']}/{number}"} for each in (own, wrong, right)]
        names = {each["submission_id"]: name for each, name in zip(records, ("own", "wrong", "right"), strict=True)}
        await service.send_each(*(records[place] for place in order))
        now = await current(service)
        ends.add(tuple(names[now[f"{family}/{number}"] or ""] for family in ("F-1", "F-2")))
        (*_, back) = await service.sent("screening-taken-back")
        assert (names[back["submission_id"]], back["family_ref"]) == ("wrong", f"F-1/{number}")
    assert ends == {("own", "right")}
    assert not await service.dead()


@pytest.mark.parametrize("late", [False, True])
async def test_a_sign_in_what_was_taken_back_is_its_own_familys_too(service: Screening, late: bool) -> None:
    wrong = strangers(disclosing(WENNA), PIRAN)
    right = mended(strangers(), supersedes=wrong["submission_id"])
    await service.send_each(*((right, wrong) if late else (wrong, right)))
    (stop,) = await service.sent("stop-reported")
    assert (stop["family_ref"], stop["case_id"]) == ("F-2", (await cases(service))["F-2"])
    assert (stop["sign_of_abuse"], stop["parent_does_not_agree"]) == (True, False)
    # Of what comes too late nothing is published but that it is void.
    published = [submission for (submission,) in await sent(service, "screening-completed", "submission_id")]
    assert (wrong["submission_id"] in published) is not late
    assert (wrong["submission_id"] in str(await service.sent("parent-details-sealed"))) is False


async def test_what_was_filed_in_error_is_taken_back(service: Screening) -> None:
    first = screening()
    correction = screening(MORWENNA, {**JAGO, "in_crisis": True}, supersedes=first["submission_id"])
    await service.send_each(first, correction)
    await service.send([{**line(first), "value": json.dumps(taking_back(correction))}])
    (back,) = await service.sent("screening-taken-back")
    assert (back["because"], back["stands"], back["revision"]) == ("filed-in-error", first["submission_id"], 3)
    published = await sent(service, "screening-completed", "submission_id", "revision")
    assert published[-1] == (first["submission_id"], 3)

    await service.send([{**line(first), "value": json.dumps(taking_back(first))}])
    (_, last) = await service.sent("screening-taken-back")
    assert (last["stands"], last["revision"]) == (None, 4)
    # Its id stays used: the same record again is a repeat of what counts no longer.
    await service.send_each(first)
    assert len(await service.sent("screening-completed")) == len(published)
    assert not await service.dead()


async def test_what_came_below_another_is_taken_back_without_a_change(service: Screening) -> None:
    first = screening()
    correction = screening(supersedes=first["submission_id"])
    await service.send_each(first, correction)
    await service.send([{**line(first), "value": json.dumps(taking_back(first))}])
    (back,) = await service.sent("screening-taken-back")
    assert (back["stands"], back["revision"]) == (correction["submission_id"], 2)
    assert len(await service.sent("screening-completed")) == 2


async def test_what_cannot_be_taken_back_is_refused_with_a_finding(service: Screening) -> None:
    filed = screening()
    elsewhere = {**screening(), "agency": "hants-mash", "source": "mash"}
    await service.send_each(filed, elsewhere)
    wrong: list[tuple[Values, str]] = [
        (taking_back({**filed, "submission_id": str(uuid4())}), "takes_back: must name a submission of this agency"),
        (taking_back(elsewhere), "takes_back: must name a submission of this agency"),
        (taking_back(filed, family_ref="F-9"), "family_ref: must be the one that the submission was filed under"),
        (taking_back(filed, agency="hants-mash"), "agency: must be the agency whose topic this is"),
        (taking_back(filed, sent_at="2062-01-01T00:00:00Z"), "sent_at: must not be ahead of the clock"),
        (taking_back(filed, because="no longer wanted"), "because: "),
        (taking_back(filed, worker="somebody"), "(unknown field): is not a field of this record"),
        (taking_back(filed, takes_back=None), "takes_back: "),
    ]
    for record, _ in wrong:
        await service.send([{**line(filed), "value": json.dumps(record)}])
    assert not await service.sent("screening-taken-back")
    for finding, (_, expected) in zip(await refused(service), wrong, strict=True):
        assert finding.startswith(expected), finding
    assert len(await service.sent("submission-refused")) == len(wrong)

    twice = [taking_back(filed, sent_at=f"2026-05-0{day}T00:00:00Z") for day in (6, 7)]
    await service.send([{**line(filed), "value": json.dumps(each)} for each in twice])
    assert len(await service.sent("screening-taken-back")) == 1
    assert (await refused(service))[-1] == "takes_back: names a submission that was taken back already"


async def test_a_whole_record_with_a_field_too_many_takes_nothing_back(service: Screening) -> None:
    filed = screening()
    await service.send_each(filed, {**screening(disclosing(MORWENNA), JAGO), "takes_back": filed["submission_id"]})
    assert not await service.sent("screening-taken-back")
    assert await service.dead()
    (stop,) = await service.sent("stop-reported")
    assert stop["sign_of_abuse"]
