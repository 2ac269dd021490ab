"""Every decision and every reason has a next step, and an e-mail tells nothing."""

from datetime import date
from uuid import uuid4

import pytest

from services.notification.domain.email import email_id, email_text, message_id
from services.notification.domain.next_steps import steps_after_return
from services.notification.domain.progress import progress_of_case, progress_of_screening
from shared.contracts import referral
from shared.contracts.area_parts import Signpost
from shared.contracts.next_steps import Area, step_for, steps_after_screening
from shared.contracts.vocabulary import Decision, Reason
from tests.support.notification_stories import Story

AREA = Area(
    universal_offer=Signpost(name="Parents' courses", url="https://courses.example"),
    specialist_support=Signpost(name="Safe Line", phone="0800 000 000", url="https://safe.example"),
)


@pytest.mark.parametrize("area", [AREA, None])
@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_next_step(reason: Reason, area: Area | None) -> None:
    step = step_for(reason, area)
    assert step.code != "ask-the-coordinator", "a reason of ours has words of its own"
    assert step.text.endswith(".")
    assert 30 < len(step.text) < 200


@pytest.mark.parametrize("area", [AREA, None])
@pytest.mark.parametrize("decision", list(Decision))
def test_every_decision_has_a_next_step(decision: Decision, area: Area | None) -> None:
    assert steps_after_screening(decision, (), area)


def test_a_sign_of_abuse_leads_to_specialist_support_and_to_nothing_else() -> None:
    reasons = (Reason.ABUSE_INDICATOR_DISCLOSED, Reason.NO_WRAP_AROUND, Reason.UNIVERSAL_OFFER_FIRST)
    steps = steps_after_screening(Decision.DOMESTIC_ABUSE_PATHWAY, reasons, AREA)
    assert [step.code for step in steps] == ["specialist-support", "keep-it-safe"]
    assert (steps[0].name, steps[0].phone, steps[0].url) == ("Safe Line", "0800 000 000", "https://safe.example")


def test_each_reason_is_answered_in_turn() -> None:
    reasons = (Reason.INDICATOR_UNANSWERED, Reason.NO_WRAP_AROUND)
    steps = steps_after_screening(Decision.MORE_INFORMATION, reasons, AREA)
    assert [step.code for step in steps] == ["indicator-unanswered", "no-wrap-around"]


def test_the_universal_offer_is_named() -> None:
    (step,) = steps_after_screening(Decision.UNIVERSAL_OFFER, (Reason.UNIVERSAL_OFFER_FIRST,), AREA)
    assert (step.name, step.url) == ("Parents' courses", "https://courses.example")


def test_a_return_names_what_is_missing_in_known_and_in_other_codes() -> None:
    steps = steps_after_return(("no-wrap-around", "school-report"), AREA)
    assert [step.code for step in steps] == ["no-wrap-around", "school-report", "send-again"]
    assert "school report" in steps[1].text


@pytest.mark.parametrize("reason", list(Reason))
def test_where_one_parent_takes_part_nobody_is_asked_to_speak_with_the_other(reason: Reason) -> None:
    if reason is Reason.SECOND_PARENT_MISSING:
        return  # It does not apply where the front door says why there is no other.
    text = step_for(reason, AREA, one_parent=True).text.lower()
    for words in ("each parent", "each of them", "both", "one of them", "second parent", "one of the parents"):
        assert words not in text or reason is Reason.SAME_PERSON_TWICE


def test_one_parents_practitioner_and_provider_speak_of_that_parent_alone() -> None:
    story = Story()
    story.parents = story.parents[:1]
    story.screened().agreed().add(referral.ConcernRaised, code="housing", **story.referral)
    agreed, concern = (each for each in story.events if isinstance(each, referral.SequencedEvent))
    steps = [
        *progress_of_case(agreed, AREA, story.now).next_steps,
        *progress_of_case(concern, AREA, story.now, one_parent=True).next_steps,
    ]
    assert [step.code for step in steps] == ["wrap-around-before-each-session", "concern"]
    assert not any("each parent" in step.text.lower() for step in steps)


def test_codes_that_are_newer_than_this_service_still_have_a_next_step() -> None:
    decided = steps_after_screening(Decision.MORE_INFORMATION, ("a-new-reason", "another-new-one"), AREA)
    assert [step.code for step in decided] == ["ask-the-coordinator"]
    known_too = steps_after_screening(Decision.NOT_READY, ("a-new-reason", Reason.NO_WRAP_AROUND), AREA)
    assert [step.code for step in known_too] == ["ask-the-coordinator", "no-wrap-around"]
    event = Story().screened("more-information").events[0].model_copy(update={"reasons": ("a-new-reason",)})
    progress = progress_of_screening(type(event).model_validate_json(event.model_dump_json()), AREA, event.occurred_at)
    assert progress.reasons == ("a-new-reason",)
    story = Story().screened().agreed()
    raised = story.add(referral.ConcernRaised, code="a-new-concern", **story.referral).events[-1]
    assert "a new concern" in progress_of_case(raised, AREA, story.now).next_steps[0].text
    refused = story.add(referral.CaseRefused, reason="a-new-refusal").events[-1]
    assert progress_of_case(refused, AREA, story.now).outcome == "a-new-refusal"


