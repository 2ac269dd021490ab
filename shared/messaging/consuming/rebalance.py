"""Giving partitions up at a rebalance, and giving up no more of them than needed.

The client library speaks Kafka's eager protocol only: at each rebalance every member gives up all its partitions before
any is given out again. What can be had with it: a member that gives up first ends the batch in hand and commits its
offsets, so the next owner reads nothing again; a batch that takes too long is rolled back, so none is applied after its
partitions were given up; partitions stay with their owner wherever the balance allows it; and a process with a name of
its own that comes back within the session timeout finds its partitions as it left them, without a rebalance.
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
# The coordinator waits this long for members to give up and join again.
REBALANCE_TIMEOUT_MS = 30_000
_LONGEST_BATCH_S = 20.0
_ROLLBACK_S = 5.0
Done = TypeVar("Done")
log = structlog.get_logger()


class InHand:
    """The batch that is in hand, if one is."""

    def __init__(self) -> None:
        self._free = asyncio.Event()
        self._free.set()
        self._work: asyncio.Task[Any] | None = None

    def take(self) -> None:
        """Records were polled."""
        self._free.clear()

    def free(self) -> None:
        """Their offsets are committed, or they will be read again."""
        self._free.set()

    async def run(self, work: Coroutine[Any, Any, Done]) -> Done | None:
        """The work on the batch; None where it was told to give up, and so did nothing."""
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
        """Waits until nothing is in hand, and after so long ends the work, which rolls it back. False in that case."""
        try:
            await asyncio.wait_for(self._free.wait(), seconds)
        except TimeoutError:
            if self._work is not None:
                self._work.cancel()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._free.wait(), _ROLLBACK_S)
            return False
        return True


class HandOver(ConsumerRebalanceListener):  # type: ignore[misc]  # the library has no types
    """Ends the batch in hand before partitions are given up."""

    def __init__(
        self,
        subscription: str,
        in_hand: InHand,
        assignor: type[StickyPartitionAssignor],
        generation: Callable[[], int],
    ) -> None:
        self._subscription = subscription
        self._in_hand = in_hand
        self._assignor = assignor
        self._generation = generation

    async def on_partitions_revoked(self, revoked: set[Any]) -> None:
        """The coordinator goes on hearing from us, and accepts commits, until this returns."""
        if not await self._in_hand.give_up(_LONGEST_BATCH_S):
            log.warning("batch given up", subscription=self._subscription, partitions=len(revoked))

    async def on_partitions_assigned(self, assigned: set[Any]) -> None:
        """The library keeps what was assigned and not when: an old claim would weigh as much as a newer one."""
        self._assignor.on_generation_assignment(self._generation())
        log.info("partitions assigned", subscription=self._subscription, partitions=len(assigned))


def sticky_assignor() -> type[StickyPartitionAssignor]:
    """An assignor for one consumer. The library's keeps its memory on the class, where consumers would share it."""
    return type("Sticky", (StickyPartitionAssignor,), {"member_assignment": None, "generation": -1})
