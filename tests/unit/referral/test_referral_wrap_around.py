"""Wrap-around: who is reminded of a session and who is not, and what a practitioner tells back."""

from dataclasses import replace

import pytest

from services.referral.domain.calendar.schedule import Kind, scheduled_steps
from services.referral.domain.deciders.refusals import UpdateRefusedError
from services.referral.domain.deciders.updates import decide_update
from services.referral.domain.deciders.wrap_around_contacts import decide_contact
from tests.support.referral_families import C1, P1, P2, START, context, scheduled, session, some_id
from tests.support.referral_work import (
    DAY,
    RULES,
    after,
    at_work,
    fired,
    kinds,
    reminders,
    spoke,
    waits_for,
)


def test_each_parents_practitioner_is_reminded_and_never_of_the_other_parent() -> None:
    case = after(at_work(), scheduled(1, on=30))
    published = fired(case, Kind.REMINDER)
    assert [each.stamp.now for each in published] == [START + 28 * DAY] * 2
    assert set(reminders(published)) == {(P1, some_id("wrap-P1")), (P2, some_id("wrap-P2"))}
    for each in published:
        (event,) = each.events
        other = P2 if event.person_id == P1 else P1
        assert str(other) not in event.model_dump_json()
        assert str(some_id("wrap-P2" if event.person_id == P1 else "wrap-P1")) not in event.model_dump_json()
    assert Kind.REMINDER not in kinds(published[-1].case)


def test_a_moved_session_is_one_session_and_is_reminded_of_again() -> None:
    case = fired(after(at_work(), scheduled(1, on=30)), Kind.REMINDER)[-1].case
    moved = decide_update(case, "north", scheduled(1, on=37), context(29))
    assert (moved.events[-1].moved, len(moved.case.course_now.planned)) == (1, 1)
    assert len(reminders(fired(moved.case, Kind.REMINDER))) == 2
    same = decide_update(moved.case, "north", scheduled(1, on=37), context(29))
    assert same.events[-1].moved == 1
    held = after(moved.case, session(1), day=38)
    with pytest.raises(UpdateRefusedError):
        after(held, scheduled(1, on=50), day=39)


def test_a_child_consultation_reminds_nobody_and_an_individual_session_one() -> None:
    assert fired(after(at_work(), scheduled(1, on=30, expected=[C1])), Kind.REMINDER) == []
    published = fired(after(at_work(), scheduled(1, on=30, expected=[P2])), Kind.REMINDER)
    assert [person for person, _ in reminders(published)] == [P2]


def test_a_contact_confirms_the_next_session_and_a_missing_one_is_shown_until_it_comes() -> None:
    case = after(at_work(), scheduled(1, on=30), scheduled(2, on=44))
    confirmed = decide_contact([case], spoke("P1"), context(29)).case
    missing = fired(replace(confirmed), Kind.CONFIRMATION)
    first = missing[0]
    assert waits_for(first.case) == "wrap-around-not-confirmed"
    details = {each.history[0].detail for each in missing}
    assert f"1/{P1}" not in details
    assert f"1/{P2}" in details
    late = decide_contact([first.case], spoke("P2", day=29.5), context(31)).case
    assert late.waiting is None
    assert decide_contact([case], spoke("P1", "not-reached"), context(29)).case.course_now == case.course_now


def test_a_practitioners_sign_of_abuse_halts_whatever_else_is_reported() -> None:
    case = after(at_work(), scheduled(1, on=30))
    progress = decide_contact([case], spoke("nobody", sign_of_abuse=True), context(29))
    (event,) = progress.events
    assert (event.event_name, event.raised_by, event.stopped_provider) == ("case-halted", "front-door", "north")
    assert scheduled_steps(progress.case, RULES) == []
