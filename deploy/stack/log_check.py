"""Finds errors in the logs of a stack, except those that are expected. A test journey must end without any.

An error that everybody is used to seeing in a log hides the next one. Each expected error has its reason here.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.stack.home import Home

# Kafka's and the supervisor's lines begin with a time; in PostgreSQL's `log_line_prefix` user and database follow.
_PLAIN = re.compile(r"^\S+ (?:\S+ )?(?:ERROR|FATAL) ")
_POSTGRES = re.compile(r" (?:ERROR|FATAL|PANIC):  ")
_JSON_LEVELS = frozenset({"error", "critical"})


@dataclass(frozen=True)
class Allowed:
    """Expected lines of one log (None: of any log): a pattern, and the reason why they are acceptable."""

    log: str | None
    pattern: re.Pattern[str]
    why: str


ALLOWED = (
    Allowed(
        "postgres",
        re.compile(r"FATAL:  (terminating connection due to administrator command|the database system is )"),
        "the server is started and stopped while clients are connected, and notifies each of them",
    ),
    Allowed(
        "postgres",
        re.compile(
            r"FATAL:  (connection to client lost|terminating connection because protocol synchronization was lost)"
            r"|ERROR:  unexpected EOF on client connection with an open transaction"
        ),
        "a service was killed, for the last two patterns while it copied rows: uncommitted work is rolled back, and "
        "done again by the next process",
    ),
    Allowed(
        "postgres",
        re.compile(r"ERROR:  canceling statement due to (lock timeout|user request)"),
        "waits for locks are limited; the cancelled statement is retried, or belonged to a process that stopped",
    ),
    Allowed(
        "postgres",
        re.compile(r'identity@identity ERROR:  relation "(public\.)?(migration_model|databasechangeloglock)" does not'),
        "Keycloak asks at its first start whether its tables are there",
    ),
    Allowed(
        "entrance",
        re.compile(r"connect: connection refused|no upstreams available"),
        "somebody asked for a service, or for the sign-in, before it listened",
    ),
    Allowed(
        "kafka",
        re.compile(r"ERROR \S*(KafkaServer|SharedServer|BrokerLifecycleManager|BrokerServer|SocketServer)\b.*shut"),
        "the broker is stopped while clients are still connected",
    ),
    Allowed(
        "kafka",
        re.compile(
            r"ERROR EventPerformanceMonitor .*Exceptionally slow controller event"
            r"|ERROR ReplicationControlManager .*processExpiredBrokerHeartbeat: controller event queue overloaded"
        ),
        "the machine was busy for two seconds: the controller says how long it took, and a heartbeat comes again",
    ),
    Allowed(
        None,
        re.compile(r"Group Coordinator Request failed: \[Error 15\]"),
        "Kafka creates its internal topic of groups on first use, and the client library retries",
    ),
    Allowed(
        None,
        re.compile(
            r"OffsetCommit failed (before join|for group \S+ due to group error)|Heartbeat (failed|session expired)"
            r"|Heartbeat send request failed|Failed to commit on finallization|marking coordinator dead"
        ),
        "members join and leave a group: uncommitted records are read again by the next owner and recognised",
    ),
)


@dataclass(frozen=True)
class Complaint:
    """A line in a log that reports an error."""

    log: str
    line: str


def complaints(home: Home, allowed: Iterable[Allowed] = ALLOWED) -> list[Complaint]:
    """Every error in the logs of a home except the expected ones, ordered by the name of the log."""
    known = tuple(allowed)
    return [
        complaint
        for path in sorted(home.log.glob("*.log*"))
        for complaint in _of(path)
        if not any(each.log in (None, complaint.log) and each.pattern.search(complaint.line) for each in known)
    ]


def summary(found: Iterable[Complaint], most: int = 10) -> str:
    """Errors as text: counted by kind, the most frequent first."""
    kinds = Counter((each.log, _kind(each.line)) for each in found)
    lines = [f"{count} of {log}: {kind}" for (log, kind), count in kinds.most_common(most)]
    return "\n".join([*lines, *([f"and {len(kinds) - most} kinds more"] if len(kinds) > most else [])])


def _of(path: Path) -> Iterator[Complaint]:
    name = path.name.partition(".log")[0]
    with path.open(encoding="utf-8", errors="replace") as file:
        for raw in file:
            line = raw.rstrip("\n")
            if _complains(name, line):
                yield Complaint(name, line)


def _complains(name: str, line: str) -> bool:
    if line.startswith("{"):
        try:
            return json.loads(line).get("level") in _JSON_LEVELS
        except ValueError:
            return False
    if name == "postgres":
        return _POSTGRES.search(line) is not None
    return _PLAIN.match(line) is not None or line.startswith("Traceback ")


def _kind(line: str) -> str:
    """A line without its time and numbers, so that lines of the same kind are equal."""
    if line.startswith("{"):
        fields = json.loads(line)
        return " ".join(f"{key}={fields[key]}" for key in ("message", "fault", "subscription", "work") if key in fields)
    found = _POSTGRES.search(line)
    text = line[found.start() :] if found else line.partition(" ")[2]
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "…", text).strip()[:200]
