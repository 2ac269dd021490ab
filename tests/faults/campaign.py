"""One campaign: traffic through the whole system, faults meanwhile, then rest, then the oracle's judgement."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from random import Random
from typing import Any

import asyncpg
from confluent_kafka import KafkaException

from tests.faults import oracle, shadow
from tests.faults.bad_records import never_replayed, replay
from tests.faults.plan import REPLAYED, Kind, drawn, kinds
from tests.faults.processes import NotInjectedError
from tests.faults.quiescence import wait_for_quiescence
from tests.faults.records import Watcher
from tests.faults.traffic import Publisher, provider_clients
from tests.faults.world import World, world

Progress = Callable[[str], None]
Choose = Callable[[list[Kind]], list[Kind]]
# How many faults that last may be under way together.
_AT_ONCE = 5
_AWAY = (KafkaException, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


@dataclass
class Outcome:
    """What a campaign was, and what the oracle found."""

    seed: int
    seconds: float
    by_kind: Counter[str]
    nodes: int
    seen: Counter[str]
    replayed: Counter[tuple[str, str]]
    not_injected: Counter[str]
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
    nodes: int = 1
    limited: bool = False
    planted: str | None = None
    patience_s: float = 12.0
    quiescence_s: float = 90.0
    seconds: float = 7200.0
    choose: Choose = lambda found: found
    also: Callable[[World], Any] = lambda _world: contextlib.nullcontext()


def run(order: Order, progress: Progress) -> Outcome:
    """Everything, in a home that is removed at the end."""
    began = time.monotonic()
    progress("starting a stack")
    with world(order.planted, order.nodes, limited=order.limited) as running:
        shadow.install(running)
        publisher = Publisher(running, order.seed)
        clients = provider_clients(running, order.seed)
        for thread in (publisher, *clients):
            thread.start()
        publisher.going.set()
        found = [kind for kind in kinds(running, publisher, clients) if kind.short or not order.short]
        with order.also(running):
            counts = _inject(running, order, order.choose(found), publisher, progress)
            progress("no more faults: waiting for rest")
            publisher.finish()
            unsettled = wait_for_quiescence(running, clients, order.quiescence_s, progress)
        for client in clients:
            client.finish()
        progress("judging")
        sent = oracle.Sent(
            submissions=dict(publisher.published),
            updates={update: sent for client in clients for update, sent in client.updates.items()},
        )
        verdict = oracle.judge(running, sent)
    return Outcome(
        order.seed,
        time.monotonic() - began,
        counts.by_kind,
        order.nodes,
        running.seen,
        running.replayed,
        counts.not_injected,
        verdict,
        unsettled,
    )


@dataclass
class _Counts:
    by_kind: Counter[str] = field(default_factory=Counter)
    not_injected: Counter[str] = field(default_factory=Counter)

    def collect(self, kind: Kind, future: "Future[None]", progress: Progress) -> None:
        try:
            future.result()
        except NotInjectedError as error:
            self.not_injected[kind.name] += 1
            progress(f"not injected: {kind.name} ({error})")
            return
        self.by_kind[kind.name] += 1
        progress(f"fault {self.by_kind.total()}: {kind.name}")


class _Pace(threading.Thread):
    """Knows how many events there are, and lets front doors go on as fast as the faults come."""

    def __init__(self, world: World, publisher: Publisher) -> None:
        super().__init__(name="pace", daemon=True)
        self.events = 0
        self.share = 0
        self._world = world
        self._publisher = publisher
        self._over = threading.Event()

    def run(self) -> None:
        """Until `stop`."""
        watcher = Watcher(self._world)
        while not self._over.wait(0.25):
            with contextlib.suppress(*_AWAY):
                self.events = watcher.count()
            # A backlog without bound would show nothing new, and take long to come to rest. A family makes some twenty
            # events and more; were more asked of each than it makes, the front doors would stand still for ever.
            self._publisher.limit = 300 + min(self.events, self.share) // 15

    def wait_for(self, share: int, seconds: float) -> None:
        """Until there are so many events, but no longer than this."""
        self.share = max(self.share, share)
        deadline = time.monotonic() + seconds
        while self.events < share and time.monotonic() < deadline:
            time.sleep(0.1)

    def stop(self) -> None:
        """No more submissions, no more counting."""
        self._publisher.going.clear()
        self._over.set()
        self.join(30)


def _inject(running: World, order: Order, among: Sequence[Kind], publisher: Publisher, progress: Progress) -> _Counts:
    """Each fault when its share of the events has passed; one that lasts goes on beside the next ones."""
    rng = Random(f"faults/{order.seed}")
    counts = _Counts()
    deadline = time.monotonic() + order.seconds
    lasting: dict[Future[None], Kind] = {}
    pace = _Pace(running, publisher)
    pace.start()
    pace.wait_for(100, 30)
    plan = iter(drawn(among, order.faults * 4, rng))
    with ThreadPoolExecutor(max_workers=_AT_ONCE + 1) as others:

        def collect(when: str) -> None:
            for ended in wait(lasting, return_when=when).done if lasting else ():
                counts.collect(lasting.pop(ended), ended, progress)

        while (done := counts.by_kind.total() + len(lasting)) < order.faults and time.monotonic() < deadline:
            kind = next(plan)
            chance = Random(rng.getrandbits(64))
            pace.wait_for(order.events * done // order.faults, order.patience_s)
            time.sleep(chance.uniform(0, 0.8))
            future = others.submit(kind.inject, chance)
            if kind.lasting:
                lasting[future] = kind
            else:
                counts.collect(kind, future, progress)
            if len(lasting) >= _AT_ONCE:
                collect(FIRST_COMPLETED)
        collect(ALL_COMPLETED)
        if any(kind.name == REPLAYED for kind in among):
            for service in never_replayed(running):
                kind = Kind(REPLAYED, 0, lambda _rng, service=service: replay(running, service))
                counts.collect(kind, others.submit(kind.inject, rng), progress)
    pace.wait_for(order.events, deadline - time.monotonic())
    pace.stop()
    return counts
