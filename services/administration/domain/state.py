"""How a service is, as its own answers say. Pure: the answers are passed in; None stands for one that did not come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Condition = Literal["working", "attention", "not-ready", "silent"]
Answer = Mapping[str, Any]

# What a service says of itself that keeps it from being ready, in the order in which somebody would look at it.
_CHECKS = {
    "started": "It is still starting.",
    "database": "Its database does not answer.",
    "kafka": "Kafka does not answer it.",
    "admitted": "Kafka does not let it in.",
    "reading": "It cannot read some of its records.",
    "subscriptions": "It has paused a subscription, and needs somebody to resume it.",
}


@dataclass(frozen=True)
class ServiceState:
    """One service: what it is like, what waits in it, and what somebody should look at. `lag` is of unread records.

    Counts are None where the service did not say.
    """

    service: str
    condition: Condition
    version: str | None = None
    lag: int | None = None
    outbox: int | None = None
    dead_letters: int | None = None
    timers_failing: int | None = None
    look_at: tuple[str, ...] = ()


def state_of(service: str, ready: Answer | None, status: Answer | None) -> ServiceState:
    """What a service's answers to `/health/ready` and `/status` say together.

    A service that works and has something for a person to look at needs attention; a timer that fails is tried again,
    and a dead letter waits for somebody.
    """
    if ready is None:
        return ServiceState(service, "silent", look_at=("It does not answer.",))
    why = [text for check, text in _CHECKS.items() if ready.get(check) is False]
    if status is None:
        return ServiceState(service, "not-ready", look_at=(*why, "It does not say what waits in it."))
    why += [each["what"] for each in status["alarms"] if each["what"] not in why]
    if status["timers_failing"]:
        why.append("Some of its timers fail, and are tried again.")
    condition: Condition = "not-ready" if ready.get("ready") is not True else "working"
    if condition == "working" and (why or status["dead_letters"]):
        condition = "attention"
    return ServiceState(
        service,
        condition,
        status.get("version"),
        sum(each["records"] for each in status.get("lag", ())),
        status["outbox_backlog"],
        status["dead_letters"],
        status["timers_failing"],
        tuple(why),
    )


def in_order_of_need(states: Sequence[ServiceState]) -> list[ServiceState]:
    """Those first that somebody has to look at; among themselves as they came."""
    order: dict[Condition, int] = {"silent": 0, "not-ready": 1, "attention": 2, "working": 3}
    return sorted(states, key=lambda state: order[state.condition])
