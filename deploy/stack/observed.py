"""Collects the state of a running stack: processes, readiness, waiting work and alarms."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import httpx
from confluent_kafka import KafkaException

from deploy.stack import identity, raw_records, topics
from deploy.stack.consumer_groups import NoAnswerError
from deploy.stack.errors import StackNotRunning
from deploy.stack.home import Home, Stack, describe_stack
from deploy.stack.lag import group_lags
from deploy.stack.processes import ProcessIdentity
from deploy.stack.services import SERVICE_NAMES
from services import TOPOLOGY
from shared.access.roles import Purpose
from shared.contracts.topics import RAW_RETENTION_HOURS, raw_template

UNREAD = "unread-records"
_SECONDS = 3


def collect(home: Home) -> dict[str, Any]:
    """The state that `parley status` shows. Raises `StackNotRunning` if nothing is running."""
    state = home.state()
    if state is None or home.supervisor() is None:
        raise StackNotRunning(f"Nothing runs in {home.path}. Start it with `parley up --detach`.")
    stack = describe_stack(home)
    asked = [name for name in SERVICE_NAMES if name in state["processes"]]
    with ThreadPoolExecutor(max_workers=len(SERVICE_NAMES) + 2) as pool:
        groups = pool.submit(_groups, stack)
        signing_in = pool.submit(_sign_in, stack, state)
        unread = pool.submit(_unread, stack)
        services = dict(zip(asked, pool.map(lambda name: _service(stack, name), asked), strict=True))
    sign_in = signing_in.result()
    processes = {
        name: {key: process[key] for key in ("state", "pid", "restarts", "log")}
        | {"up_seconds": round(known.up_seconds(), 1) if (known := ProcessIdentity.recorded(process)) else None}
        for name, process in state["processes"].items()
    }
    for name, alarm in unread.result():
        if name in services:
            services[name]["alarms"] = [*services[name]["alarms"], alarm]
    return {
        "home": str(home.path),
        "phase": state["phase"],
        "step": state["step"],
        "ready": state["phase"] == "ready"
        and all(service["ready"] for service in services.values())
        and (sign_in is None or sign_in["ready"]),
        "supervisor": state["pid"],
        "processes": processes,
        "services": services,
        "sign_in": sign_in,
        "groups": groups.result(),
    }


def _service(stack: Stack, name: str) -> dict[str, Any]:
    """A service's own status; if it does not answer, `ready` is false and the other values are unknown."""
    unknown: dict[str, Any] = dict.fromkeys(("outbox_backlog", "dead_letters", "relay_active"))
    unknown |= {"ready": False, "alarms": []}
    headers = {"Authorization": f"Bearer {stack.machine_token(Purpose.HEALTH)}"}
    try:
        address = stack.http_url(name)
        with httpx.Client(base_url=address, timeout=_SECONDS, trust_env=False, verify=stack.trust) as client:
            ready = client.get("/health/ready").status_code == httpx.codes.OK
            answer = client.get("/status", headers=headers)
        known: dict[str, Any] = answer.json() if answer.status_code == httpx.codes.OK else {}
    except (httpx.HTTPError, OSError, ValueError):
        return unknown
    return unknown | known | {"ready": ready}


def _sign_in(stack: Stack, state: dict[str, Any]) -> dict[str, Any] | None:
    """Whether people can sign in: whether the issuer answers. None where the stack was started without it."""
    if "entrance" not in state["processes"]:
        return None
    embedded = state.get("identity") or {}
    return {
        "entrance": stack.entrance_url,
        "issuer": stack.identity_issuer,
        "ready": embedded.get("phase", "ready") == "ready" and identity.answers(stack),
        "step": embedded.get("step", ""),
        "error": embedded.get("error"),
    }


def _unread(stack: Stack) -> list[tuple[str, dict[str, str]]]:
    """By service an alarm for each topic of a party on which something waits that should soon have been deleted."""
    properties = stack.admin_properties()
    hours = stack.home.remembered().get("raw_retention_hours", RAW_RETENTION_HOURS) / 2
    if topics.reach(topics.admin_client(properties), _SECONDS) is not None:
        return []
    try:
        found = raw_records.overdue(properties, TOPOLOGY, hours * 3600)
    except (NoAnswerError, KafkaException, TimeoutError):
        return []
    return [
        (service, {"kind": UNREAD, "what": f"{_waiting(each, hours)}; they stay until they are read"})
        for each in found
        for service in TOPOLOGY.readers_of(raw_template(each.topic) or each.topic)
    ]


def _waiting(each: raw_records.Overdue, hours: float) -> str:
    return f"{each.topic}/{each.partition}: {each.records} records have waited for more than {hours:g} hours"


def _groups(stack: Stack) -> list[dict[str, Any]]:
    properties = stack.admin_properties()
    if topics.reach(topics.admin_client(properties), _SECONDS) is not None:
        return []
    try:
        lags = group_lags(properties)
    except (NoAnswerError, KafkaException, TimeoutError):
        return []
    return [asdict(lag) | {"total": lag.total} for lag in lags]
