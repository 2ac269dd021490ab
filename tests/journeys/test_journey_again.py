"""Seven months after its mediation ended, a family comes again, by an agency that has never met it."""

from collections.abc import Mapping
from typing import Any

from deploy.stack.operator_api import NotFoundError
from tests.journeys.parties import until
from tests.journeys.people import Family
from tests.journeys.steps import (
    a_session_is_planned,
    each_parent_is_screened_alone_and_agrees,
    the_coordinator_agrees_that_it_is_safe_and_appropriate,
    the_provider_accepts_and_contacts_each_parent,
    the_provider_assesses,
    the_provider_gets_each_parents_details_apart,
    the_session_is_held,
    the_team_discusses_it_with_the_referrer,
    the_work_is_completed,
)
from tests.journeys.world import World


def test_a_re_referral_at_month_seven_by_another_agency(world: World) -> None:
    family = world.family("hants-schools", "Hetherington", "Clementine", "Lysander")
    before = each_parent_is_screened_alone_and_agrees(world, family)
    the_coordinator_agrees_that_it_is_safe_and_appropriate(before)
    the_provider_gets_each_parents_details_apart(before, "mediation-now")
    the_provider_accepts_and_contacts_each_parent(before)
    the_provider_assesses(before, each_alone=True)
    a_session_is_planned(before, 1, "joint", in_days=1)
    the_session_is_held(before, 1, "joint")
    the_work_is_completed(before)
    heard_by_the_school = before.front_door.progress(family.ref)

    world.months_pass(7)
    again = each_parent_is_screened_alone_and_agrees(world, as_the_health_visitor_knows(family))

    # The team is shown one family with both its cases; no case of it is open but this one.
    known = until(lambda: both_cases(world, again.id), "the family to be recognised")
    assert known == {"hants-schools": [before.id], "hants-health-visiting": [again.id]}
    assert world.coordinator.get("/likenesses", service="families")["items"] == []
    [evaluated] = until(lambda: heard_again(world, again.id), "the evaluation to be told that the family came again")
    assert (evaluated["previous_case_id"], evaluated["months"], evaluated["same_reason"]) == (before.id, 12, True)
    the_team_discusses_it_with_the_referrer(again)
    the_coordinator_agrees_that_it_is_safe_and_appropriate(again)
    assert again.hears("agreed")["provider"] == "mediation-now"
    the_provider_gets_each_parents_details_apart(again, "mediation-now")

    # Neither agency learns from it that the other knows the family.
    assert again.id != before.id
    assert before.front_door.progress(family.ref) == heard_by_the_school
    answers = str(again.front_door.progress(again.family.ref))
    assert not [each for each in ("hants-schools", family.ref, before.id, "joined") if each in answers]


def as_the_health_visitor_knows(family: Family) -> Family:
    """The same people: the father has another telephone by now, and the reference is the health visitors' own."""
    return Family(
        **{
            **vars(family),
            "agency": "hants-health-visiting",
            "source": "health-visitor",
            "ref": family.ref.replace("F", "HV"),
            "sent": [],
            "new_phone_of_father": "07700 900999",
        }
    )


def both_cases(world: World, case: str) -> dict[str, list[str]]:
    """The cases of a case's family by agency, once it is known by two."""
    try:
        members = world.coordinator.get(f"/families/{case}", service="families")["members"]
    except NotFoundError:
        return {}
    return {each["agency"]: [str(one) for one in each["cases"]] for each in members} if len(members) == 2 else {}


def heard_again(world: World, case: str) -> list[Mapping[str, Any]]:
    """What goes to the evaluation of a family that comes again: within how many months of the end, and for what."""
    return [each.body for each in world.operator_reads("family-referred-again") if each.body["case_id"] == case]
