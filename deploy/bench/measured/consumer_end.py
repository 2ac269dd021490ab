"""When a consumer has had all its effects, and how long it took: from its first records to its last commit."""

import asyncio
import time

import asyncpg

from deploy.bench.effects import count_effects
from shared.service.memory import freeze_startup_objects


class Effects:
    """Counts what a handler has done; `wait_for` returns the seconds when all of it is committed."""

    def __init__(self) -> None:
        self.handled = 0
        self._began: float | None = None

    def begin(self) -> None:
        """The first records are here."""
        if self._began is None:
            freeze_startup_objects()
            self._began = time.perf_counter()

    async def wait_for(self, url: str, count: int) -> float:
        """Raises RuntimeError where an effect is missing or doubled."""
        while self.handled < count:  # noqa: ASYNC110 - counted by whoever handles
            await asyncio.sleep(0.005)
        watch = await asyncpg.connect(url)
        while (found := await count_effects(watch)) < (count, count, count):  # noqa: ASYNC110 - the tables are asked
            await asyncio.sleep(0.01)
        ended = time.perf_counter()
        await watch.close()
        if found != (count, count, count) or self._began is None:
            raise RuntimeError(f"{found} rows of effects, inbox and outbox for {count} events")
        return ended - self._began
