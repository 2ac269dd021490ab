"""Corrections as screening publishes them: which one is current, with its revision, in whatever order they arrive."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.screening_records import JAGO, MORWENNA, line, screening
from tests.support.screening_service import Screening, started


@pytest.fixture
async def service(databases: Any) -> Screening:
    return await started(databases)


def reached_at(phone: str) -> dict[str, Any]:
    return {**MORWENNA, "contact": {**MORWENNA["contact"], "phone": phone}}


async def published(service: Screening) -> list[tuple[str, bool, int]]:
    return [
        (event["submission_id"], event["stands"], event["revision"])
        for event in await service.sent("screening-completed")
    ]


async def stored_number(service: Screening) -> str:
    """Morwenna's number, as it is stored."""
    (phone,) = [
        each["contact"]["phone"]
        for each in (await service.stored_details()).values()
        if each["name"]["given"] == MORWENNA["name"]["given"]
    ]
    return str(phone)


async def test_a_correction_of_the_same_time_takes_the_unsafe_number_away(service: Screening) -> None:
    unsafe = screening(reached_at("07700 900210"), JAGO, submission_id="ffffffff-0000-4000-8000-000000000001")
    safe = screening(
        reached_at("07700 900211"),
        JAGO,
        submission_id="00000000-0000-4000-8000-000000000002",
        supersedes=unsafe["submission_id"],
    )
    await service.send_each(unsafe, safe)

    assert await published(service) == [(unsafe["submission_id"], True, 1), (safe["submission_id"], True, 2)]
    details = await service.sent("parent-details-sealed")
    assert [(each["submission_id"], each["stands"], each["revision"]) for each in details] == [
        (unsafe["submission_id"], True, 1),
        (unsafe["submission_id"], True, 1),
        (safe["submission_id"], True, 2),
        (safe["submission_id"], True, 2),
    ]
    assert await stored_number(service) == "07700 900211"


async def test_what_arrives_after_its_correction_replaces_nothing_even_where_the_case_is_over(
    service: Screening,
) -> None:
    late = screening(reached_at("07700 900210"), JAGO, submitted_at="2026-05-04T12:00:00Z")
    correction = screening(reached_at("07700 900211"), JAGO, supersedes=late["submission_id"])
    await service.send_each(correction)
    (first,) = await service.sent("screening-completed")
    await service.close_case(first["case_id"])
    await service.send_each(late)

    assert await published(service) == [(correction["submission_id"], True, 1), (late["submission_id"], False, 1)]
    assert {event["case_id"] for event in await service.sent("screening-completed")} == {first["case_id"]}
    assert await stored_number(service) == "07700 900211"


@pytest.mark.parametrize("in_one_batch", [False, True])
async def test_a_correction_that_becomes_current_is_published_again(service: Screening, in_one_batch: bool) -> None:
    other = screening(reached_at("07700 900210"), JAGO, submitted_at="2026-05-04T10:00:00Z")
    corrected = screening(reached_at("07700 900211"), JAGO, submitted_at="2026-05-04T12:00:00Z")
    correction = screening(reached_at("07700 900212"), JAGO, supersedes=corrected["submission_id"])
    if in_one_batch:
        await service.send([line(other), line(correction), line(corrected)])
    else:
        await service.send_each(other, correction, corrected)

    assert await published(service) == [
        (other["submission_id"], True, 1),
        (correction["submission_id"], False, 1),
        (corrected["submission_id"], False, 1),
        (correction["submission_id"], True, 2),
    ]
    again = (await service.sent("parent-details-sealed"))[-2:]
    assert {(each["submission_id"], each["stands"], each["revision"]) for each in again} == {
        (correction["submission_id"], True, 2)
    }
    assert await stored_number(service) == "07700 900212"


async def test_a_stamp_in_the_future_is_not_above_a_withdrawal_that_comes_later(service: Screening) -> None:
    now = datetime.now(UTC)
    for minutes in (4, 3):
        too_early = screening(submitted_at=(now + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ"))
        await service.send_each(too_early)
    withdrawal = screening(
        {**MORWENNA, "agrees_to_referral": False},
        JAGO,
        submitted_at=(datetime.now(UTC) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    await service.send_each(withdrawal)

    assert (await published(service))[-1] == (withdrawal["submission_id"], True, 3)
