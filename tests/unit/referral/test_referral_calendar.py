"""What is ahead of a case by the calendar, what happens when its time comes, and what a stop takes back."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from services.referral.domain.calendar.firing import decide_scheduled_step
from services.referral.domain.calendar.schedule import Kind, scheduled_steps
from services.referral.domain.calendar.working_days import is_working_day, working_days_after
from services.referral.domain.case.case import Case
from services.referral.domain.case.states import State
from services.referral.domain.deciders.command_effects import decide_command
from services.referral.domain.deciders.commands import Halt, Hold, Reopen, Resume, SeenTo, Withdraw
from services.referral.domain.deciders.refusals import UpdateRefusedError
from services.referral.domain.deciders.screenings import decide_screening
from services.referral.domain.deciders.updates import decide_update
from services.referral.domain.deciders.wrap_around_contacts import decide_contact
from shared.contracts.front_door_contacts import WrapAroundContact
from shared.contracts.instruments import Risk, judge_items
from shared.contracts.referral import FollowUpDue
from tests.support.referral_families import (
    C1,
    P1,
    P2,
    START,
    assessment,
    closing,
    context,
    context_of,
    measure,
    new_case,
    parent,
    scheduled,
    screening,
    session,
    some_id,
    update,
)
from tests.support.referral_work import (
    ACCEPTED,
    BOTH,
    DAY,
    RULES,
    after,
    at_work,
    contact,
    fired,
    kinds,
    offered,
    spoke,
    waits_for,
)


@pytest.mark.parametrize(
    ("start", "days", "area", "end"),
    [
        ("2025-04-01", 5, "E10000014", "2025-04-08"),  # A Tuesday; one weekend.
        ("2025-04-16", 5, "E10000014", "2025-04-25"),  # Good Friday and Easter Monday in England …
        ("2025-04-16", 5, "S12000036", "2025-04-24"),  # … and Good Friday alone in Scotland.
        ("2025-12-24", 1, "E10000014", "2025-12-29"),
        ("2025-04-05", 1, "E10000014", "2025-04-07"),  # A Saturday.
    ],
)
def test_working_days_leave_out_weekends_and_the_countrys_bank_holidays(
    start: str, days: int, area: str, end: str
) -> None:
    deadline = working_days_after(datetime.fromisoformat(f"{start}T15:00:00+00:00"), days, area)
    assert (deadline - DAY).date().isoformat() == end
    assert is_working_day((deadline - DAY).date(), area)


def test_first_contact_is_late_after_the_areas_working_days_until_every_parent_was_tried() -> None:
    (late,) = fired(after(offered(), ACCEPTED, contact(P1)), Kind.FIRST_CONTACT)
    assert late.stamp.now == datetime(2025, 4, 9, tzinfo=UTC)
    assert (late.case.state, waits_for(late.case)) == ("accepted", "first-contact-overdue")
    assert late.events == []  # The provider's own business with the coordinator: nobody else is told.
    cured = after(late.case, contact(P2, "no-answer"), day=9)
    assert cured.waiting is None
    assert Kind.FIRST_CONTACT not in kinds(cured)


def test_a_late_case_that_is_accepted_stays_late_and_is_seen_to_by_a_person() -> None:
    (late,) = fired(offered(), Kind.FIRST_CONTACT)
    accepted = after(late.case, ACCEPTED, day=9)
    assert waits_for(accepted) == "first-contact-overdue"
    seen = decide_command(accepted, SeenTo(), context(10)).case
    assert (seen.state, seen.waiting) == ("accepted", None)


def test_who_is_not_reached_within_the_areas_attempts_or_days_is_shown() -> None:
    case = after(offered(), ACCEPTED, contact(P1))
    for attempt in range(1, 4):
        case = after(case, contact(P2, "no-answer"))
        assert (case.waiting is not None) is (attempt == 3)
    assert waits_for(case) == "no-contact"
    assert after(case, contact(P2)).waiting is None
    (by_days,) = fired(after(offered(), ACCEPTED, contact(P1), contact(P2, "no-answer")), Kind.NO_CONTACT)
    assert (by_days.stamp.now, waits_for(by_days.case)) == (
        START + 28 * DAY,
        "no-contact",
    )


def test_closing_as_no_contact_before_the_limit_is_taken_and_shown() -> None:
    tried = after(offered(), ACCEPTED, contact(P1), contact(P2, "no-answer"))
    early = after(tried, closing("no-contact"))
    assert (early.state, waits_for(early)) == ("closed", "closed-before-contact-limit")
    enough = after(tried, contact(P2, "no-answer"), contact(P2, "message-left"), closing("no-contact"))
    assert (enough.state, enough.waiting) == ("closed", None)


def test_intake_is_each_parents_own_and_the_case_is_assessed_when_all_were_seen() -> None:
    def intake(person: UUID, outcome: str = "suitable") -> Any:
        parents = [{"parent": person, "outcome": outcome}]
        return update("initial-assessment", outcome=outcome, parents_seen=[person], parents=parents)

    first = decide_update(after(offered(), ACCEPTED), "north", intake(P1), context())
    assert (first.case.state, [event.event_name for event in first.events]) == ("accepted", ["parent-assessed"])
    second = decide_update(first.case, "north", intake(P2), context())
    assert second.case.state == "assessed"
    assert [event.event_name for event in second.events] == ["parent-assessed", "provider-assessed"]
    assert set(second.events[-1].parents_seen) == BOTH
    unsuitable = after(first.case, intake(P2, "not-suitable"))
    assert unsuitable.state == "closed"
    concern = decide_update(first.case, "north", intake(P2, "safety-concern"), context())
    assert [event.event_name for event in concern.events] == ["case-halted"]


@pytest.mark.parametrize(
    ("instrument", "items", "risk"),
    [
        ("core-10", {"6": 1.0}, True),
        ("core-10", {"item-06": 4.0}, True),
        ("core-10", {"6": 0.0, "9": 4.0}, False),
        ("phq-9", {"q9": 1.0}, True),
        ("hits", {"3": 1.0, "4": 5.0}, False),
        ("hits", {"3": 2.0}, True),
        ("cors", {"6": 4.0}, False),
        ("core-10", None, False),
    ],
)
def test_a_risk_item_of_a_named_instrument_is_a_sign(instrument: str, items: Any, risk: bool) -> None:
    assert (judge_items(instrument, items) is Risk.SIGNALS) is risk
    reported = {**measure(), "instrument": instrument, "items": items}
    for each in (update("measure", measure=reported), closing(measures=[reported])):
        progress = decide_update(at_work(), "north", each, context())
        assert ([event.event_name for event in progress.events] == ["case-halted"]) is risk
        assert (progress.case.state is State.HALTED) is risk
    front_door = decide_screening(new_case(), screening(risk_item=risk), context())
    assert (front_door.case.state is State.HALTED) is risk


def ended(reason: str = "completed") -> Case:
    return after(
        at_work(), session(1, attendance=[{"person": p, "attended": "yes"} for p in (P1, P2)]), closing(reason)
    )


def test_after_6_and_12_months_each_parent_who_came_and_consents_is_asked_once() -> None:
    case = ended()
    assert [each.at for each in scheduled_steps(case, RULES)] == [
        datetime(2025, 10, 2, 9, 30, tzinfo=UTC),
        datetime(2026, 4, 2, 9, 30, tzinfo=UTC),
    ]
    six, twelve = fired(replace(case, no_evaluation=frozenset({P1})), Kind.FOLLOW_UP)
    assert [(event.person_id, event.occasion) for event in six.events + twelve.events] == [
        (P2, "follow-up-6-months"),
        (P2, "follow-up-12-months"),
    ]
    answered = after(case, update("measure", measure=measure(P1, "follow-up-6-months")), day=180)
    six, _ = fired(answered, Kind.FOLLOW_UP)
    assert [event.person_id for event in six.events] == [P2]
    assert all(isinstance(event, FollowUpDue) for event in six.events)


@pytest.mark.parametrize("reason", ["no-contact", "withdrawn", "unsuitable"])
def test_whose_work_did_not_begin_or_who_withdrew_is_not_asked(reason: str) -> None:
    assert scheduled_steps(ended(reason), RULES) == []
    assert scheduled_steps(decide_command(ended(), Withdraw(parent=P1), context()).case, RULES) == []
    assert scheduled_steps(after(at_work(), closing("ended-early")), RULES) == []


def test_what_ended_goes_on_within_the_limit_with_its_lineage_and_fresh_details() -> None:
    reopening = update("case-reopened", reason="family-came-back")
    progress = decide_update(ended(), "north", reopening, context(40))
    reopened, agreed, accepted = progress.events
    assert (progress.case.state, reopened.reason) == ("accepted", "family-came-back")
    first, second = progress.case.referrals
    assert (agreed.follows, agreed.follows_because) == (first.referral_id, "completed")
    assert (second.follows, accepted.referral_id) == (first.referral_id, second.referral_id)
    assert Kind.FOLLOW_UP not in kinds(progress.case)
    by_person = decide_command(ended(), Reopen(), context(40))
    assert (by_person.case.state, [e.event_name for e in by_person.events]) == (
        "offered",
        ["case-reopened", "referral-agreed"],
    )


def test_what_may_not_be_opened_again() -> None:
    reopening = update("case-reopened", reason="family-came-back")
    for case, day, more in (
        (ended(), 58, {}),
        (ended("withdrawn"), 2, {}),
        (ended("unsuitable"), 2, {}),
        (at_work(), 2, {}),
        (ended(), 2, {"sign_in_family": True}),
        (ended(), 2, {"others": (replace(offered(), case_id=some_id("newer")),)}),
    ):
        with pytest.raises(UpdateRefusedError):
            decide_update(case, "north", reopening, context(day, **more))


def test_a_declined_referral_and_the_next_keep_their_lineage() -> None:
    case = after(offered(), update("referral-declined", reason="language"))
    first, second = case.referrals
    assert (first.ended_because, second.follows) == ("language", first.referral_id)


def test_a_concern_gives_the_referrer_a_code_and_nobodys_name() -> None:
    progress = decide_update(at_work(), "north", update("concern", code="housing"), context())
    (event,) = progress.events
    assert (event.code, progress.case.state) == ("housing", "assessed")
    assert not any(str(person) in event.model_dump_json() for person in (P1, P2, C1))


def test_the_same_family_again_by_the_same_front_door_is_recognised() -> None:
    def again(day: float, service: str = "mediation") -> list[tuple[int, bool]]:
        event = screening(case_id=some_id("case-2"), number=2, day=day, service=service)
        decided = decide_screening(new_case(event), event, context(day, others=(ended(),)))
        return [(e.months, e.same_reason) for e in decided.events if e.event_name == "family-referred-again"]

    assert again(100) == [(6, True)]
    assert again(210, "couple-support") == [(12, False)]
    assert again(400) == []


STEPS = st.sampled_from(
    [
        ACCEPTED,
        contact(P1),
        contact(P2, "no-answer"),
        assessment("suitable"),
        scheduled(1, on=20),
        scheduled(1, on=25),
        scheduled(2, on=40, expected=[P2]),
        session(1, attendance=[{"person": P1, "attended": "yes"}]),
        closing("completed"),
        closing("no-contact"),
        update("case-reopened", reason="further-sessions-agreed"),
        update("safety-concern"),
        Hold(),
        Resume(),
        Withdraw(parent=P2),
        Halt(),
        spoke("P1"),
        *Kind,
    ]
)
STOPS = {"case-halted", "case-held", "case-closed"}


@given(st.lists(st.tuples(STEPS, st.integers(0, 40)), max_size=25))
@hypothesis_settings(max_examples=150)
def test_nothing_is_scheduled_for_or_published_of_a_case_that_was_stopped(steps: list[tuple[Any, int]]) -> None:
    """Random lives: whatever is fired, and whenever, nobody is reminded or asked of a case that nobody works on."""
    family = screening(parents=(parent("P1"), parent("P2")))
    case, day = decide_screening(new_case(family), family, context()).case, 0.0
    for step, days in steps:
        day += days
        now = context(day)
        before = case
        try:
            match step:
                case Kind():
                    timers = [a for a in scheduled_steps(case, RULES) if a.kind == step and a.at <= now.now]
                    decided = [d for a in timers[:1] if (d := decide_scheduled_step(case, a.kind, a.key, now, RULES))]
                case WrapAroundContact():
                    decided = [decide_contact([case], step, now)]
                case Hold() | Resume() | Withdraw() | Halt():
                    decided = [decide_command(case, step, context_of(now))]
                case _:
                    decided = [decide_update(case, "north", step, context_of(now, rules=RULES))]
        except Exception as error:
            assert type(error).__name__ in ("UpdateRefusedError", "NotAllowedError", "UnknownContactError")  # noqa: PT017
            continue
        for progress in decided:
            case = progress.case
            names = [event.event_name for event in progress.events]
            if "wrap-around-reminded" in names:
                assert before.state in ("accepted", "assessed", "in-sessions")
                assert not STOPS & set(names)
            if "follow-up-due" in names:
                assert (before.state, before.latest and before.latest.stopped) == ("closed", False)
        if case.state in ("halted", "on-hold") or (case.latest and case.latest.stopped):
            assert scheduled_steps(case, RULES) == []
