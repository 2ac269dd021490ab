"""What the logs of a stack complain of, but for what is known to be right: a journey ends without a word of it.

An error in a log that everybody lives with hides the next one. What stands here as right has its reason beside it.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.stack.home import Home

# Kafka's and the supervisor's lines begin with a time; PostgreSQL's `log_line_prefix` has who and where behind it.
_PLAIN = re.compile(r"^\S+ (?:\S+ )?(?:ERROR|FATAL) ")
_POSTGRES = re.compile(r" (?:ERROR|FATAL|PANIC):  ")
_JSON_LEVELS = frozenset({"error", "critical"})


@dataclass(frozen=True)
class Allowed:
    """Lines of one log, or of every service's where it is None, that are right: a pattern in the line, and why."""

    log: str | None
    pattern: re.Pattern[str]
    why: str


ALLOWED = (
    Allowed(
        "postgres",
        re.compile(r"FATAL:  (terminating connection due to administrator command|the database system is )"),
        "the server is started and stopped under its clients, and tells each of them",
    ),
    Allowed(
        "postgres",
        re.compile(
            r"FATAL:  (connection to client lost|terminating connection because protocol synchronization was lost)"
            r"|ERROR:  unexpected EOF on client connection with an open transaction"
        ),
        "a service was killed, the last two while it copied rows: what it had not committed is rolled back, and done "
        "again by whoever comes next",
    ),
    Allowed(
        "postgres",
        re.compile(r"ERROR:  canceling statement due to (lock timeout|user request)"),
        "nobody waits for a lock without end; what was cancelled is tried again, or belonged to a process that stopped",
    ),
    Allowed(
        "kafka",
        re.compile(r"ERROR \S*(KafkaServer|SharedServer|BrokerLifecycleManager|BrokerServer|SocketServer)\b.*shut"),
        "the broker is told to stop while clients still speak to it",
    ),
    Allowed(
        None,
        re.compile(r"Group Coordinator Request failed: \[Error 15\]"),
        "Kafka makes its topic of groups when it is first asked for one, and the client library asks again",
    ),
    Allowed(
        None,
        re.compile(
            r"OffsetCommit failed (before join|for group \S+ due to group error)|Heartbeat (failed|session expired)"
            r"|Heartbeat send request failed|Failed to commit on finallization|marking coordinator dead"
        ),
        "members of a group come and go: what was not committed is read again by its next reader, and known",
    ),
)


@dataclass(frozen=True)
class Complaint:
    """A line that says that something went wrong."""

    log: str
    line: str


def complaints(home: Home, allowed: Iterable[Allowed] = ALLOWED) -> list[Complaint]:
    """Every error in the logs of a home, but for those that are right. In the order of the logs' names."""
    known = tuple(allowed)
    return [
        complaint
        for path in sorted(home.log.glob("*.log*"))
        for complaint in _of(path)
        if not any(each.log in (None, complaint.log) and each.pattern.search(complaint.line) for each in known)
    ]


def summary(found: Iterable[Complaint], most: int = 10) -> str:
    """Complaints as text: those of a kind counted, the most frequent first."""
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
    """A line without its time and numbers, so that lines of a kind look alike."""
    if line.startswith("{"):
        told = json.loads(line)
        return " ".join(f"{key}={told[key]}" for key in ("message", "fault", "subscription", "work") if key in told)
    found = _POSTGRES.search(line)
    text = line[found.start() :] if found else line.partition(" ")[2]
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "…", text).strip()[:200]
