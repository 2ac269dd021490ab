"""Memory of services under hostile input: records that use every bound of the contract, and some beyond.

A record must cost what its size costs, and no more; and what was taken for it must be given back. What is measured is a
real process: its resident memory before, at its peak and after.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from deploy.stack.home import Stack
from deploy.stack.lag import group_lags
from shared.contracts.topics import LARGEST_RECORD
from tests.faults.world import AGENCIES, PROVIDERS, World, world

# A fetch of several partitions, a batch being read, findings, and letters being sealed. The allocator keeps some of
# it for the next time; before sizes were looked at, one record left 600 MB behind and took three gigabytes.
PEAK_MB = 256
KEPT_MB = 192
_BEYOND = 900_000
_PACKED = 6_000_000
_PATIENCE_S = 120.0
_UPDATES: tuple[Mapping[str, Any], ...] = (
    {"update": "session", "number": 1, "held_on": "2025-05-01", "kind": "joint", "attendance": []},
    {"update": "case-closed", "reason": "completed", "views": [], "measures": []},
    {"update": "initial-assessment", "outcome": "suitable", "parents_seen": [], "parents": []},
)


@dataclass(frozen=True)
class Growth:
    """Of one process, in megabytes: what it had before, and by how much it grew at its peak and in the end."""

    before: int
    peak: int
    kept: int

    @property
    def is_bounded(self) -> bool:
        """Whether neither is more than it may be."""
        return self.peak <= PEAK_MB and self.kept <= KEPT_MB


def hostile(valid: Mapping[str, Any]) -> Iterator[bytes]:
    """A valid record made as large as may be in each of its fields, in every shape that costs a reader more."""
    text = json.dumps(valid)
    room = LARGEST_RECORD - len(text) - 200
    for name in (*valid, "unknown"):
        rest = json.dumps({key: value for key, value in valid.items() if key != name})[:-1]
        comma = ", " if len(rest) > 1 else ""
        for filler in _fillers(room):
            yield f'{rest}{comma}"{name}": {filler}}}'.encode()
    for members in (_unknown(room), ['"submission_id":0'] * (room // 18)):
        yield f"{text[:-1]}, {','.join(members)}}}".encode()
    yield ("{" + '"a":{' * (room // 6)).encode()
    yield b"\xff" * LARGEST_RECORD


def _fillers(room: int) -> Iterator[str]:
    for each in ("{}", "0", "[]", "null", '""', "1e999"):
        yield f"[{','.join([each] * (room // (len(each) + 1)))}]"
    yield "[" * (room // 2) + "]" * (room // 2)
    yield json.dumps("x" * room)
    yield "9" * room
    yield f"{{{','.join(_unknown(room))}}}"
    yield json.dumps({"k" * room: 0})


def _unknown(room: int) -> list[str]:
    return [f'"{number}":0' for number in range(room // 11)]


def large(valid: Mapping[str, Any]) -> Iterator[tuple[bytes, str]]:
    """Beyond the bound, with the codec to send it by: as large as a broker takes, plain and packed."""
    yield json.dumps({**valid, "filler": "x" * _BEYOND}).encode(), "none"
    yield json.dumps({**valid, "parents": [{}] * (_BEYOND // 4)}).encode(), "none"
    yield json.dumps({**valid, "parents": [{}] * (_PACKED // 4)}).encode(), "zstd"


def send(properties: Mapping[str, str], topic: str, valid: Sequence[Mapping[str, Any]], *, every: int = 1) -> int:
    """Everything hostile that comes of these records, or each `every`th of it. How many records were sent."""
    sent = 0
    producers = {
        codec: Producer({**properties, "compression.type": codec, "message.max.bytes": 16_000_000, "log_level": 0})
        for codec in ("none", "zstd")
    }
    for each in valid:
        listed = [*((value, "none") for value in [*hostile(each)][::every]), *large(each)]
        for number, (value, codec) in enumerate(listed):
            producers[codec].produce(topic, value, f"hostile-{number}")
            producers[codec].poll(0)
            if number % 20 == 0:
                producers[codec].flush(30)
            sent += 1
    for producer in producers.values():
        assert producer.flush(60) == 0
    return sent


def provider_updates() -> list[dict[str, Any]]:
    """Updates with lists in them, of a case that nobody has."""
    common = {
        "update_id": "0197a8a0-0000-7000-8000-000000000001",
        "case_id": "0197a8a0-0000-7000-8000-000000000002",
        "occurred_at": "2025-05-01T10:00:00Z",
    }
    return [common | dict(each) for each in _UPDATES]


def measured(pids: Mapping[str, int], work: Callable[[], None]) -> dict[str, Growth]:
    """How processes grow while this is done to them."""
    before = {}
    for name, pid in pids.items():
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak begins anew
        before[name] = _status(pid, "VmRSS")
    work()
    time.sleep(2)  # what is freed late
    return {
        name: Growth(before[name], _status(pid, "VmHWM") - before[name], _status(pid, "VmRSS") - before[name])
        for name, pid in pids.items()
    }


def _status(pid: int, field: str) -> int:
    """A field of the process's status that is in kilobytes, in megabytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) // 1024
    raise ValueError(f"the process has no {field}")


def wait_until_read(stack: Stack, groups: Sequence[str]) -> None:
    """Until these groups have read all that there is for them. Raises TimeoutError."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        lags = {each.group: each.total for each in group_lags(stack.admin_properties())}
        if all(lags.get(group) == 0 for group in groups):
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"not read within {_PATIENCE_S:.0f} seconds: {lags}")
        time.sleep(0.3)


def whole_stack(progress: Callable[[str], None], valid: Callable[[str], Mapping[str, Any]]) -> dict[str, Growth]:
    """Every service, while every party sends everything hostile. `valid` makes a record of an agency."""
    with world() as running:
        pids = {name: pid for name in _services(running) if (pid := running.process(name))}

        def work() -> None:
            sent = 0
            for agency in AGENCIES:
                properties = running.party_properties(f"agency.{agency}")
                sent += send(properties, f"front-door.{agency}.screenings", [valid(agency)])
            for provider in PROVIDERS:
                properties = running.party_properties(f"provider.{provider}")
                sent += send(properties, f"provider.{provider}.updates", provider_updates())
            progress(f"{sent} hostile records sent")
            wait_until_read(running.stack, ["screening.front-doors", "referral.updates"])

        found = measured(pids, work)
    for name, growth in found.items():
        progress(f"{name}: {growth.before} MB, peak +{growth.peak}, kept +{growth.kept}")
    return found


def _services(running: World) -> list[str]:
    return [name for name in (running.home.state() or {}).get("processes", {}) if name not in running.servers]
