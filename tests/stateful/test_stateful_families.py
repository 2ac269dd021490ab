"""Random lives of families through the real services: what must never happen, and what holds at rest.

`PARLEY_LIVES=2000 pytest tests/stateful -s` lives so many, each run others; `--hypothesis-seed=N` repeats one.
"""

import asyncio
import os
import time
from collections.abc import Iterator

import pytest
import uuid_utils
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from deploy.stack.home import Stack
from tests.stateful.machine import FamiliesStateMachine
from tests.stateful.world import World

_IN_CI, _STEPS = 20, 40
_REPORT_EVERY = 50
_MANY = int(os.environ.get("PARLEY_LIVES", "0"))


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop of its own: Hypothesis is no coroutine, and steps are run to their ends."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def test_families_through_random_histories(
    stack: Stack, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()

    def progress(runs: int) -> None:
        if _MANY and runs % _REPORT_EVERY == 0:
            print(f"{runs:,} of {_MANY:,} lives, {(time.monotonic() - began) / 60:.0f} min", flush=True)

    world = World(stack, progress)
    monkeypatch.setattr(uuid_utils, "uuid7", world.next_id)
    loop.run_until_complete(world.open())
    FamiliesStateMachine.world, FamiliesStateMachine.loop = world, loop
    try:
        run_state_machine_as_test(
            FamiliesStateMachine,
            settings=settings(
                max_examples=_MANY or _IN_CI,
                stateful_step_count=_STEPS,
                derandomize=not _MANY,
                database=None,
                deadline=None,
                print_blob=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        loop.run_until_complete(world.close())
        seconds = time.monotonic() - began
        print(f"{world.runs} lives, {world.steps} steps, {seconds:.0f} s: {world.steps / seconds:.1f} steps a second")
