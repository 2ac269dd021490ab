"""The services' processes, started by the benchmark: any number of each, and their memory."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM

import httpx
from confluent_kafka import ConsumerGroupState, KafkaException
from confluent_kafka.admin import AdminClient

from deploy.bench.measured.program import peak_memory_mb
from deploy.stack import child, topics
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.log_file import tail
from deploy.stack.services import SERVICE_GROUPS, SERVICES

_CHILD = Path(child.__file__)
_PATIENCE_S, _LOOK_S = 300.0, 0.5
_STOP_S = 20.0


@dataclass(frozen=True)
class ServiceProcesses:
    """The running processes of all services."""

    processes: list["subprocess.Popen[bytes]"]

    def peak_mb(self) -> float:
        """The sum of the processes' peak resident memory."""
        return sum(peak_memory_mb(process.pid) for process in self.processes)


@contextmanager
def running_services(stack: Stack, each: int = 1) -> Iterator[ServiceProcesses]:
    """Runs `each` processes of every service; yields once Kafka has assigned the partitions to them.

    They end with the context, and with this process however it ends. Raises ParleyError if one does not start.
    """
    started: list[subprocess.Popen[bytes]] = []
    logs = stack.home.log / "services.log"
    try:
        for name, module in SERVICES:
            for number in range(each):
                environment = stack.process_environment(name) | {"PARLEY_CLOCK": "events"}
                if number:
                    environment["PARLEY_HTTP_PORT"] = "0"
                guard = (sys.executable, "-I", "-S", str(_CHILD), str(os.getpid()), str(int(SIGTERM)), "-1", "-1")
                with logs.open("ab") as output:
                    started.append(
                        subprocess.Popen(
                            (*guard, sys.executable, "-m", module), env=environment, stdout=output, stderr=output
                        )
                    )
        _wait(stack, each, started, logs)
        yield ServiceProcesses(started)
    finally:
        for process in started:
            process.terminate()
        for process in started:
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(stack: Stack, each: int, processes: list["subprocess.Popen[bytes]"], logs: Path) -> None:
    admin = topics.admin_client(stack.admin_properties())
    deadline = time.monotonic() + _PATIENCE_S
    calm = 0
    # Members join one after the other, and each new member triggers a rebalance of its group.
    while calm < 2:
        if any(process.poll() is not None for process in processes):
            raise ParleyError(f"A service ended as soon as it was started; its log ends with: {tail(logs, 2)}")
        missing = _not_ready(stack) or _not_shared_out(admin, each)
        if time.monotonic() > deadline:
            raise ParleyError(
                f"The services were not ready within {_PATIENCE_S:.0f} s: {'; '.join(missing) or 'they come and go'}. "
                f"Their log ends with: {tail(logs, 2)}"
            )
        calm = 0 if missing else calm + 1
        time.sleep(_LOOK_S)


def _not_ready(stack: Stack) -> list[str]:
    """The services whose first process is not ready, as text."""
    found = []
    for name, _ in SERVICES:
        try:
            answer = httpx.get(f"{stack.http_url(name)}/health/ready", timeout=5, verify=stack.trust)
            if not answer.is_success:
                found.append(f"{name} answers {answer.text[:200]}")
        except httpx.HTTPError as error:
            found.append(f"{name} does not answer ({type(error).__name__})")
    return found


def _not_shared_out(admin: AdminClient, each: int) -> list[str]:
    """The services' groups without a member in each process, or without their partitions yet, as text."""
    try:
        listed = admin.list_consumer_groups().result(10).valid
        groups = [group.group_id for group in listed if group.group_id.startswith(SERVICE_GROUPS)]
        described = [future.result(10) for future in admin.describe_consumer_groups(groups).values()] if groups else []
    except KafkaException as error:
        return [f"Kafka does not answer ({error.args[0].name()})"]
    if not described:
        return ["no service reads anything"]
    return [
        f"{group.group_id} has {len(group.members)} of {each} members and is {group.state.name}"
        for group in described
        if len(group.members) != each or group.state != ConsumerGroupState.STABLE
    ]
