"""Faults of processes: killed at any moment or at an exact one, frozen, doubled, and their servers restarted."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import psutil

from deploy.stack.boot import PROJECT
from deploy.stack.services import SERVICE_NAMES, SERVICES
from tests.faults.world import World


class NotInjectedError(Exception):
    """The fault could not be brought about just now; it does not count."""


def _pid(world: World, name: str, seconds: float = 20) -> int:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        pid = world.process(name)
        if pid is not None and psutil.pid_exists(pid):
            return pid
        time.sleep(0.05)
    raise NotInjectedError(f"{name} had no process")


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        raise NotInjectedError("it had just ended") from None


def service_killed(world: World, rng: Random) -> None:
    """SIGKILL, at whatever it does."""
    kill(world, rng.choice(SERVICE_NAMES))


def kill(world: World, name: str) -> None:
    """SIGKILL to one service, now."""
    _send(_pid(world, name), signal.SIGKILL)


def service_killed_at(point: str, world: World, rng: Random) -> None:
    """SIGKILL at an exact point of its work, to the first service that gets there in time."""
    for name in rng.sample(SERVICE_NAMES, len(SERVICE_NAMES)):
        if _killed_at(world.folder / f"{name}.{point}"):
            return
    raise NotInjectedError("nobody got there")


def _killed_at(order: Path) -> bool:
    order.touch()
    deadline = time.monotonic() + 2.5
    while order.exists():
        if time.monotonic() > deadline:
            with contextlib.suppress(FileNotFoundError):
                order.unlink()
                return False
            return True
        time.sleep(0.02)
    return True


def service_frozen(world: World, rng: Random) -> None:
    """SIGSTOP for one to ten seconds, then SIGCONT."""
    pid = _pid(world, rng.choice(SERVICE_NAMES))
    _send(pid, signal.SIGSTOP)
    time.sleep(rng.uniform(1, 10))
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def second_instance(world: World, rng: Random) -> None:
    """Another process of a service joins its groups and waits for its relay's lock; then one of the two is killed."""
    another_comes_and_goes(world, rng.choice(SERVICE_NAMES), rng)


def another_comes_and_goes(world: World, name: str, rng: Random) -> None:
    """The same for this service."""
    another = start_another(world, name)
    try:
        time.sleep(rng.uniform(4, 9))
        if another.poll() is not None:
            raise NotInjectedError(f"the second {name} ended by itself")
        if rng.random() < 0.5:
            _send(_pid(world, name), signal.SIGKILL)
            time.sleep(rng.uniform(0.5, 2))
    finally:
        another.kill()
        another.wait()


def start_another(world: World, name: str) -> "subprocess.Popen[bytes]":
    """A second process of a service, on a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = world.stack.process_environment(name) | {"PARLEY_HTTP_PORT": str(port)}
    with (world.home.log / f"{name}-second.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", dict(SERVICES)[name]], env=environment, cwd=PROJECT, stdout=log, stderr=log
        )


def kafka_restarted(world: World, rng: Random) -> None:
    """A node is killed and started again at once."""
    name = rng.choice(world.kafka_names())
    pid = _pid(world, name)
    _send(pid, signal.SIGKILL)
    _wait_for_another(world, name, pid)


def kafka_frozen(world: World, rng: Random) -> None:
    """A node does not answer for some seconds."""
    pid = _pid(world, rng.choice(world.kafka_names()))
    _send(pid, signal.SIGSTOP)
    time.sleep(rng.uniform(1, 4))
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def postgres_restarted(world: World, rng: Random) -> None:
    """The database server ends: killed, at once, or with its sessions ended first."""
    pid = _pid(world, "postgres")
    _send(pid, rng.choice((signal.SIGKILL, signal.SIGQUIT, signal.SIGINT)))
    _wait_for_another(world, "postgres", pid)


def _wait_for_another(world: World, name: str, before: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if world.process(name) not in (None, before):
            return
        time.sleep(0.1)
    raise RuntimeError(f"{name} did not start again within a minute")
