"""Bugs that are planted in the running services: an oracle that does not find them proves nothing."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from threading import Event, Thread

from deploy.stack.services import SERVICE_NAMES
from tests.faults.campaign import Order, run
from tests.faults.connections import insist, make_slow
from tests.faults.plan import Kind
from tests.faults.processes import start_another
from tests.faults.world import World

PLANTED = ("ack_before_commit", "relay_after_last_id", "skip_locked_relays")


def catch(name: str, seed: int, progress: Callable[[str], None]) -> dict[str, int]:
    """Runs a short campaign against the bug. Returns the harms that were found: empty where it was not caught."""
    progress(f"planting {name}")
    order = Order(
        seed,
        faults=6,
        events=1500,
        short=True,
        planted=name,
        patience_s=3,
        quiescence_s=8,
        choose=_CHOICE[name],
        also=_ALSO[name],
    )
    outcome = run(order, lambda text: progress(f"{name}: {text}"))
    return {harm: count for harm, count in sorted(outcome.verdict.harms.items()) if count}


def _named(*parts: str) -> Callable[[list[Kind]], list[Kind]]:
    return lambda found: [kind for kind in found if kind.name.endswith(parts)]


@contextlib.contextmanager
def _all_slow(world: World) -> Iterator[None]:
    """Every transaction commits some time after it took its ids, as on a slow disk."""
    for service in SERVICE_NAMES:
        insist(lambda service=service: make_slow(world, service, 0.1))
    try:
        yield
    finally:
        for service in SERVICE_NAMES:
            insist(lambda service=service: make_slow(world, service, 0))


@contextlib.contextmanager
def _two_of_each(world: World) -> Iterator[None]:
    """A second process of every service, which now and then stops for a moment, as on a busy machine."""
    others = [start_another(world, service) for service in SERVICE_NAMES]
    over = Event()

    def stutter() -> None:
        while not over.is_set():
            for other in others:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(other.pid, signal.SIGSTOP)
                    over.wait(0.3)
                    os.kill(other.pid, signal.SIGCONT)
            over.wait(0.05)

    thread = Thread(target=stutter, daemon=True)
    time.sleep(4)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        for other in others:
            other.kill()
            other.wait()


_CHOICE = {
    "ack_before_commit": _named("after claim", "before commit"),
    "relay_after_last_id": _named("commits slow", "relay's connection cut"),
    "skip_locked_relays": _named("service frozen", "commits slow"),
}
_ALSO: dict[str, Callable[[World], contextlib.AbstractContextManager[None]]] = {
    "ack_before_commit": lambda _world: contextlib.nullcontext(),
    "relay_after_last_id": _all_slow,
    "skip_locked_relays": _two_of_each,
}
