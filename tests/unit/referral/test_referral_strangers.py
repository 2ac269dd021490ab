"""Strangers under a family's reference: what screening says of them and what a coordinator says, each on its way."""

from collections import deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.referral.domain.case.states import State
from services.referral.domain.deciders.confirming import ConfirmPeople, decide_confirmation
from services.referral.domain.deciders.screenings import decide_screening
from services.referral.domain.deciders.taking_back import decide_taking_back
from services.screening.domain.case_screenings import CaseScreenings, FiledScreening
from shared.contracts.referral import PeopleConfirmed
from shared.contracts.screening import ScreeningCompleted
from shared.contracts.vocabulary import Decision
from tests.support.referral_families import context, new_case, parent, screening, some_id
from tests.support.referral_people import TAKEN_BACK
from tests.support.referral_work import waits_for

STRANGERS = (parent("S1"), parent("S2"))
FIRST, STRANGE = some_id("submission-1"), some_id("submission-2")


def own(number: int = 1, revision: int = 1, **more: Any) -> ScreeningCompleted:
    return screening(number=number, day=number, revision=revision, **more)


def strange(number: int = 2, **more: Any) -> ScreeningCompleted:
    """It stands above nothing: its revision is that of what does."""
    reported: dict[str, Any] = {"parents": STRANGERS, "attention": ("people-differ",), "stands": False}
    return own(number, **{**reported, "in_question": some_id(f"submission-{number}"), **more})


class Services:
    """The two services, and what is on its way between them. `newest` is what the front door's screenings say."""

    def __init__(self) -> None:
        self.screenings = CaseScreenings()
        self.reported: dict[UUID, ScreeningCompleted] = {}
        self.to_referral: deque[ScreeningCompleted] = deque()
        self.to_screening: deque[PeopleConfirmed] = deque()
        self.case = new_case(screening())

    def arrives(self, minute: int, corrects: int | None, *, strangers: bool) -> None:
        number = len(self.reported) + 1
        event = screening(number=number, parents=STRANGERS if strangers else screening().parents)
        event = event.model_copy(update={"attention": ("people-differ",) if strangers else ()})
        at = datetime(2025, 4, 1, 9, minute, tzinfo=UTC)
        below = some_id(f"submission-{corrects}") if corrects else None
        place = self.screenings.add(FiledScreening(event.submission_id, below, at, in_question=strangers))
        self.reported[event.submission_id] = event.model_copy(
            update={"submitted_at": at, "supersedes": below, "occurred_at": at + timedelta(days=number)}
        )
        self._publish(event.submission_id, stands=place.is_current, revision=place.revision)
        self._publish_again(place.promoted, place.in_question if place.asks_again else None)

    def hears(self) -> None:
        heard, case = self.to_screening.popleft(), self.screenings
        before = case.in_question
        if changes := case.record_review(heard.submission_id, theirs=heard.theirs):
            self._publish_again(case.current, None)
        if case.in_question not in (None, before):
            self._publish_again(None, case.in_question)
        elif case.in_question is None and not changes and case.is_in_question(before):
            self._publish_again(None, before)

    def reads(self) -> None:
        self.case = decide_screening(self.case, self.to_referral.popleft(), context()).case

    def looks(self, *, theirs: bool) -> None:
        progress = decide_confirmation(self.case, ConfirmPeople(theirs=theirs), context())
        self.case = progress.case
        self.to_screening += [event for event in progress.events if isinstance(event, PeopleConfirmed)]

    def _publish_again(self, stands: UUID | None, asked: UUID | None) -> None:
        if stands:
            self._publish(stands, stands=True, revision=self.screenings.revision)
        if asked:
            self._publish(asked, stands=False, revision=self.screenings.revision)

    def _publish(self, submission_id: UUID, *, stands: bool, revision: int) -> None:
        event = self.reported[submission_id]
        in_question = next(each.in_question for each in self.screenings.filed if each.submission_id == submission_id)
        published: dict[str, Any] = {"stands": stands, "revision": revision, "in_question": self.screenings.in_question}
        published["attention"] = event.attention if in_question else ()
        self.to_referral.append(event.model_copy(update=published))


