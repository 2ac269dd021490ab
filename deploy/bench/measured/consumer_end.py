"""Measures a consumer from its first records to the last commit of their effects."""

import asyncio
import time

import asyncpg

from deploy.bench.effects import count_effects
from shared.service.memory import freeze_startup_objects


class Effects:
    """Counts handled events; `wait_for` returns the seconds once all effects are committed."""

    def __init__(self) -> None:
        self.handled = 0
        self._began: float | None = None

    def begin(self) -> None:
        """Starts the clock at the first records."""
        if self._began is None:
            freeze_startup_objects()
            self._began = time.perf_counter()

    async def wait_for(self, url: str, count: int) -> float:
        """Waits for all effects. Raises RuntimeError if one is missing or doubled."""
        while self.handled < count:  # noqa: ASYNC110 - the handler counts
            await asyncio.sleep(0.005)
        watch = await asyncpg.connect(url)
        while (found := await count_effects(watch)) < (count, count, count):  # noqa: ASYNC110 - polls the tables
            await asyncio.sleep(0.01)
        ended = time.perf_counter()
        await watch.close()
        if found != (count, count, count) or self._began is None:
            raise RuntimeError(f"{found} rows of effects, inbox and outbox for {count} events")
        return ended - self._began
