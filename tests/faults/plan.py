"""Which faults, in which order: drawn from the seed alone, every kind as often as its weight says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from tests.faults import bad_records, broken_links, connections, full_disks, lost_nodes, processes
from tests.faults.hooks.crash_points import POINTS
from tests.faults.stuck_partition import rebalance_with_one_partition_stuck
from tests.faults.traffic import ProviderClient, Publisher
from tests.faults.world import World

REPLAYED = "service's groups read all their topics again"


@dataclass(frozen=True)
class Kind:
    """A kind of fault. One that lasts leaves room for the next to come while it does."""

    name: str
    weight: int
    inject: Callable[[Random], None]
    lasting: bool = False
    short: bool = True
    """Whether a short run may have it."""


def kinds(world: World, publisher: Publisher, clients: Sequence[ProviderClient]) -> list[Kind]:
    """All that there are."""

    def of(fault: Callable[..., None], name: str, weight: int, **named: Any) -> Kind:
        return Kind(name, weight, lambda rng: fault(world, rng), **named)

    found = [
        of(processes.service_killed, "service killed", 4),
        *(of(partial(processes.service_killed_at, point), f"service killed {_spaced(point)}", 2) for point in POINTS),
        of(processes.service_frozen, "service frozen", 3, lasting=True),
        of(processes.second_instance, "second instance started and killed", 2, lasting=True),
        of(rebalance_with_one_partition_stuck, "rebalance while one partition is stuck", 2, lasting=True, short=False),
        of(processes.postgres_restarted, "PostgreSQL restarted", 2),
        of(processes.kafka_restarted, "Kafka node killed and restarted", 2, short=False),
        of(processes.kafka_frozen, "Kafka node frozen", 2, lasting=True),
        of(connections.database_connections_cut, "database connections cut", 2),
        of(connections.relay_connection_cut, "relay's connection cut", 2),
        of(connections.database_frozen, "database sessions frozen", 2, lasting=True),
        of(connections.slow_commits, "commits slow", 2, lasting=True),
        of(connections.password_changed, "password changed", 1, short=False, lasting=True),
        of(connections.front_door_revoked, "front door's credential revoked", 1, short=False, lasting=True),
        of(connections.provider_revoked, "provider's credential revoked", 1, short=False, lasting=True),
        of(connections.service_revoked, "service's credential revoked", 1, short=False, lasting=True),
        of(connections.write_right_removed, "right to write removed", 2, lasting=True),
        of(connections.read_right_removed, "right to read removed", 1, lasting=True),
        of(bad_records.service_replayed, REPLAYED, 4, short=False),
        Kind("poison records", 2, lambda rng: bad_records.poison(rng, publisher, clients)),
        Kind("records sent again", 2, lambda rng: bad_records.duplicates(rng, publisher, clients)),
    ]
    for choose, server in ((broken_links.to_kafka, "Kafka"), (broken_links.to_postgres, "PostgreSQL")):
        for fault, what, weight in (
            (broken_links.cut, "cut", 2),
            (broken_links.cut_within_a_packet, "cut within a packet", 1),
            (broken_links.slow, "slow", 1),
            (broken_links.narrow, "narrow", 1),
            (broken_links.half_open, "half-open", 2),
            (broken_links.one_way, "open one way", 1),
        ):
            found.append(of(partial(fault, choose), f"link to {server} {what}", weight, lasting=True))
    if len(world.nodes) > 2:
        found += [
            of(lost_nodes.node_lost, "Kafka node lost and returned", 3, lasting=True),
            of(lost_nodes.controller_lost, "Kafka controller lost and returned", 1, lasting=True),
            of(lost_nodes.two_nodes_lost, "two Kafka nodes lost and returned", 1, lasting=True),
            of(lost_nodes.leader_cut_off, "Kafka leader cut off from its followers", 1, lasting=True),
        ]
    if world.disks:
        found += [
            of(full_disks.kafka_disk_full, "disk full for a Kafka node", 1, lasting=True),
            of(full_disks.postgres_data_full, "disk full for PostgreSQL", 1),
            of(full_disks.postgres_log_full, "disk full for PostgreSQL's write-ahead log", 1),
        ]
    return found


def _spaced(point: str) -> str:
    return point.replace("-", " ")


def drawn(among: Sequence[Kind], count: int, rng: Random) -> list[Kind]:
    """Bag after bag of all kinds by weight, each shuffled, so that a run of any length is a fair mixture."""
    plan: list[Kind] = []
    while len(plan) < count:
        bag = [kind for kind in among for _ in range(kind.weight)]
        rng.shuffle(bag)
        plan += bag
    return plan[:count]
