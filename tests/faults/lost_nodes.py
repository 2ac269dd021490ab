"""Faults of a cluster: a node lost and returned, the one that leads it, two of three, and a leader cut off."""

import time
from collections.abc import Sequence
from contextlib import suppress
from random import Random
from typing import Any

from confluent_kafka import KafkaException, Producer

from deploy.stack.consumer_groups import NoAnswerError
from tests.faults.administration import asked, make_topic
from tests.faults.cluster import REPLICAS, Node
from tests.faults.links import Condition
from tests.faults.processes import NotInjectedError
from tests.faults.records import Watcher
from tests.faults.world import World

_PROBES = "faults-probes"
# A node that was killed is taken for dead after its session: 6 seconds.
_NOTICED_S = 7.0


def node_lost(world: World, rng: Random) -> None:
    """A node is killed and stays away; the others go on; it returns."""
    _lost_for(world, [rng.choice(world.nodes)], rng.uniform(8, 16))


def controller_lost(world: World, rng: Random) -> None:
    """The same for the node that is the active controller."""
    leaders = [node for node in world.nodes if node.leads_the_cluster() and world.process(node.name)]
    if len(leaders) != 1:
        raise NotInjectedError("no node is sure to be the active controller")
    _lost_for(world, leaders, rng.uniform(8, 14))


def two_nodes_lost(world: World, rng: Random) -> None:
    """Two of three are away: nothing can be written, all wait; both return."""
    _lost_for(world, rng.sample(list(world.nodes), 2), rng.uniform(3, 8))


def _lost_for(world: World, nodes: Sequence[Node], seconds: float) -> None:
    with world.one_loss:
        servers = [world.servers[node.name] for node in nodes]
        if any(server.pid is None for server in servers):
            raise NotInjectedError("it was away already")
        try:
            for server in servers:
                server.hold_down()
            if len(nodes) == 1:
                _watch(world, seconds)
            else:
                ended = time.monotonic() + seconds
                answer = _probe(world, next(node for node in world.nodes if node not in nodes), seconds)
                world.seen[f"with two nodes lost, a write was answered {answer}"] += 1
                time.sleep(max(0.0, ended - time.monotonic()))
        finally:
            for server in servers:
                server.let_up()
        _wait_until_up(world, nodes)


def _watch(world: World, seconds: float) -> None:
    """Whether the rest of the cluster goes on once it has noticed."""
    time.sleep(_NOTICED_S)
    watcher = Watcher(world)
    before = _count(watcher)
    time.sleep(max(1.0, seconds - _NOTICED_S))
    after = _count(watcher)
    if before is None or after is None:
        world.seen["times that ends of topics were not to be had while one node was lost"] += 1
    else:
        world.seen["records written while one node was lost"] += after - before


def _count(watcher: Watcher) -> int | None:
    deadline = time.monotonic() + 8
    while time.monotonic() < deadline:
        with suppress(KafkaException):
            return watcher.count()
    return None


def leader_cut_off(world: World, rng: Random) -> None:
    """Its followers can't reach a leader, so its partitions have one copy in sync: it has to refuse what is written."""
    node = rng.choice(world.nodes)
    link = [f"{REPLICAS}/{node.name}"]
    with world.one_loss:
        if world.process(node.name) is None:
            raise NotInjectedError("it was away already")
        try:
            asked(make_topic, world.stack.admin_properties(), _PROBES)
            world.links.become(link, Condition(refusing=True))
            world.links.cut(link)
            deadline = time.monotonic() + 14
            answer = "nothing yet"
            while time.monotonic() < deadline and not answer.startswith("NOT_ENOUGH_REPLICAS"):
                answer = _probe(world, node, 2)
            world.seen[f"cut off from its followers, a leader answered {answer}"] += 1
            time.sleep(rng.uniform(0, 2))
        except NoAnswerError as error:
            raise NotInjectedError(str(error)) from error
        finally:
            world.links.become(link)


def _probe(world: World, node: Node, seconds: float) -> str:
    """What Kafka says to a record for a partition that this node leads: the name of the error, or `taken`."""
    producer = Producer(
        {
            **world.stack.admin_properties(),
            "bootstrap.servers": f"127.0.0.1:{node.client}",
            "acks": "all",
            "retries": 0,
            "request.timeout.ms": int(seconds * 1000),
            "message.timeout.ms": int(seconds * 1000) + 1000,
            "log_level": 0,
        }
    )
    answers: list[str] = []

    def delivered(error: Any, _message: Any) -> None:
        answers.append(error.name().lstrip("_") if error is not None else "taken")

    try:
        described = producer.list_topics(_PROBES, timeout=5).topics[_PROBES]
        led = [number for number, each in described.partitions.items() if each.leader == node.number]
        if not led:
            return "that it leads nothing"
        producer.produce(_PROBES, b"probe", partition=led[0], on_delivery=delivered)
        producer.flush(seconds + 2)
    except KafkaException as error:
        return str(error.args[0].name()).lstrip("_")
    return answers[0] if answers else "nothing"


def _wait_until_up(world: World, nodes: Sequence[Node]) -> None:
    deadline = time.monotonic() + 60
    while any(world.process(node.name) is None for node in nodes):
        if time.monotonic() > deadline:
            raise RuntimeError("a lost node did not return within a minute")
        time.sleep(0.1)
