"""Follow-up after the months that the area says, on real PostgreSQL; counting again within 6 and 12 stays as it is."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.referral.domain.calendar.schedule import Rules, scheduled_steps
from services.referral.domain.deciders.screenings import decide_screening
from shared.contracts.directory import directory_entry
from tests.support.referral_families import (
    AREA,
    P1,
    P2,
    START,
    closing,
    context,
    new_case,
    screening,
    session,
    some_id,
    update_json,
)
from tests.support.referral_service import CASE, DIRECTORY, area, running
from tests.support.referral_work import after, at_work

MONTHS = {"first_follow_up_months": 3, "second_follow_up_months": 9}


async def test_the_areas_months_are_those_that_the_calendar_goes_by(databases: Any) -> None:
    async with running(databases, *DIRECTORY, area(AREA) | MONTHS) as referral:
        await referral.screened(screening())
        came = [{"person": each, "attended": "yes"} for each in (P1, P2)]
        held = session(1, update_id=some_id("held"), occurred_at="2025-04-04T09:30:00Z", attendance=came)
        await referral.updated(
            update_json("referral-accepted", number=1, day=1),
            update_json("initial-assessment", number=2, day=2, outcome="suitable", parents_seen=[P1, P2]),
            held.model_dump_json().encode(),
            update_json("case-closed", number=4, day=4, reason="completed"),
        )
        scheduled = (await referral.http.get(f"/cases/{CASE}")).json()["ahead"]
        assert [each["at"][:10] for each in scheduled if each["what"] == "follow-up"] == ["2025-07-05", "2026-01-05"]
        for days, asked in ((94, 0), (95, 2), (278, 2), (279, 4)):
            await referral.days_pass(days)
            published = [event["occasion"] for topic, event in await referral.published() if topic == "follow-up-due"]
            assert len(published) == asked
        assert published == ["follow-up-6-months"] * 2 + ["follow-up-12-months"] * 2


def test_without_a_setting_of_the_area_it_is_6_and_12_months() -> None:
    entry = directory_entry.validate_python(area(AREA))
    assert (entry.first_follow_up_months, entry.second_follow_up_months) == (6, 12)
    assert (Rules().first_follow_up_months, Rules().second_follow_up_months) == (6, 12)


@pytest.mark.parametrize("months", [{"first_follow_up_months": 12}, {"second_follow_up_months": 6}, MONTHS | {"x": 1}])
def test_a_second_follow_up_that_is_not_after_the_first_is_refused(months: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match=r"second_follow_up_months: must be more|Extra inputs"):
        directory_entry.validate_python(area(AREA) | months)


def test_a_family_that_comes_again_is_counted_within_6_and_12_months_whatever_the_area_asks() -> None:
    came = [{"person": each, "attended": "yes"} for each in (P1, P2)]
    ended = after(at_work(), session(1, attendance=came), closing())
    assert [each.at.month for each in scheduled_steps(ended, Rules(**MONTHS))] == [7, 1]

    def again(day: float) -> list[int]:
        event = screening(case_id=some_id("case-2"), number=2, day=day)
        decided = decide_screening(new_case(event), event, context(day, others=(ended,)))
        return [each.months for each in decided.events if each.event_name == "family-referred-again"]

    assert [again(day) for day in (100, 210, 400)] == [[6], [12], []]
    assert ended.course_now.closed_at == START.replace(day=2)
