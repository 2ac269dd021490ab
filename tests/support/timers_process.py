"""A process that fires timers slowly, for a test to kill: `python -m tests.support.timers_process URL`."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from shared.contracts.referral import CaseRefused
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers.clock import Clock
from shared.messaging.timers.firing import Timers
from shared.messaging.timers.scheduled import ScheduledTimer, Timer
from shared.postgres.pool import open_pool


def emit_of(tx: Transaction, each: ScheduledTimer) -> None:
    """The effect of a timer: one event."""
    tx.emit(
        CaseRefused(
            case_id=UUID(each.subject),
            occurred_at=datetime(2025, 4, 1, tzinfo=UTC),
            sequence=1,
            area="E10000014",
            agency="aa",
            family_ref="f",
            reason="other",
        )
    )


async def _slowly(tx: Transaction, batch: Sequence[ScheduledTimer], now: datetime) -> None:
    for each in batch:
        emit_of(tx, each)
    print(len(batch), flush=True)
    await asyncio.sleep(0.5)


async def main(url: str) -> None:
    pool = await open_pool(url, connections=4, name="test-timers")
    await Timers("outcomes", {"test": Timer(_slowly)}, pool, Clock("wall")).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
