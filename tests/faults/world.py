"""A stack of its own for a campaign: a home that is thrown away, a small directory, and everybody's way in.

Kafka and PostgreSQL are the campaign's own, so that each can be lost, filled and cut off. The services reach them
through links; the campaign itself goes straight.
"""

import asyncio
import json
import os
import secrets
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import asyncpg

from deploy.directory.apply import apply_directory
from deploy.stack import kafka, postgres, topics
from deploy.stack.detached import start_detached, stop
from deploy.stack.home import ADMIN, Home, Stack, describe_stack, load_stack
from deploy.stack.services import SERVICE_NAMES
from tests.faults import cluster
from tests.faults.cluster import PARTIES, Node, Ports
from tests.faults.limited import LimitedFolder
from tests.faults.links import Links
from tests.faults.servers import Server

HERE = Path(__file__).resolve().parent
AREA = "E10000014"
AGENCIES = ("north-schools", "south-hubs", "west-police")
PROVIDERS = ("first-steps", "second-chance")
_SERVICES = ("mediation", "couple-support", "family-counselling")
# Faults come every few seconds, so what normally takes minutes is made to happen within them.
_TUNING = {"PARLEY_MAX_POLL_INTERVAL_S": "16", "PARLEY_BATCH_SIZE": "100", "PARLEY_LOG_LEVEL": "INFO"}
_POSTGRES = ("track_commit_timestamp=on", "max_wal_size=512MB", "min_wal_size=80MB")
_DISK_MB = 3072


@dataclass
class World:
    """The running stack. `folder` is where the hooks in the services look for what they are to do."""

    stack: Stack
    home: Home
    folder: Path
    nodes: Sequence[Node]
    servers: dict[str, Server]
    links: Links
    disks: dict[str, LimitedFolder]
    seen: Counter[str] = field(default_factory=Counter)
    """What was observed while faults lasted, in words."""
    replayed: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often each topic was read again from its start by each group."""
    one_loss: threading.Lock = field(default_factory=threading.Lock)
    """Held while nodes are away on purpose, so that one lost is one and two lost are two."""

    def process(self, name: str) -> int | None:
        """The pid of a service or server; None while it is between two lives."""
        if name in self.servers:
            return self.servers[name].pid
        described = ((self.home.state() or {}).get("processes") or {}).get(name) or {}
        return described.get("pid") if described.get("state") == "running" else None

    def kafka_names(self) -> list[str]:
        """The nodes' names."""
        return [node.name for node in self.nodes]

    def party_properties(self, user: str) -> dict[str, str]:
        """How a front door or provider reaches Kafka: through its links."""
        bootstrap = ",".join(f"127.0.0.1:{node.outer[PARTIES]}" for node in self.nodes)
        return self.stack.client_properties(user) | {"bootstrap.servers": bootstrap}

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
def world(planted: str | None = None, nodes: int = 1, *, limited: bool = False) -> Iterator[World]:
    """A stack with its services, hooked for exact crash points, and a directory. Removed at the end.

    With `limited`, the last Kafka node and PostgreSQL keep their data where space can run out.
    """
    root = Path(tempfile.mkdtemp(prefix="parley-faults-"))
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, root, ignore_errors=True)
        ports = Ports()
        undo.callback(ports.release)
        links = Links()
        undo.callback(links.stop)
        home = Home(root / "home")
        home.create()
        if os.environ.get("FAULTS_KEEP_LOGS"):
            undo.callback(shutil.copytree, home.log, os.environ["FAULTS_KEEP_LOGS"], dirs_exist_ok=True)
        password = secrets.token_urlsafe(24)
        members = [Node(number, root, password, ports) for number in range(1, nodes + 1)]
        asyncio.run(kafka.fetch_jars(lambda _text: None))
        asyncio.run(postgres.fetch(lambda _text: None))
        specs = cluster.prepare(members)
        database = _prepare_postgres(root, ports)
        undo.callback(postgres.remove_outside, database.home)
        specs.append(asyncio.run(postgres.prepare(database)))
        specs[-1] = replace(specs[-1], command=(*specs[-1].command, *(p for s in _POSTGRES for p in ("-c", s))))
        disks: dict[str, LimitedFolder] = {}
        if limited:
            folders = {members[-1].name: members[-1].data, "postgres": postgres.folders(database.home).data}
            for name, folder in folders.items():
                disks[name] = LimitedFolder(folder, _DISK_MB)
                undo.callback(disks[name].remove)
        servers = {spec.name: Server(spec, home.log / f"{spec.name}.log") for spec in specs}
        undo.callback(_stop_all, list(servers.values()))
        for server in servers.values():
            server.start()
        folder = root / "orders"
        folder.mkdir(mode=0o700)
        _lay_links(links, members, database.ports["postgres"], ports, folder)
        undo.enter_context(_environment(planted, folder, members, password, database))
        _wait_for_nodes(members)
        undo.callback(stop, home)
        start_detached(home, lambda _kind, _text: None, parts="without-sign-in", die_with_us=True)
        stack = load_stack(home)
        directory = root / "directory.yaml"
        directory.write_text(_directory(), encoding="utf-8")
        apply_directory(stack, directory, make_keys=True)
        yield World(stack, home, folder, members, servers, links, disks)


