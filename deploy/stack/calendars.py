"""The calendars of a running stack's services: where each is, and moving them on."""

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
    """Moves every service's calendar that is behind, and returns when nothing is due any more.

    Raises `ParleyError` by the wall's clock, or where timers are still due after five minutes.
    """
    text = target.astimezone(UTC).isoformat().replace("+00:00", "Z")
    with OperatorClient(stack) as client:
        for service in SERVICE_NAMES:
            if _time(client.get(service, "/clock")["calendar"], datetime.min.replace(tzinfo=UTC)) < target:
                client.post(service, "/clock", {"to": text})
        deadline = time.monotonic() + PATIENCE_SECONDS
        while waiting := [name for name in SERVICE_NAMES if client.get(name, "/clock")["due"]]:
            if time.monotonic() > deadline:
                raise ParleyError(f"After {PATIENCE_SECONDS:.0f} s there are timers due in {', '.join(waiting)}.")
            time.sleep(_LOOK_SECONDS)


def newest(states: States) -> datetime | None:
    """The newest time that any service knows of: of its calendar, or of the events that it handled."""
    told = [state[name] for state in states.values() for name in ("calendar", "newest_event") if state[name]]
    return max(map(parsed, told), default=None)


def later(start: datetime, count: int, unit: str) -> datetime:
    """Some days, weeks, months or years on; the last day of a month where it is shorter. For `d`, `w`, `m`, `y`."""
    if unit in "dw":
        return start + timedelta(days=count * (7 if unit == "w" else 1))
    months = start.year * 12 + start.month - 1 + count * (12 if unit == "y" else 1)
    year, month = months // 12, months % 12 + 1
    return start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))


def parsed(text: str) -> datetime:
    """A time in UTC. Raises ValueError for any other text."""
    time_told = datetime.fromisoformat(text)
    if time_told.utcoffset() != timedelta(0):
        raise ValueError("must be in UTC")
    return time_told


def _time(text: str | None, otherwise: datetime) -> datetime:
    return parsed(text) if text else otherwise
