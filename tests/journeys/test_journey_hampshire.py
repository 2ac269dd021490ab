"""The five steps of Hampshire's referral page, for each of its three services, to the follow-up a year later."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.journeys.parties import until
from tests.journeys.steps import (
    Case,
    a_session_is_planned,
    each_parent_is_screened_alone_and_agrees,
    each_parents_practitioner_is_reminded,
    the_coordinator_agrees_that_it_is_safe_and_appropriate,
    the_practitioner_touches_base_with,
    the_provider_accepts_and_contacts_each_parent,
    the_provider_asks_again_after,
    the_provider_assesses,
    the_provider_gets_each_parents_details_apart,
    the_session_is_held,
    the_team_discusses_it_with_the_referrer,
    the_work_is_completed,
)
from tests.journeys.world import World


@dataclass(frozen=True)
class Service:
    """One of the page's services: who delivers it, and a family that it is for."""

    name: str
    provider: str
    session: str
    family: dict[str, Any]


SERVICES = [
    Service(
        "mediation",
        "mediation-now",
        "joint",
        {"surname": "Adeyemi", "mother": "Folasade", "father": "Babatunde"},
    ),
    Service(
        "couple-support",
        "southampton-family-trust",
        "joint",
        {"surname": "Kowalczyk", "mother": "Zuzanna", "father": "Wojciech", "together": True, "ages": (5,)},
    ),
    Service(
        "family-counselling",
        "off-the-record",
        "family",
        {
            "surname": "Penhaligon",
            "mother": "Morwenna",
            "father": "Jago",
            "together": True,
            "ages": (9, 13),
            "children_take_part": True,
        },
    ),
]


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.name)
def test_the_five_steps_of_the_page_and_a_year_after(world: World, service: Service) -> None:
    cases_known_to_analysts = {fact["case_id"] for fact in world.analyst.facts()}
    family = world.family("hants-schools", **service.family)

    # 1 and 2. The pre-referral activities, then the form.
    case = each_parent_is_screened_alone_and_agrees(world, family)
    # 3. The SPR team will contact you to discuss the referral.
    the_team_discusses_it_with_the_referrer(case)
    # 4. If it is agreed that the referral is safe and appropriate, contact information goes to the provider.
    the_coordinator_agrees_that_it_is_safe_and_appropriate(case)
    assert case.hears("agreed")["service"] == service.name
    the_provider_gets_each_parents_details_apart(case, service.provider)
    # 5. The provider contacts each parent and arranges an initial assessment.
    the_provider_accepts_and_contacts_each_parent(case)
    the_provider_assesses(case, each_alone=service.name == "mediation")

    # Wrap-around support: each parent's own practitioner touches base before each session.
    a_session_is_planned(case, 1, service.session)
    each_parents_practitioner_is_reminded(case, 1)
    the_practitioner_touches_base_with(case, family.mother, family.father)
    the_session_is_held(case, 1, service.session)
    assert world.coordinator.line(case.id) is None
    # Before the second one, nobody has spoken with the father: the team is shown it, and sees to it.
    a_session_is_planned(case, 2, service.session)
    each_parents_practitioner_is_reminded(case, 2)
    the_practitioner_touches_base_with(case, family.mother)
    the_session_is_held(case, 2, service.session)
    world.coordinator.finds(case.id, "wrap-around-not-confirmed")
    world.coordinator.does(f"/cases/{case.id}/seen-to")

    the_work_is_completed(case)
    world.months_pass(6)
    the_provider_asks_again_after(case, 6)
    analysts_count(world, cases_known_to_analysts, "answered-6-months", parents=2, fathers=1)
    world.months_pass(6)
    the_provider_asks_again_after(case, 12)
    analysts_count(world, cases_known_to_analysts, "answered-12-months", parents=2, fathers=1)

    steps = [each["step"] for each in case.front_door.progress(family.ref)]
    assert steps == ["screened", "agreed", "accepted", "assessed", "session", "session", "closed"]
    nothing_was_refused_and_nobody_else_received_anything(case)


def analysts_count(world: World, known: set[Any], fact: str, *, parents: int, fathers: int) -> None:
    """Of the one case that is new to analysts, who know it by a pseudonym."""

    def counted() -> bool:
        new = [each for each in world.analyst.facts() if each["case_id"] not in known and each["fact"] == fact]
        counted = [sum(int(each[who]) for each in new) for who in ("parents", "fathers")]
        return counted == [parents, fathers]

    world.days_end()
    until(counted, f"analysts to count {fact} of {parents} parents, {fathers} of them fathers")


def nothing_was_refused_and_nobody_else_received_anything(case: Case) -> None:
    """One provider had the family, and all that it said was taken."""
    assert case.provider is not None
    assert not case.provider.refused(case.id)
    assert not [
        name for name, each in case.world.providers.items() if each is not case.provider and each.received(case.id)
    ]
