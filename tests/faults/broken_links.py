"""Faults of links: between a service or a party outside and Kafka, between a service and PostgreSQL."""

import time
from collections.abc import Callable
from random import Random

from deploy.stack.services import SERVICE_NAMES
from tests.faults.cluster import PARTIES
from tests.faults.links import Condition, Direction
from tests.faults.processes import NotInjectedError
from tests.faults.world import World

Choose = Callable[[World, Random], list[str]]


def to_kafka(world: World, rng: Random) -> list[str]:
    """Somebody's links to all nodes, or to one of them."""
    who = rng.choice((*SERVICE_NAMES, PARTIES))
    names = [f"{who}/{node}" for node in world.kafka_names()]
    return names if rng.random() < 0.6 else [rng.choice(names)]


def to_postgres(_world: World, rng: Random) -> list[str]:
    """A service's link to its database and the keyring's."""
    return [f"{rng.choice(SERVICE_NAMES)}/postgres"]


def _in_use(choose: Choose, world: World, rng: Random) -> list[str]:
    """Links by which somebody is connected now."""
    for _ in range(20):
        names = choose(world, rng)
        if any(world.links.by_name[name].connections for name in names):
            return names
    raise NotInjectedError("nobody was connected")


def cut(choose: Choose, world: World, rng: Random) -> None:
    """All connections are reset, and new ones refused for some seconds."""
    names = _in_use(choose, world, rng)
    _while(world, names, Condition(refusing=True), rng.uniform(1, 6), cut_first=True)


def cut_within_a_packet(choose: Choose, world: World, rng: Random) -> None:
    """All connections are reset after some more bytes, in the middle of what is being sent."""
    names = _in_use(choose, world, rng)
    before = {name: world.links.by_name[name].passed for name in names}
    world.links.cut(names, after_bytes=rng.randrange(1, 4000))
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        time.sleep(0.05)
        if any(world.links.by_name[name].passed - passed > 4000 for name, passed in before.items()):
            return
    world.links.cut(names)
    raise NotInjectedError(f"too little passed over {names[0]}")


def slow(choose: Choose, world: World, rng: Random) -> None:
    """Everything arrives late, now more, now less."""
    condition = Condition(delay_s=rng.uniform(0.02, 0.2), jitter_s=rng.uniform(0.02, 0.3))
    _while(world, _in_use(choose, world, rng), condition, rng.uniform(2, 7))


def narrow(choose: Choose, world: World, rng: Random) -> None:
    """A few kilobytes a second: packets arrive piece by piece."""
    _while(world, _in_use(choose, world, rng), Condition(bytes_per_s=rng.uniform(3_000, 40_000)), rng.uniform(2, 7))


def half_open(choose: Choose, world: World, rng: Random) -> None:
    """Nothing arrives any more, in either direction, and nobody is told; later it does, or the connection is gone."""
    _while(
        world,
        _in_use(choose, world, rng),
        Condition(silent=("up", "down")),
        rng.uniform(2, 10),
        cut_last=rng.random() < 0.5,
    )


def one_way(choose: Choose, world: World, rng: Random) -> None:
    """Nothing arrives in one direction alone: what was asked is done, and the answer does not come; or it never is."""
    way: Direction = rng.choice(("up", "down", "down"))
    _while(world, _in_use(choose, world, rng), Condition(silent=(way,)), rng.uniform(2, 8), cut_last=rng.random() < 0.6)


def _while(
    world: World,
    names: list[str],
    condition: Condition,
    seconds: float,
    *,
    cut_first: bool = False,
    cut_last: bool = False,
) -> None:
    try:
        world.links.become(names, condition)
        if cut_first:
            world.links.cut(names)
        time.sleep(seconds)
    finally:
        if cut_last:
            world.links.cut(names)
        world.links.become(names)
