"""Which faults, in which order: drawn from the seed alone, every kind as often as its weight says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from tests.faults import bad_records, connections, processes
from tests.faults.hooks.crash_points import POINTS
from tests.faults.traffic import ProviderClient, Publisher
from tests.faults.world import World


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

    return [
        of(processes.service_killed, "service killed", 4),
        *(of(partial(processes.service_killed_at, point), f"service killed {_words(point)}", 2) for point in POINTS),
        of(processes.service_frozen, "service frozen", 3, lasting=True),
        of(processes.second_instance, "second instance started and killed", 3, lasting=True),
        of(processes.postgres_restarted, "PostgreSQL restarted", 2),
        of(processes.kafka_restarted, "Kafka killed and restarted", 2, short=False),
        of(processes.kafka_frozen, "Kafka frozen", 2, lasting=True),
        of(connections.database_connections_cut, "database connections cut", 2),
        of(connections.relay_connection_cut, "relay's connection cut", 2),
        of(connections.database_frozen, "database sessions frozen", 2, lasting=True),
        of(connections.slow_commits, "commits slow", 2, lasting=True),
        of(connections.password_changed, "password changed", 1, short=False),
        of(connections.write_right_removed, "right to write removed", 2),
        of(connections.read_right_removed, "right to read removed", 1),
        of(bad_records.topic_replayed, "topic replayed from its start", 2, short=False),
        Kind("poison records", 2, lambda rng: bad_records.poison(rng, publisher, clients)),
        Kind("records sent again", 2, lambda rng: bad_records.duplicates(rng, publisher, clients)),
    ]


def _words(point: str) -> str:
    return point.replace("-", " ")


def drawn(among: Sequence[Kind], count: int, rng: Random) -> list[Kind]:
    """Bag after bag of all kinds by weight, each shuffled, so that a run of any length is a fair mixture."""
    plan: list[Kind] = []
    while len(plan) < count:
        bag = [kind for kind in among for _ in range(kind.weight)]
        rng.shuffle(bag)
        plan += bag
    return plan[:count]
