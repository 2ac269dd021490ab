"""A stack of its own for a campaign: a home that is thrown away, a small directory, and everybody's way in."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from deploy.local import postgres
from deploy.local.detached import start_detached, stop
from deploy.local.directory.apply import apply_directory
from deploy.local.home import Home, Stack, load_stack
from deploy.local.services import SERVICE_NAMES

HERE = Path(__file__).resolve().parent
AREA = "E10000014"
AGENCIES = ("north-schools", "south-hubs", "west-police")
PROVIDERS = ("first-steps", "second-chance")
_SERVICES = ("mediation", "couple-support", "family-counselling")
# Faults come every few seconds, so what normally takes minutes is made to happen within them.
_TUNING = {"PARLEY_MAX_POLL_INTERVAL_S": "16", "PARLEY_BATCH_SIZE": "100", "PARLEY_LOG_LEVEL": "INFO"}


@dataclass
class World:
    """The running stack. `folder` is where the hooks in the services look for what they are to do."""

    stack: Stack
    home: Home
    folder: Path

    def process(self, name: str) -> int | None:
        """The pid of a supervised process; None while it is between two lives."""
        described = ((self.home.state() or {}).get("processes") or {}).get(name) or {}
        return described.get("pid") if described.get("state") == "running" else None

    def query(self, database: str, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """Rows, as the administrator. Raises what asyncpg raises."""

        async def ask() -> list[asyncpg.Record]:
            connection = await asyncpg.connect(self.stack.admin_database_url(database), timeout=10)
            try:
                return await connection.fetch(sql, *arguments, timeout=300)
            finally:
                await connection.close(timeout=5)

        return asyncio.run(ask())

    def execute(self, database: str, script: str) -> None:
        """A script of several statements, as the administrator."""

        async def run() -> None:
            connection = await asyncpg.connect(self.stack.admin_database_url(database), timeout=10)
            try:
                await connection.execute(script)
            finally:
                await connection.close(timeout=5)

        asyncio.run(run())


@contextmanager
def world(planted: str | None = None) -> Iterator[World]:
    """A stack with its services, hooked for exact crash points, and a directory. Removed at the end."""
    root = Path(tempfile.mkdtemp(prefix="parley-faults-"))
    folder = root / "orders"
    folder.mkdir(mode=0o700)
    # The project too: hooks look for it before the interpreter has put its own folder first.
    hooks = [str(HERE / "hooks"), str(HERE.parents[1])]
    if planted:
        hooks.insert(0, str(HERE / "planted" / planted))
    given = {"PYTHONPATH": os.pathsep.join(hooks), "FAULTS_FOLDER": str(folder), **_TUNING}
    before = {name: os.environ.get(name) for name in given}
    home = Home(root / "home")
    home.create()
    try:
        os.environ.update(given)
        start_detached(home, lambda _kind, _text: None, die_with_us=True)
        stack = load_stack(home)
        directory = root / "directory.yaml"
        directory.write_text(_directory(), encoding="utf-8")
        apply_directory(stack, directory)
        yield World(stack, home, folder)
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        stop(home)
        if os.environ.get("FAULTS_KEEP_LOGS"):
            shutil.copytree(home.log, os.environ["FAULTS_KEEP_LOGS"], dirs_exist_ok=True)
        postgres.remove_outside(home)
        shutil.rmtree(root, ignore_errors=True)


def databases() -> tuple[str, ...]:
    """Every service has one of its name."""
    return SERVICE_NAMES


def _directory() -> str:
    signpost = "{name: Somewhere, phone: 01632 960000}"
    lines = ["areas:", f"  - {{id: {AREA}, name: Hampshire, automatic_agreement: true, screening_valid_days: 90,"]
    lines += [f"     universal_offer: {signpost}, specialist_support: {signpost}}}", "agencies:"]
    lines += [
        f"  - {{id: {agency}, name: {agency}, areas: [{AREA}], sources: [school], legal_basis: public-task}}"
        for agency in AGENCIES
    ]
    lines += ["providers:"] + [f"  - {{id: {provider}, name: {provider}}}" for provider in PROVIDERS] + ["offers:"]
    lines += [
        f"  - {{id: {provider}-{service}, provider: {provider}, service: {service}, areas: [{AREA}], priority: {n}}}"
        for n, provider in enumerate(PROVIDERS)
        for service in _SERVICES
    ]
    return "\n".join(lines) + "\n"
