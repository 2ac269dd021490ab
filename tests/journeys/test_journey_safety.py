"""Abuse that is disclosed in mid-course, next to a withdrawal: whoever could harm somebody learns nothing from it."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.journeys.parties import Heard, until
from tests.journeys.people import screening
from tests.journeys.steps import (
    Case,
    a_session_is_planned,
    each_parent_is_screened_alone_and_agrees,
    each_parents_practitioner_is_reminded,
    the_coordinator_agrees_that_it_is_safe_and_appropriate,
    the_practitioner_touches_base_with,
    the_provider_accepts_and_contacts_each_parent,
    the_provider_assesses,
    the_provider_gets_each_parents_details_apart,
    the_session_is_held,
)
from tests.journeys.world import World

_OF_ONE_RECORD = {"ce_id", "ce_time", "ce_subject", "ce_correlationid", "ce_causationid", "traceparent"}
_ALIKE = {"ce_specversion", "ce_source", "ce_type", "ce_dataschema", "content-type"}
_FORMS = {
    "ce_id": re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    "ce_time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
    "traceparent": re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01"),
}
_REVEALING_WORDS = ("abuse", "safety", "halt", "specialist", "afraid", "risk", "danger", "disclos", "withdr")
_INSTRUCTION = "Stop all work on this case and do not contact the family."


def in_mid_course(world: World, surname: str, mother: str, father: str) -> Case:
    """A mediation with one session held and the next one planned."""
    case = each_parent_is_screened_alone_and_agrees(world, world.family("hants-schools", surname, mother, father))
    the_coordinator_agrees_that_it_is_safe_and_appropriate(case)
    the_provider_gets_each_parents_details_apart(case, "mediation-now")
    the_provider_accepts_and_contacts_each_parent(case)
    the_provider_assesses(case, each_alone=True)
    a_session_is_planned(case, 1, "joint", in_days=3)
    each_parents_practitioner_is_reminded(case, 1)
    the_practitioner_touches_base_with(case, mother, father)
    the_session_is_held(case, 1, "joint")
    a_session_is_planned(case, 2, "joint")
    return case


def the_mother_confides_in_the_mediator(case: Case) -> None:
    """In a conversation alone. The mediator says so at once, and nothing more."""
    case.reports("safety-concern")


def the_mother_confides_in_the_teacher(case: Case) -> None:
    """The teacher corrects the screening."""
    case.front_door.send("screenings", screening(case.family, case.world.now, disclosed_by_mother=True))


def the_mother_confides_in_the_coordinator(case: Case) -> None:
    """By telephone."""
    case.world.coordinator.does(f"/cases/{case.id}/halt", source="told-by-a-parent")


@pytest.fixture(scope="module")
def withdrawn(world: World) -> Case:
    """A family like the others, of which the father withdraws."""
    case = in_mid_course(world, "Oyelaran", "Temitope", "Olumide")
    case.world.coordinator.does(f"/cases/{case.id}/withdraw", parent=case.father)
    assert case.hears("closed")["outcome"] == "withdrawn"
    return case


def test_one_parents_withdrawal_stops_everything_at_once(world: World, withdrawn: Case) -> None:
    the_provider_receives_a_stop_and_nothing_more(withdrawn)
    the_provider_is_refused_whatever_it_sends_then(withdrawn)
    nobody_is_reminded_of_the_session_that_was_planned(withdrawn)
    assert world.coordinator.case(withdrawn.id)["state"] == "closed"
    assert world.coordinator.line(withdrawn.id) is None


@pytest.mark.parametrize(
    ("names", "disclosed"),
    [
        (("Featherstone", "Imogen", "Rupert"), the_mother_confides_in_the_mediator),
        (("Mukherjee", "Sharmila", "Debashish"), the_mother_confides_in_the_teacher),
        (("Llewellyn", "Angharad", "Gethin"), the_mother_confides_in_the_coordinator),
    ],
    ids=["to-the-mediator", "to-the-teacher", "to-the-coordinator"],
)
def test_abuse_disclosed_in_mid_course(
    world: World, withdrawn: Case, names: tuple[str, str, str], disclosed: Callable[[Case], None]
) -> None:
    case = in_mid_course(world, *names)
    disclosed(case)

    # The referrer is told where specialist support is, and to say nothing to the other parent.
    answer = (
        case.hears("halted")
        if disclosed is not the_mother_confides_in_the_teacher
        else the_decision_of_the_correction(case)
    )
    assert [step["code"] for step in answer["next_steps"]] == ["specialist-support", "keep-it-safe"]
    assert answer["next_steps"][0]["name"] == "Hampshire Domestic Abuse Service"
    # The specialist pathway begins with a person: it stays on the worklist until somebody has seen to it.
    assert world.coordinator.finds(case.id, "specialist-contact")["urgency"] == "immediate"
    world.coordinator.does(f"/cases/{case.id}/specialist-contact", outcome="not-reached")
    assert world.coordinator.finds(case.id, "specialist-contact")
    world.coordinator.does(f"/cases/{case.id}/specialist-contact", outcome="contact-made")
    assert world.coordinator.line(case.id) is None
    assert world.coordinator.case(case.id)["state"] == "halted"

    # The mediator, and so the father, see what they would see had he withdrawn.
    the_provider_receives_a_stop_and_nothing_more(case)
    the_provider_is_refused_whatever_it_sends_then(case)
    nobody_is_reminded_of_the_session_that_was_planned(case)
    assert as_the_provider_sees_it(case) == as_the_provider_sees_it(withdrawn)
    # Whatever a later screening says, the case goes nowhere.
    case.front_door.send("screenings", screening(case.family, world.now))
    case.hears("screened", submission_id=case.family.sent[-1])
    world.coordinator.finds(case.id, "corrected-after-halt")
    assert len(stops(case)) == 1
    assert [each.kind for each in records(case)][-1] == "referral-stopped"


def test_no_header_reveals_more_than_what_is_alike_for_all(world: World, withdrawn: Case) -> None:
    """The same names and shapes whatever happened, and ids that stand in one record of one party and nowhere else."""
    parties = (*world.front_doors.values(), *world.providers.values())
    heard = [each for party in parties for each in party.heard()]
    assert len(heard) > 20
    [names] = {tuple(each.headers) for each in heard}
    assert set(names) == {*_ALIKE, *_OF_ONE_RECORD}
    for each in heard:
        assert not [name for name, form in _FORMS.items() if not form.fullmatch(each.headers[name])]
        assert each.headers["ce_correlationid"] == each.headers["ce_causationid"] == each.headers["ce_id"]
    ids = [each.headers["ce_id"] for each in heard]
    ids += [part for each in heard for part in each.headers["traceparent"].split("-")[1:3]]
    assert len(ids) == len(set(ids))

    # What a party says in its own headers is nobody's: no other party's, and not between our services either.
    sent = {part for party in parties for value in party.sent_headers for part in parts_of(value)}
    between = [
        each
        for topic in ("screening-completed", "referral-agreed", "case-halted", "case-closed", "session-recorded")
        for each in world.operator_reads(topic)
    ]
    for each in (*heard, *between):
        assert not {part for value in each.headers.values() for part in parts_of(value)} & sent, each.kind


def parts_of(value: str) -> set[str]:
    """A header's value, and what of it could be recognised."""
    return {part for part in (value, *re.split("[-=]", value)) if len(part) > 11}


