"""Kafka of a campaign: nodes that are broker and controller at once, one or three, reached through links."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.stack import kafka
from deploy.stack.home import ADMIN, Home, Stack, describe_stack
from deploy.stack.ports import PortClaims, is_free
from deploy.stack.services import SERVICE_NAMES
from deploy.stack.supervised import ProcessSpec

PARTIES = "parties"
REPLICAS = "replicas"
# A listener for each service, so that its link alone can be cut; one for front doors and providers; one for nodes.
LISTENERS = (*SERVICE_NAMES, PARTIES, REPLICAS)
_HEAP_MB = 384
_FIRST_PORT = 21_000


class Ports:
    """Ports that nobody else has, below those that the system gives to outgoing connections."""

    def __init__(self) -> None:
        self._claims = PortClaims()
        self._next = _FIRST_PORT

    def take(self) -> int:
        """One more."""
        while True:
            port, self._next = self._next, self._next + 1
            if self._claims.claim(port) and is_free(port):
                return port

    def release(self) -> None:
        """All of them are anybody's again."""
        self._claims.release()


class Node:
    """One Kafka node: where it lives and where it listens."""

    def __init__(self, number: int, folder: Path, password: str, ports: Ports) -> None:
        self.name = f"kafka-{number}"
        self.number = number
        self.home = Home(folder / self.name)
        # The nodes trust each other, and a client all of them, because one authority signed their certificates.
        authority = folder / "tls"
        authority.mkdir(mode=0o700, exist_ok=True)
        self.home.path.mkdir(mode=0o700)
        self.home.tls.symlink_to(authority)
        self.home.create()
        self.home.secrets.put("kafka-admin", password)
        self.controller = ports.take()
        self.client = ports.take()
        self.inner = {listener: ports.take() for listener in LISTENERS}
        self.outer = {listener: ports.take() for listener in LISTENERS}
        self.password = password
        self.home.remember(ports={"kafka": self.client, "controller": self.controller, "postgres": 0})

    @property
    def data(self) -> Path:
        """Its log folder."""
        return self.home.kafka / "data"

    @property
    def stack(self) -> Stack:
        """As the code that starts a single node knows it."""
        return describe_stack(self.home)

    def leads_the_cluster(self) -> bool | None:
        """Whether it last voted for itself as the active controller; None where it does not say."""
        try:
            text = (self.data / "__cluster_metadata-0" / "quorum-state").read_text(encoding="utf-8")
        except OSError:
            return None
        return f'"leaderId":{self.number},' in text


def prepare(nodes: Sequence[Node]) -> list[ProcessSpec]:
    """Formats the nodes as one cluster. Replication is as wide as they are many, up to three."""
    cluster = kafka.new_cluster_id()

    async def each(node: Node) -> ProcessSpec:
        spec = await kafka.prepare(node.stack, settings(node, nodes), cluster, _HEAP_MB)
        return ProcessSpec(node.name, spec.command, spec.environment, spec.folder, spec.tier, stop_seconds=12)

    async def all_of_them() -> list[ProcessSpec]:
        return [await each(node) for node in nodes]

    return asyncio.run(all_of_them())


def settings(node: Node, nodes: Sequence[Node]) -> dict[str, str]:
    """What differs from a single node of the embedded stack."""
    copies = str(min(3, len(nodes)))
    enough = str(min(2, len(nodes)))
    names = [listener.upper() for listener in LISTENERS]
    login = f'required username="{ADMIN}" password="{node.password}";'
    found = {
        "node.id": str(node.number),
        "controller.quorum.voters": ",".join(f"{each.number}@127.0.0.1:{each.controller}" for each in nodes),
        "listeners": ",".join(_addresses(node, node.inner)) + f",CONTROLLER://127.0.0.1:{node.controller}",
        "advertised.listeners": ",".join(_addresses(node, node.outer)),
        "listener.security.protocol.map": ",".join(f"{name}:SASL_SSL" for name in ("CLIENT", "CONTROLLER", *names)),
        "inter.broker.listener.name": REPLICAS.upper(),
        "default.replication.factor": copies,
        "min.insync.replicas": enough,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": enough,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": enough,
        # A follower that is behind for so long no longer counts as in sync: by default half a minute.
        "replica.lag.time.max.ms": "4000",
        # Seven listeners, each with threads of its own, on a small machine.
        "num.network.threads": "1",
        "num.io.threads": "4",
    }
    for listener in LISTENERS:
        module = "org.apache.kafka.common.security.scram.ScramLoginModule"
        found[f"listener.name.{listener}.sasl.enabled.mechanisms"] = "SCRAM-SHA-512"
        found[f"listener.name.{listener}.scram-sha-512.sasl.jaas.config"] = f"{module} {login}"
    return found


def _addresses(node: Node, ports: Mapping[str, int]) -> list[str]:
    named = [f"{listener.upper()}://127.0.0.1:{port}" for listener, port in ports.items()]
    return [f"CLIENT://127.0.0.1:{node.client}", *named]
