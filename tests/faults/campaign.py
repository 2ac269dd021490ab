"""One campaign: traffic through the whole system, faults meanwhile, then rest, then the oracle's judgement."""

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Any

import asyncpg
from confluent_kafka import KafkaException

from tests.faults import oracle, shadow
from tests.faults.plan import Kind, drawn, kinds
from tests.faults.processes import NotInjectedError
from tests.faults.records import Watcher
from tests.faults.rest import wait_for_rest
from tests.faults.traffic import Publisher, provider_clients
from tests.faults.world import World, world

Tell = Callable[[str], None]
Choose = Callable[[list[Kind]], list[Kind]]
_AWAY = (KafkaException, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


@dataclass
class Outcome:
    """What a campaign was, and what the oracle found."""

    seed: int
    seconds: float
    by_kind: Counter[str]
    verdict: oracle.Verdict
    unsettled: list[str] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """How many were injected."""
        return self.by_kind.total()


@dataclass(frozen=True)
class Order:
    """What to run. `patience_s` is how long a fault waits for its share of the events before it comes anyway."""

    seed: int
    faults: int
    events: int
    short: bool = False
    planted: str | None = None
    patience_s: float = 20.0
    rest_s: float = 90.0
    seconds: float = 7200.0
    choose: Choose = lambda found: found
    also: Callable[[World], Any] = lambda _world: contextlib.nullcontext()


def run(order: Order, tell: Tell) -> Outcome:
    """Everything, in a home that is removed at the end."""
    began = time.monotonic()
    tell("starting a stack")
    with world(order.planted) as running:
        shadow.install(running)
        publisher = Publisher(running, order.seed)
        clients = provider_clients(running, order.seed)
        for thread in (publisher, *clients):
            thread.start()
        publisher.going.set()
        found = [kind for kind in kinds(running, publisher, clients) if kind.short or not order.short]
        with order.also(running):
            by_kind = _inject(running, order, order.choose(found), publisher, tell)
            tell("no more faults: waiting for rest")
            publisher.finish()
            unsettled = wait_for_rest(running, clients, order.rest_s, tell)
        for client in clients:
            client.finish()
        tell("judging")
        sent = oracle.Sent(
            submissions=dict(publisher.published),
            updates={update: sent for client in clients for update, sent in client.updates.items()},
        )
        verdict = oracle.judge(running, sent)
    return Outcome(order.seed, time.monotonic() - began, by_kind, verdict, unsettled)


def _inject(running: World, order: Order, among: Sequence[Kind], publisher: Publisher, tell: Tell) -> Counter[str]:
    """Each fault when its share of the events has passed; one that lasts goes on beside the next ones."""
    rng = Random(f"faults/{order.seed}")
    by_kind: Counter[str] = Counter()
    deadline = time.monotonic() + order.seconds
    lasting: list[tuple[Kind, Future[None]]] = []
    watcher = Watcher(running)
    _wait_for_events(watcher, 100, 30, publisher)
    plan = iter(drawn(among, order.faults * 4, rng))
    with ThreadPoolExecutor(max_workers=4) as others:
        while by_kind.total() + len(lasting) < order.faults and time.monotonic() < deadline:
            kind = next(plan)
            chance = Random(rng.getrandbits(64))
            done = by_kind.total() + len(lasting)
            _wait_for_events(watcher, order.events * done // order.faults, order.patience_s, publisher)
            time.sleep(chance.uniform(0, 0.8))
            if kind.lasting:
                lasting.append((kind, others.submit(kind.inject, chance)))
                if len(lasting) >= 4:
                    _collect(*lasting.pop(0), by_kind, tell)
            else:
                _collect(kind, others.submit(kind.inject, chance), by_kind, tell)
        for kind, future in lasting:
            _collect(kind, future, by_kind, tell)
    _wait_for_events(watcher, order.events, deadline - time.monotonic(), publisher)
    publisher.going.clear()
    return by_kind


def _collect(kind: Kind, future: "Future[None]", by_kind: Counter[str], tell: Tell) -> None:
    try:
        future.result()
    except NotInjectedError as error:
        tell(f"not injected: {kind.name} ({error})")
        return
    by_kind[kind.name] += 1
    tell(f"fault {by_kind.total()}: {kind.name}")


def _wait_for_events(watcher: Watcher, count: int, seconds: float, publisher: Publisher) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(*_AWAY):
            there = watcher.count()
            # A backlog without bound would show nothing new, and take long to come to rest.
            publisher.limit = 300 + there // 25
            if there >= count:
                return
        time.sleep(0.25)