def databases() -> tuple[str, ...]:
    """Every service has one of its name."""
    return SERVICE_NAMES


def _prepare_postgres(root: Path, ports: Ports) -> Stack:
    home = Home(root / "postgres")
    home.create()
    home.remember(ports={"kafka": 0, "postgres": ports.take()})
    return describe_stack(home)


def _lay_links(links: Links, nodes: Sequence[Node], database: int, ports: Ports, folder: Path) -> None:
    """One link for each listener of each node, and one from each service to PostgreSQL; hooks are told of them."""
    for node in nodes:
        for listener in cluster.LISTENERS:
            links.add(f"{listener}/{node.name}", node.outer[listener], node.inner[listener])
    addresses = {}
    for service in SERVICE_NAMES:
        link = links.add(f"{service}/postgres", ports.take(), database)
        bootstrap = ",".join(f"127.0.0.1:{node.outer[service]}" for node in nodes)
        addresses[service] = {"kafka": bootstrap, "postgres": link.port}
    (folder / "links.json").write_text(json.dumps(addresses), encoding="utf-8")


@contextmanager
def _environment(
    planted: str | None, folder: Path, nodes: Sequence[Node], password: str, database: Stack
) -> Iterator[None]:
    # The project too: hooks look for it before the interpreter has put its own folder first.
    hooks = [str(HERE / "hooks"), str(HERE.parents[1])]
    if planted:
        hooks.insert(0, str(HERE / "planted" / planted))
    given = {
        "PYTHONPATH": os.pathsep.join(hooks),
        "FAULTS_FOLDER": str(folder),
        "PARLEY_EXTERNAL_KAFKA": ",".join(f"127.0.0.1:{node.client}" for node in nodes),
        "PARLEY_KAFKA_ADMIN_USERNAME": ADMIN,
        "PARLEY_KAFKA_ADMIN_PASSWORD": password,
        "PARLEY_KAFKA_CA_FILE": str(nodes[0].home.root_certificate),
        "PARLEY_POSTGRES_URL": database.database_admin_url,
        **_TUNING,
    }
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _wait_for_nodes(nodes: Sequence[Node]) -> None:
    """Topics are made as wide as the cluster, so all of it has to be there first."""
    first = nodes[0].stack.admin_properties()
    everywhere = ",".join(f"127.0.0.1:{node.client}" for node in nodes)
    admin = topics.admin_client(first | {"bootstrap.servers": everywhere, "reconnect.backoff.max.ms": "300"})
    deadline = time.monotonic() + 120
    while True:
        if topics.reach(admin, 2.0) is None and len(admin.list_topics(timeout=5).brokers) == len(nodes):
            return
        if time.monotonic() > deadline:
            raise TimeoutError("Kafka's nodes did not find each other within two minutes")
        time.sleep(0.3)


def _stop_all(servers: Sequence[Server]) -> None:
    stopping = [threading.Thread(target=server.stop) for server in servers]
    for thread in stopping:
        thread.start()
    for thread in stopping:
        thread.join()


def _directory() -> str:
    signpost = "{name: Somewhere, phone: 01632 960000}"
    lines = [
        "areas:",
        f"  - {{id: {AREA}, name: Hampshire, automatic_agreement: true, smallest_group: 1, screening_valid_days: 90,",
    ]
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
