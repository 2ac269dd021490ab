"""Reads and moves the calendars of a running stack's services."""

import time
from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.operator_api import OperatorClient
from deploy.stack.services import SERVICE_NAMES

PATIENCE_SECONDS = 300.0
_LOOK_SECONDS = 0.2

States = Mapping[str, Mapping[str, Any]]


def calendars(stack: Stack) -> dict[str, dict[str, Any]]:
    """Each service's clock, calendar, newest event and timers."""
    with OperatorClient(stack) as client:
        return {service: client.get(service, "/clock") for service in SERVICE_NAMES}


def move_calendars(stack: Stack, target: datetime) -> None:
    """Moves every calendar that is behind `target`, and returns when no timer is due any more.

    Raises `ParleyError` with the wall clock, or if timers are still due after five minutes.
    """
    text = target.astimezone(UTC).isoformat().replace("+00:00", "Z")
    with OperatorClient(stack) as client:
        for service in SERVICE_NAMES:
            if _time(client.get(service, "/clock")["calendar"], datetime.min.replace(tzinfo=UTC)) < target:
                client.post(service, "/clock", {"to": text})
        deadline = time.monotonic() + PATIENCE_SECONDS
        while waiting := [name for name in SERVICE_NAMES if client.get(name, "/clock")["due"]]:
            if time.monotonic() > deadline:
                raise ParleyError(f"After {PATIENCE_SECONDS:.0f} s timers are still due in {', '.join(waiting)}.")
            time.sleep(_LOOK_SECONDS)


def newest(states: States) -> datetime | None:
    """The latest time of any service's calendar or newest handled event; None if there is none."""
    known = [state[name] for state in states.values() for name in ("calendar", "newest_event") if state[name]]
    return max(map(parsed, known), default=None)


def later(start: datetime, count: int, unit: str) -> datetime:
    """A time moved on by days, weeks, months or years (`d`, `w`, `m`, `y`), capped at the last day of the month."""
    if unit in "dw":
        return start + timedelta(days=count * (7 if unit == "w" else 1))
    months = start.year * 12 + start.month - 1 + count * (12 if unit == "y" else 1)
    year, month = months // 12, months % 12 + 1
    return start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))


def parsed(text: str) -> datetime:
    """Parses a time in UTC. Raises ValueError for any other text."""
    time = datetime.fromisoformat(text)
    if time.utcoffset() != timedelta(0):
        raise ValueError("must be in UTC")
    return time


def _time(text: str | None, otherwise: datetime) -> datetime:
    return parsed(text) if text else otherwise