def test_a_screening_is_published_with_its_decision_before_every_change_of_the_case() -> None:
    event = Story().screened("domestic-abuse-pathway").events[0]
    progress = progress_of_screening(event, AREA, event.occurred_at)
    assert (progress.step, progress.sequence, progress.decision) == ("screened", 0, Decision.DOMESTIC_ABUSE_PATHWAY)
    assert progress.family_ref == event.family_ref


def test_every_case_event_has_a_step_and_its_outcome() -> None:
    story = Story().screened().agreed().declined().agreed("next-door").accepted().held().resumed()
    story.add(referral.ProviderAssessed, outcome="suitable", parents_seen=(), **story.referral)
    session = {"number": 1, "held_on": story.now.date(), "kind": "joint", "attendance": ()}
    story.add(referral.SessionRecorded, **session, **story.referral)
    story.add(referral.CaseReturned, missing=("no-wrap-around",))
    story.add(referral.CaseRefused, reason="not-safe")
    story.add(referral.CaseTakenToPanel)
    story.halted().closed("halted-for-safety")
    events = [each for each in story.events if isinstance(each, referral.SequencedEvent)]
    records = [progress_of_case(event, AREA, event.occurred_at) for event in events]

    assert [(each.step, each.outcome) for each in records] == [
        ("agreed", None),
        ("declined", "no-capacity"),
        ("agreed", None),
        ("accepted", None),
        ("held", None),
        ("resumed", None),
        ("assessed", "suitable"),
        ("session", None),
        ("returned", None),
        ("refused", "not-safe"),
        ("at-panel", None),
        ("halted", None),
        ("closed", "halted-for-safety"),
    ]
    assert [each.sequence for each in records] == list(range(1, 14))
    assert (records[0].provider, records[0].service) == ("common-ground", "mediation")
    assert records[11].next_steps[0].name == records[12].next_steps[0].name == "Safe Line"


def test_a_front_door_learns_its_place_on_a_list_and_never_why_it_left_it() -> None:
    story = Story().screened()
    story.add(
        referral.CaseWaitingListed, offer="one-mediation", provider="common-ground", service="mediation", position=3
    )
    story.add(referral.CaseLeftWaitingList, service="mediation")
    waits, left = (
        progress_of_case(event, AREA, event.occurred_at)
        for event in story.events
        if isinstance(event, referral.SequencedEvent)
    )
    assert (waits.step, waits.position, waits.service) == ("waiting", 3, "mediation")
    assert (left.step, left.position, left.outcome) == ("left-waiting-list", None, None)
    assert [step.code for step in left.next_steps] == ["referral-is-looked-at"]


def test_a_front_door_cannot_distinguish_a_halt_for_what_another_one_knows_from_a_case_that_is_open_already() -> None:
    fields = {"referral_id": None, "stopped_provider": None}
    story = Story().screened().add(referral.CaseJoined, joined_to=uuid4(), **fields)
    story.add(referral.CaseHalted, raised_by="linked-family", known_elsewhere=True, **fields)
    joined, halted = (progress_of_case(event, AREA, story.now) for event in story.events[-2:])
    assert joined.model_dump(exclude={"sequence"}) == halted.model_dump(exclude={"sequence"})
    assert (joined.step, [step.code for step in joined.next_steps]) == ("joined", ["case-open-already"])


def test_an_event_without_a_step_is_refused() -> None:
    story = Story().agreed()
    contacted = {"person_id": story.parents[0], "method": "phone", "outcome": "reached"}
    event = story.add(referral.ParentContacted, **contacted, **story.referral).events[-1]
    with pytest.raises(ValueError, match="parent-contacted"):
        progress_of_case(event, AREA, event.occurred_at)


def test_a_mail_differs_from_any_other_of_its_kind_by_the_case_id_alone() -> None:
    one, other = uuid4(), uuid4()
    assert email_text("answer", one).subject == email_text("answer", other).subject
    assert email_text("answer", one).body.replace(str(one), str(other)) == email_text("answer", other).body


@pytest.mark.parametrize("about", ["answer", "referral", "training-follow-up", "training-renewal"])
def test_a_mail_has_nothing_that_anything_can_be_inferred_from(about: str) -> None:
    email = email_text(about, uuid4(), date(2041, 4, 15))  # type: ignore[arg-type]
    text = f"{email.subject} {email.body}".lower()
    for word in (
        "abuse",
        "conflict",
        "parent",
        "mother",
        "father",
        "child",
        "family",
        "mediation",
        "support",
        "decision",
    ):
        assert word not in text


def test_a_mail_keeps_its_identity() -> None:
    cause, case_id = uuid4(), uuid4()
    assert email_id(cause, "provider/a", case_id) == email_id(cause, "provider/a", case_id)
    assert email_id(cause, "provider/a", case_id) != email_id(cause, "provider/b", case_id)
    assert message_id(cause, "no-reply@parley.example") == f"<{cause}@parley.example>"