@settings(max_examples=500)
@given(st.data())
def test_both_services_agree_in_the_end_whatever_is_on_its_way(data: st.DataObject) -> None:
    services = Services()
    services.arrives(5, None, strangers=False)
    for _ in range(data.draw(st.integers(1, 14))):
        can = ["arrives"]
        can += ["reads"] * 2 if services.to_referral else []
        can += ["hears"] if services.to_screening else []
        can += ["looks"] * 2 if services.case.questioned else []
        match data.draw(st.sampled_from(can)):
            case "arrives":
                corrects = data.draw(st.none() | st.integers(1, len(services.reported)))
                services.arrives(data.draw(st.integers(0, 9)), corrects, strangers=data.draw(st.booleans()))
            case "reads":
                services.reads()
            case "hears":
                services.hears()
            case "looks":
                services.looks(theirs=data.draw(st.booleans()))
    while services.to_referral or services.to_screening:
        if services.to_referral:
            services.reads()
        else:
            services.hears()
    case, held = services.case, services.screenings
    assert case.submission_id == held.current
    assert (case.questioned and case.questioned.submission_id) == held.in_question
    assert case.submission_id not in {each.submission_id for each in held.filed if each.in_question}
    assert (waits_for(case) == "people-differ") is (case.questioned is not None)


def test_a_correction_of_the_family_is_taken_up_and_the_question_stays() -> None:
    case = new_case()
    for event in (own(), strange(), own(3, revision=2, supersedes=FIRST, in_question=STRANGE)):
        case = decide_screening(case, event, context()).case
    assert (case.submission_id, case.revision, case.state) == (some_id("submission-3"), 2, State.OFFERED)
    assert case.questioned is not None
    assert waits_for(case) == "people-differ"
    # Whoever corrects the strangers' record, or comes later, with the family's own people: that is over with it.
    over = decide_screening(case, own(4, revision=3, supersedes=STRANGE), context()).case
    assert (over.questioned, waits_for(over)) == (None, None)


@pytest.mark.parametrize("theirs", [True, False])
def test_screening_receives_what_a_coordinator_decides_and_nothing_older_is_taken_up(theirs: bool) -> None:
    case = decide_screening(new_case(), own(), context()).case
    # As it came before: strangers who stood, with a revision of their own.
    before = strange(revision=5, stands=True, in_question=None)
    case = decide_screening(case, before, context()).case
    progress = decide_confirmation(case, ConfirmPeople(theirs=theirs), context())
    published = next(event for event in progress.events if isinstance(event, PeopleConfirmed))
    assert (published.submission_id, published.theirs) == (STRANGE, theirs)
    assert progress.case.revision == 5
    older = decide_screening(progress.case, own(3, revision=4), context()).case
    assert older.submission_id == progress.case.submission_id


def test_a_correction_that_was_on_its_way_when_strangers_were_confirmed_is_not_taken_up() -> None:
    case = new_case()
    for event in (own(), strange()):
        case = decide_screening(case, event, context()).case
    case = decide_confirmation(case, ConfirmPeople(), context()).case
    late = own(3, revision=2, supersedes=FIRST, in_question=STRANGE)
    after = decide_screening(case, late, context()).case
    assert after.submission_id == STRANGE
    # Nor is it twice that the screening service says so, and what a person has done since stays.
    again = strange(revision=3, stands=True, attention=(), in_question=None)
    progress = decide_screening(after, again, context())
    assert (progress.case.revision, progress.history, progress.consents) == (3, [], [])
    # A sign of abuse counts whenever it comes.
    sign = late.model_copy(update={"decision": Decision.DOMESTIC_ABUSE_PATHWAY})
    assert decide_screening(case, sign, context()).case.state is State.HALTED


def test_a_question_stays_where_another_screening_is_asked_about_next() -> None:
    case = new_case()
    for event in (own(), strange(), strange(3)):
        case = decide_screening(case, event, context()).case
    back = TAKEN_BACK.model_copy(
        update={"submission_id": some_id("submission-3"), "stands": FIRST, "revision": 1, "in_question": STRANGE}
    )
    case = decide_taking_back(case, back, context()).case
    assert waits_for(case) == "people-differ"
    case = decide_screening(case, strange(), context()).case
    assert case.questioned is not None
    assert case.questioned.submission_id == STRANGE
    # Had a coordinator put that one aside already, nothing is left to ask.
    put_aside = replace(case, questioned=strange(3), taken_back=frozenset({STRANGE}))
    assert decide_taking_back(put_aside, back, context()).case.questioned is None
