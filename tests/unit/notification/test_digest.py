"""The mail of a week: when it goes out, what it says, and what nobody can switch off."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.domain.digest import KINDS, digest_id, digest_text, due_at, goes_out, next_week
from services.notification.domain.mail_choices import FIRST_OFFERED, Choices, Chooser, When, chosen
from shared.contracts.overdue import week_of

MONDAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("week", "at"),
    [(MONDAY, datetime(2026, 11, 30, 8, tzinfo=UTC)), (date(2026, 6, 29), datetime(2026, 6, 29, 7, tzinfo=UTC))],
)
def test_it_goes_out_on_monday_at_eight_by_the_clocks_on_the_wall(week: date, at: datetime) -> None:
    assert goes_out(week) == at


def test_what_comes_late_is_in_the_same_weeks_mail_and_no_later() -> None:
    before, late = datetime(2026, 11, 30, 7, 31, tzinfo=UTC), datetime(2026, 12, 2, 12, tzinfo=UTC)
    assert due_at(MONDAY, before) == goes_out(MONDAY)
    assert due_at(MONDAY, late) == datetime(2026, 12, 2, 12, 10, tzinfo=UTC)
    assert due_at(MONDAY, datetime(2026, 12, 7, 0, 1, tzinfo=UTC)) is None


@given(st.integers(1_600_000_000, 2_500_000_000).map(lambda at: datetime.fromtimestamp(at, UTC)))
def test_the_next_mail_is_in_the_future_and_within_a_week(at: datetime) -> None:
    week = next_week(at)
    assert week.weekday() == 0
    assert at < goes_out(week)
    assert goes_out(week) - at <= timedelta(days=7, minutes=5)
    assert week_of(goes_out(week)) == week


def test_what_comes_in_the_last_minutes_is_in_the_list_after() -> None:
    eight = goes_out(MONDAY)
    assert next_week(eight - timedelta(minutes=6)) == MONDAY
    assert next_week(eight - timedelta(minutes=4)) == next_week(eight) == MONDAY + timedelta(days=7)


def test_each_person_has_one_mail_a_week() -> None:
    ids = {digest_id(who, week) for who in ("staff-1", "staff-2") for week in (MONDAY, date(2026, 12, 7))}
    assert len(ids) == 4
    assert digest_id("staff-1", MONDAY) in ids


@given(st.dictionaries(st.sampled_from(sorted(KINDS)) | st.text(max_size=12), st.integers(0, 400), max_size=12))
def test_it_has_numbers_and_links_and_nothing_that_is_not_known(numbers: dict[str, int]) -> None:
    text = digest_text(MONDAY, numbers, "https://parley.example").body
    shown = {kind: number for kind, number in numbers.items() if kind in KINDS and number}
    assert text.count("\n- ") == len(shown)
    assert all(f"- {number} " in text for number in shown.values())
    assert text.count("https://parley.example/") == len(shown) + 1
    assert "Monday 30 November" in text


def test_one_is_one() -> None:
    text = digest_text(MONDAY, {"warnings": 1, "cases-waiting": 3}, "https://parley.example").body
    assert "- 3 cases wait longer than your area allows.\n  https://parley.example/referral/pages/worklist\n" in text
    assert "- 1 practical warning should have been looked at again." in text


COORDINATOR, PRACTITIONER = Chooser("staff-1"), Chooser("staff-2", uuid4(), "a-school")


def test_whoever_chose_nothing_is_written_to_as_before() -> None:
    assert Choices() == Choices(When.AT_ONCE, When.AT_ONCE, When.NONE)
    assert FIRST_OFFERED.overdue is When.DIGEST


def test_only_what_is_theirs_can_be_chosen_and_what_is_overdue_never_at_once() -> None:
    given_all = {"messages": "none", "training": "digest", "overdue": "none", "answer": "none"}
    assert chosen(FIRST_OFFERED, PRACTITIONER.kinds, given_all) == Choices(When.NONE, When.DIGEST, When.NONE)
    assert chosen(FIRST_OFFERED, COORDINATOR.kinds, given_all) == Choices(overdue=When.NONE)
    assert chosen(FIRST_OFFERED, COORDINATOR.kinds, {"overdue": "at-once"}) is None
    assert chosen(FIRST_OFFERED, PRACTITIONER.kinds, {"overdue": "none"}) is None
