"""Every code that a page can show has words, and every case on the worklist is in one of its groups."""

import pytest

from services.referral.domain.agreement.eligibility import WhyNot
from services.referral.domain.case.case import Case
from services.referral.domain.case.reasons import ANSWERS, MISSING, REFUSALS, SIGNS, SPECIALIST_CONTACTS
from services.referral.domain.case.states import Actor, State, Trigger, WaitingReason
from services.referral.domain.deciders.commands import Command
from services.referral.manifest import MANIFEST
from services.referral.web.pages import words
from services.referral.web.pages.asked import ASKED
from shared.contracts.vocabulary import Decision
from tests.support.referral_families import some_id


def test_every_code_of_a_list_has_words_of_its_own() -> None:
    assert all(words.waiting(each) and words.what_to_do(each) for each in WaitingReason)
    assert all(words.state(each) for each in State)
    assert all(words.happened(each) for each in Trigger)
    assert {each for each in WhyNot if words.why_not(each) == words.plain(each)} <= {
        WhyNot.FULL,
        WhyNot.FOR_PROFESSIONALS,
        WhyNot.OTHER_AREA,
    }
    known = {*MISSING, *REFUSALS, *SIGNS, *SPECIALIST_CONTACTS, *ANSWERS, *Decision, *Actor}
    assert {each for each in known if words.worded(each) == words.plain(each)} <= {"declined", "contact-details"}


def test_every_reason_to_wait_is_in_one_group() -> None:
    grouped = [reason for _, reasons in words.GROUPS.values() for reason in reasons]
    assert sorted(grouped) == sorted(WaitingReason)


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.name)
def test_each_form_is_a_request_with_the_right_of_its_command(asked: object) -> None:
    name = asked.name  # type: ignore[attr-defined]
    right = MANIFEST.requests[f"POST /cases/{{id:uuid}}/{name}"]
    assert MANIFEST.requests[f"POST /pages/cases/{{id:uuid}}/{name}"] == right
    assert MANIFEST.requests[f"GET /pages/cases/{{id:uuid}}/{name}"] == right
    assert issubclass(asked.kind, Command)  # type: ignore[attr-defined]


def test_a_case_is_offered_what_its_state_allows_and_no_more() -> None:
    def offered(state: State) -> set[str]:
        case = Case(some_id("case"), "E10000014", "hants-schools", "F1", state=state)
        return {asked.name for asked in ASKED if asked.fits(case)}

    assert offered(State.AWAITING_COORDINATOR) == {"return", "refuse", "to-panel", "hold", "withdraw", "halt"}
    assert offered(State.AT_PANEL) == {"from-panel", "hold", "withdraw", "halt"}
    assert offered(State.ON_HOLD) == {"resume", "withdraw", "halt"}
