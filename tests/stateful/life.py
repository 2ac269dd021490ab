"""What every rule of a life needs: the world, time that goes on, and how far the events get after each step."""

import asyncio
import sys
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from tests.stateful.world import World

PICK = st.integers(0, 11)
# Mostly everything arrives at once; else in an order and in batches of its own, or not yet.
NOT_YET = -1
FLOW = st.sampled_from([0, 0, 0, 0, 1, 2, 3, 4, 5, NOT_YET])
_A_WHILE = timedelta(minutes=7)
R = TypeVar("R")


class Life(RuleBasedStateMachine):
    """One life. `world` and `loop` are set once for all of them."""

    world: ClassVar[World]
    loop: ClassVar[asyncio.AbstractEventLoop]

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0
        self.run(self.world.begin())

    @property
    def late_enough(self) -> bool:
        """Whether something can have happened by now: a sign of abuse at once would end every life."""
        return self.taken > 10

    def run(self, work: Coroutine[Any, Any, R]) -> R:
        """Runs to the end."""
        return self.loop.run_until_complete(work)

    def go(self, flow: int) -> None:
        """Ends a step: events arrive, or not yet; at rest everything is looked at. Then a while passes."""
        self.taken += 1
        self.world.steps += 1
        if flow != NOT_YET:
            self.run(self.world.deliver(flow))
            self.run(self.world.look())
        self.world.forward(_A_WHILE)

    def case(self, pick: int) -> str:
        """A case that the referral service knows: the newest first."""
        cases = [*self.world.agreements.screened]
        return cases[-1 - pick % len(cases)]

    def state_of(self, case: str) -> str:
        """Where a case stands."""
        return str(self.shown(case)["state"])

    def shown(self, case: str) -> dict[str, Any]:
        """What a coordinator sees of a case."""
        answer = self.run(self.world.ask("referral", "GET", f"/cases/{case}"))
        shown: dict[str, Any] = answer.json()
        return shown

    def command(self, case: str, name: str, body: Any = None) -> int:
        """A coordinator's command. It may be refused."""
        return self.run(self.world.ask("referral", "POST", f"/cases/{case}/{name}", body)).status_code

    def teardown(self) -> None:
        """The end of a life. One that has failed already says no more."""
        if sys.exc_info()[0] is None:
            self.run(self.world.end())
