"""Whether a service is at work: what looks for work of its own looks often while it is, and rarely while it is idle."""

import asyncio
import time

# So long after the last event, request or notification a service counts as at work.
_LINGERS_S = 10.0
ALWAYS_S = float("inf")
IDLE_S = 10.0
"""How often an idle service looks all the same: what another process of the service did is not noted in this one."""


class Activity:
    """What happened in one process of a service. `note` it, and whoever pauses looks at once."""

    def __init__(self, lingers_s: float = _LINGERS_S) -> None:
        """`lingers_s`: `ALWAYS_S` for work that is at no service, and always looks often."""
        self._lingers_s = lingers_s
        self._until = time.monotonic() + lingers_s
        self._noted = asyncio.Event()

    def note(self) -> None:
        """Something was committed, or is about to be."""
        self._until = time.monotonic() + self._lingers_s
        self._noted.set()
        self._noted = asyncio.Event()

    async def pause(self, at_work_s: float, idle_s: float = IDLE_S, wake: asyncio.Event | None = None) -> None:
        """Waits for the shorter time while the service is at work, or until `wake`.

        While it is idle, until something is noted, or for the longer time.
        """
        if time.monotonic() < self._until:
            await wait(wake or asyncio.Event(), at_work_s)
        else:
            await wait(self._noted, max(at_work_s, idle_s))


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Waits for an event, but no longer than this."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
