"""Passwords are changed while families are on their way: each service goes on where it was, with its new one."""

from deploy.directory.access import find_drift
from deploy.directory.parties import rotate
from deploy.stack.home import Home
from tests.journeys.steps import (
    each_parent_is_screened_alone_and_agrees,
    the_coordinator_agrees_that_it_is_safe_and_appropriate,
)
from tests.journeys.world import World

ON_THE_WAY = ("screening", "referral", "notification")


def pids(home: Home) -> list[int]:
    state = home.state()
    assert state is not None
    return [state["processes"][name]["pid"] for name in ON_THE_WAY]


def test_services_go_on_with_new_passwords(world: World) -> None:
    first = each_parent_is_screened_alone_and_agrees(world, world.family("hants-schools", "Okonkwo", "Adaeze", "Chidi"))
    stack = world.stack
    before, passwords = pids(stack.home), stack.home.secrets.all()
    # Until it starts again with its new password Kafka refuses a service, and it says so.
    with world.errors_expected(*ON_THE_WAY):
        for service in ON_THE_WAY:
            rotate(stack, service)
    assert not set(before) & set(pids(stack.home))
    assert all(stack.home.secrets.get(f"kafka/{name}") != passwords[f"kafka/{name}"] for name in ON_THE_WAY)
    assert find_drift(stack).refused == ()
    the_coordinator_agrees_that_it_is_safe_and_appropriate(first)
    each_parent_is_screened_alone_and_agrees(
        world, world.family("hants-schools", "Szczepanski", "Agnieszka", "Bartosz")
    )
