"""A limit on dead letters of our own making: a bad release must not turn every record into one.

A record that one of our services wrote and another cannot read, and any error of our own in handling a record, are our
defects. Many of them in a short time have one cause, and each further dead letter only adds to the repair. Past the
limit the record therefore stays unread with its partition, while other partitions go on. Records from outside parties
that break the contract never count, so nobody can pause a subscription by sending nonsense.

The pause lasts until an operator resumes the subscription or the process restarts, as it does with a corrected release.
Waiting records are retried every few seconds, so a cause that disappears needs nobody to act.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from shared.contracts.topics import is_outside
from shared.messaging.consuming.dead_letters import Unusable
from shared.telemetry import metrics

log = structlog.get_logger()


class LimitReachedError(Exception):
    """One more dead letter of our own making would exceed the limit."""


@dataclass(frozen=True)
class Limit:
    """At most `most` dead letters of our own making in `seconds`, for one subscription in one process."""

    most: int = 100
    seconds: float = 600.0


class OwnDeadLetters:
    """Counts a subscription's dead letters of our own making, and pauses it when there are too many."""

    def __init__(self, subscription: str, limit: Limit, clock: Callable[[], float] = time.monotonic) -> None:
        self._subscription = subscription
        self._limit = limit
        self._clock = clock
        self._made: deque[float] = deque()
        self._last = ""
        self.paused_since: datetime | None = None

    def check(self, dead: Iterable[Unusable]) -> int:
        """How many of these are of our own making. Raises LimitReachedError if they would exceed the limit."""
        own = [each for each in dead if is_own(each)]
        if not own:
            return 0
        self._last = _described(own[-1])
        earliest = self._clock() - self._limit.seconds
        while self._made and self._made[0] < earliest:
            self._made.popleft()
        if self.paused_since is None and len(self._made) + len(own) > self._limit.most:
            self._pause()
        if self.paused_since is not None:
            raise LimitReachedError
        return len(own)

    def note(self, count: int) -> None:
        """Records that this many were stored."""
        if count:
            metrics.OWN_DEAD_LETTERS.labels(self._subscription).inc(count)
            self._made.extend([self._clock()] * count)

    def resume(self) -> bool:
        """Restarts the count. False if the subscription was not paused."""
        was_paused = self.paused_since is not None
        self.paused_since = None
        self._made.clear()
        metrics.PAUSED.labels(self._subscription).set(0)
        if was_paused:
            log.warning("subscription resumed", subscription=self._subscription)
        return was_paused

    def as_json(self) -> dict[str, Any] | None:
        """Since when the subscription has been paused, and why; None if it is not."""
        if self.paused_since is None:
            return None
        return {
            "subscription": self._subscription,
            "since": self.paused_since,
            "why": f"more than {self._limit.most} dead letters of our own making in {self._limit.seconds:g} seconds",
            "last": self._last,
        }

    def _pause(self) -> None:
        self.paused_since = datetime.now(UTC)
        metrics.PAUSED.labels(self._subscription).set(1)
        log.error(
            "subscription paused: too many dead letters of our own making",
            subscription=self._subscription,
            most=self._limit.most,
            seconds=self._limit.seconds,
            last=self._last,
        )


def is_own(dead: Unusable) -> bool:
    """Whether a dead letter is of our own making: one of our events, or an error of ours with any record."""
    return dead.faulty or not is_outside(dead.record.topic)


def _described(dead: Unusable) -> str:
    record, finding = dead.record, dead.findings[0] if dead.findings else None
    what = f": {finding.field} {finding.rule}" if finding else ""
    return f"{record.topic}/{record.partition}@{record.offset}{what}"
