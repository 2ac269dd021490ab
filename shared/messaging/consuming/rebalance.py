"""Gives partitions up cleanly at a rebalance, and no more of them than needed.

The client library supports only Kafka's eager protocol: at each rebalance every member gives up all its partitions
before any is assigned again. Within that protocol: a member first finishes its batch in flight and commits the offsets,
so the next owner reads nothing twice; a batch that takes too long is rolled back, so none is applied after its
partitions were given up; partitions stay with their owner where the balance allows it; and a process with a stable
instance name that returns within the session timeout keeps its partitions without a rebalance.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import structlog
from aiokafka import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor

SESSION_TIMEOUT_MS = 10_000
HEARTBEAT_MS = 1_000
# The group coordinator waits this long for members to give up their partitions and rejoin.
REBALANCE_TIMEOUT_MS = 30_000
_LONGEST_BATCH_S = 20.0
_ROLLBACK_S = 5.0
Done = TypeVar("Done")
log = structlog.get_logger()


class InFlight:
    """The batch in flight, if there is one."""

    def __init__(self) -> None:
        self._idle = asyncio.Event()
        self._idle.set()
        self._work: asyncio.Task[Any] | None = None

    def begin(self) -> None:
        """Records were polled: a batch is in flight."""
        self._idle.clear()

    def end(self) -> None:
        """The batch is done: its offsets are committed, or it will be read again."""
        self._idle.set()

    async def run(self, work: Coroutine[Any, Any, Done]) -> Done | None:
        """Runs the work on the batch; returns None if it was cancelled by `give_up` and so had no effect."""
        task = asyncio.create_task(work)
        self._work = task
        try:
            return await task
        except asyncio.CancelledError:
            if (mine := asyncio.current_task()) is not None and mine.cancelling():
                raise
            return None
        finally:
            self._work = None

    async def give_up(self, seconds: float) -> bool:
        """Waits until no batch is in flight; after `seconds` cancels the work, which rolls back, and returns False."""
        try:
            await asyncio.wait_for(self._idle.wait(), seconds)
        except TimeoutError:
            if self._work is not None:
                self._work.cancel()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), _ROLLBACK_S)
            return False
        return True


class RebalanceListener(ConsumerRebalanceListener):  # type: ignore[misc]  # the library has no types
    """Finishes the batch in flight before partitions are given up."""

    def __init__(
        self,
        subscription: str,
        in_flight: InFlight,
        assignor: type[StickyPartitionAssignor],
        generation: Callable[[], int],
        reassigned: Callable[[], None] = lambda: None,
    ) -> None:
        """`reassigned` is called when every batch is done, before partitions are given up."""
        self._subscription = subscription
        self._in_flight = in_flight
        self._assignor = assignor
        self._generation = generation
        self._reassigned = reassigned

    async def on_partitions_revoked(self, revoked: set[Any]) -> None:
        """Heartbeats go on, and commits are still accepted, until this returns."""
        if not await self._in_flight.give_up(_LONGEST_BATCH_S):
            log.warning("batch rolled back at a rebalance", subscription=self._subscription, partitions=len(revoked))
        self._reassigned()

    async def on_partitions_assigned(self, assigned: set[Any]) -> None:
        """Passes on the generation, which the library does not store: an old claim would count as much as a new one."""
        self._assignor.on_generation_assignment(self._generation())
        log.info("partitions assigned", subscription=self._subscription, partitions=len(assigned))


def sticky_assignor() -> type[StickyPartitionAssignor]:
    """An assignor class for one consumer. The library's class stores its state on itself, shared by all consumers."""
    return type("Sticky", (StickyPartitionAssignor,), {"member_assignment": None, "generation": -1})
