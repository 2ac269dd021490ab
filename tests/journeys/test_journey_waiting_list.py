"""A provider with one place: who comes next waits, is told the position, and gets the place when it comes free."""

from tests.journeys.parties import until
from tests.journeys.steps import (
    Case,
    a_session_is_planned,
    each_parent_is_screened_alone_and_agrees,
    the_coordinator_agrees_that_it_is_safe_and_appropriate,
    the_provider_accepts_and_contacts_each_parent,
    the_provider_assesses,
    the_provider_gets_each_parents_details_apart,
    the_session_is_held,
    the_work_is_completed,
)
from tests.journeys.world import World

HAVERING, PROVIDER = "E09000016", "caos-conflict-management"


def test_a_full_provider_and_a_waiting_list(world: World) -> None:
    first, second, third = (
        each_parent_is_screened_alone_and_agrees(world, world.family("havering-mash", *names))
        for names in (
            ("Abernathy", "Philippa", "Montgomery"),
            ("Chowdhury", "Nusrat", "Tanvir"),
            ("Villanueva", "Esperanza", "Ignacio"),
        )
    )
    assert the_coordinator_agrees_that_it_is_safe_and_appropriate(first) == "offered"
    the_provider_gets_each_parents_details_apart(first, PROVIDER)

    # There is no other place: the next two wait, in the order in which they were agreed.
    for position, case in enumerate((second, third), start=1):
        assert the_coordinator_agrees_that_it_is_safe_and_appropriate(case) == "waiting-list"
        assert case.hears("waiting")["position"] == position
    assert who_waits(world) == [second.id, third.id]
    the_provider_has_heard_of_nobody_who_waits(second, third)

    # The first family's work comes to its end, and the place is free.
    the_provider_accepts_and_contacts_each_parent(first)
    the_provider_assesses(first, each_alone=True)
    a_session_is_planned(first, 1, "joint", in_days=1)
    the_session_is_held(first, 1, "joint")
    the_work_is_completed(first)

    assert second.hears("agreed")["provider"] == PROVIDER
    the_provider_gets_each_parents_details_apart(second, PROVIDER)
    third.hears("waiting", position=1)
    assert who_waits(world) == [third.id]
    the_provider_has_heard_of_nobody_who_waits(third)

    # The second family withdraws before the provider has answered: its place goes on to the third.
    world.coordinator.does(f"/cases/{second.id}/withdraw")
    assert second.hears("closed")["outcome"] == "withdrawn"
    the_provider_gets_each_parents_details_apart(third, PROVIDER)
    the_provider_accepts_and_contacts_each_parent(third)
    assert who_waits(world) == []
    until(lambda: world.providers[PROVIDER].received(second.id, "referral-stopped"), "the second family's stop")


def who_waits(world: World) -> list[str]:
    """The area's waiting list, in order."""
    items = world.coordinator.get("/waiting-lists", area=HAVERING)["items"]
    waiting = [each for offer in items for each in offer["waiting"]]
    assert [each["position"] for each in waiting] == list(range(1, len(waiting) + 1))
    return [str(each["case_id"]) for each in waiting]


def the_provider_has_heard_of_nobody_who_waits(*cases: Case) -> None:
    """No name, no number, no case."""
    for case in cases:
        assert not case.world.providers[PROVIDER].received(case.id)