def the_decision_of_the_correction(case: Case) -> Mapping[str, Any]:
    """The screening's own answer tells it."""
    answer = case.hears("screened", submission_id=case.family.sent[-1])
    assert answer["decision"] == "domestic-abuse-pathway"
    return answer


def records(case: Case) -> list[Heard]:
    """Everything that the provider was told of a case."""
    assert case.provider is not None
    return case.provider.received(case.id)


def stops(case: Case) -> list[Heard]:
    """The stops among them."""
    return [each for each in records(case) if each.kind == "referral-stopped"]


def the_provider_receives_a_stop_and_nothing_more(case: Case) -> None:
    """One record, the last, in the fixed words."""
    until(lambda: stops(case), f"the provider to be stopped for {case.id}")
    assert [each.kind for each in records(case)][-1] == "referral-stopped"
    assert [each.body["instruction"] for each in stops(case)] == [_INSTRUCTION]


def the_provider_is_refused_whatever_it_sends_then(case: Case) -> None:
    """In the same words, whatever the reason of the stop."""
    assert case.provider is not None
    case.reports("contact-attempted", parent=case.father, method="phone", outcome="reached")
    provider = case.provider
    refused = until(lambda: provider.refused(case.id), f"an update of {case.id} to be refused")
    assert [each["reason"] for each in refused] == ["case-stopped"]


def nobody_is_reminded_of_the_session_that_was_planned(case: Case) -> None:
    """Its day goes by."""
    case.world.calendar_moves_to(case.sessions[-1] + timedelta(days=1))
    for parent in case.parents:
        mails = case.world.mailbox.to(case.family.practitioner_of(parent)["email"], case.id)
        assert len([each for each in mails if "A session is coming up" in each]) == 1


def as_the_provider_sees_it(case: Case) -> dict[str, Any]:
    """The stop, the refusal and the e-mails, without what differs from case to case: ids and times."""
    assert case.provider is not None
    [stop] = stops(case)
    [refused] = case.provider.refused(case.id)
    mails = case.world.mailbox.to(case.provider.email, case.id)
    seen = {
        "stop": {
            name: value for name, value in stop.body.items() if name not in ("case_id", "referral_id", "occurred_at")
        },
        "headers": {name: value for name, value in stop.headers.items() if name not in _OF_ONE_RECORD},
        "names of headers": sorted(stop.headers),
        "records": [each.kind for each in records(case)],
        "refusal": (refused["reason"], refused["explanation"], sorted(refused)),
        "e-mails": [each.replace(case.id, "CASE") for each in mails],
    }
    assert not [word for word in _REVEALING_WORDS if word in json.dumps(seen).lower()]
    return seen
