"""Quiescence of the demo's stack: nothing is left to read, to send or to answer."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from deploy.demo.provider_process import Report
from deploy.demo.topic_ends import topic_ends
from deploy.stack import topics
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.observed import collect
from deploy.stack.operator_api import NotFoundError, OperatorClient
from deploy.stack.services import SERVICE_GROUPS, SERVICE_NAMES

PATIENCE_SECONDS = 120.0
_LOOK_SECONDS = 0.5


class Quiescence(IntEnum):
    """Levels of quiescence; each includes the one before."""

    DECISIONS = 1
    """Screenings, agreements and offers to providers are done. E-mails and providers' answers do not count."""
    ANSWERS = 2
    """Providers have answered all offers, and every resulting event has been read."""
    E_MAILS = 3
    """The last e-mail has been sent."""


@dataclass(frozen=True)
class Situation:
    """The unfinished work at one moment. `ends` counts each topic's records and so shows whether anything was added."""

    not_ready: tuple[str, ...]
    unread: dict[str, int]
    unsent: dict[str, int]
    e_mails_sent: int
    e_mails_queued: int
    ends: dict[str, int]
    providers: Report

    def unfinished(self, level: Quiescence) -> list[str]:
        """What is not finished at this level, as text; empty if everything is."""
        found = [f"{name} is not ready" for name in self.not_ready]
        found += [
            f"{group} has {count} records to read"
            for group, count in self.unread.items()
            if count and (level >= Quiescence.ANSWERS or not group.startswith("provider."))
        ]
        found += [f"{name} has {count} events to send" for name, count in self.unsent.items() if count]
        if level >= Quiescence.ANSWERS and self.providers.waiting:
            found.append(f"providers have {self.providers.waiting} referrals to answer")
        if level >= Quiescence.E_MAILS and self.e_mails_queued:
            found.append(f"{self.e_mails_queued} e-mails are to be sent")
        return found


class Observer:
    """Observes the running stack from outside, as `parley status` does."""

    def __init__(self, stack: Stack, providers: Callable[[], Report]) -> None:
        self._home = stack.home
        self._admin = topics.admin_client(stack.admin_properties())
        self._operator = OperatorClient(stack)
        self._providers = providers

    def look(self) -> Situation:
        """The current situation. Raises `ParleyError` if the stack or the providers have ended."""
        report = self._providers()
        sent, queued = self._e_mails()
        found = collect(self._home)
        services: dict[str, Any] = found["services"]
        ends = topic_ends(self._admin)
        return Situation(
            not_ready=tuple(name for name in SERVICE_NAMES if not services.get(name, {}).get("ready")),
            unread=unread_records(found["groups"], ends),
            unsent={name: service["outbox_backlog"] or 0 for name, service in services.items()},
            e_mails_sent=sent,
            e_mails_queued=queued,
            ends=ends,
            providers=report,
        )

    def _e_mails(self) -> tuple[int, int]:
        try:
            counts = self._operator.get("notification", "/e-mails")
        except NotFoundError:
            raise
        except ParleyError:
            return 0, 0  # The service is restarting and so counts as not ready.
        return int(counts["sent"]), int(counts["queued"])


def wait_until_quiescent(
    look: Callable[[], Situation],
    level: Quiescence,
    progress: Callable[[Situation], None],
    *,
    seconds: float = PATIENCE_SECONDS,
) -> Situation:
    """Waits until nothing is in progress at two observations in a row, with no new records between them.

    Raises `ParleyError` naming the unfinished work if nothing has changed for `seconds`.
    """
    quiescent: Situation | None = None  # The last observation, if nothing was in progress.
    before: Situation | None = None
    moved = time.monotonic()
    while True:
        now = look()
        progress(now)
        unfinished = now.unfinished(level)
        if not unfinished and quiescent is not None and quiescent.ends == now.ends:
            return now
        quiescent = None if unfinished else now
        if now != before:
            before, moved = now, time.monotonic()
        elif time.monotonic() - moved > seconds:
            raise ParleyError(
                f"Nothing has changed for {seconds:.0f} s: {'; '.join(unfinished)}. See `parley status` and the logs. "
                "Running the demo again continues from here."
            )
        time.sleep(_LOOK_SECONDS)


def unread_records(groups: list[dict[str, Any]], ends: dict[str, int]) -> dict[str, int]:
    """Unread records by group. A topic that its reader has not discovered yet counts as wholly unread."""
    # Foreign groups, such as that of a finished console consumer, do not count.
    groups = [group for group in groups if _is_ours(group["group"])]
    unread = {group["group"]: group["total"] for group in groups}
    noticed = {topic for group in groups for topic in group["lag"]}
    for topic, end in ends.items():
        reader = _reader_of(topic)
        if reader and end and topic not in noticed:
            unread[reader] = unread.get(reader, 0) + end
    return unread


def _reader_of(topic: str) -> str | None:
    if topic.startswith("front-door.") and topic.endswith(".screenings"):
        return "screening"
    if topic.startswith("provider.") and topic.endswith(".updates"):
        return "referral"
    if topic.startswith("front-door.") and topic.endswith(".contacts"):
        return "referral"
    return None


def _is_ours(group: str) -> bool:
    return group.startswith(SERVICE_GROUPS) or group.endswith(".demo")
