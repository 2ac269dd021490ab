"""What counts as an error in a log, and what is known to be right."""

import json
from pathlib import Path

import pytest

from deploy.stack.home import Home
from deploy.stack.log_check import ALLOWED, complaints, summary

ERRORS = {
    "postgres.log": [
        "2026-01-01 10:00:00.000 UTC [7] referral@referral ERROR:  wrap-around-reminded is sent only for a referral",
        "2026-01-01 10:00:00.000 UTC [7] PANIC:  could not write to file",
    ],
    "kafka.log": ["2026-01-01T10:00:00.000+00:00 ERROR ReplicaManager [broker=1] Error processing append"],
    "screening.log": [
        json.dumps({"service": "screening", "level": "error", "message": "batch not handled", "fault": "KeyError"}),
        "Traceback (most recent call last):",
    ],
    "supervisor.log": ["2026-01-01 10:00:00,000 ERROR The stack did not start."],
}
RIGHT = {
    "postgres.log": [
        "2026-01-01 10:00:00.000 UTC [7] LOG:  database system is ready to accept connections",
        "2026-01-01 10:00:00.000 UTC [7] referral@referral FATAL:  terminating connection due to administrator command",
        "2026-01-01 10:00:00.000 UTC [7] referral@referral ERROR:  canceling statement due to lock timeout",
        "2026-01-01 10:00:00.000 UTC [7] referral@referral ERROR:  unexpected EOF on client connection with an open "
        "transaction",
        "2026-01-01 10:00:00.000 UTC [7] referral@referral FATAL:  terminating connection because protocol "
        "synchronization was lost",
        '2026-01-01 10:00:00.000 UTC [7] referral@referral DETAIL:  Key ("ERROR") is not there',
    ],
    "kafka.log": [
        "2026-01-01T10:00:00.000+00:00 INFO KafkaServer an ERROR would look otherwise",
        "2026-01-01T10:00:00.000Z ERROR EventPerformanceMonitor [QuorumController id=1] Exceptionally slow controller "
        "event writeNoOpRecord(161062012) took 2131 ms.",
        "2026-01-01T10:00:00.000Z ERROR ReplicationControlManager [QuorumController id=1] "
        "processExpiredBrokerHeartbeat: controller event queue overloaded. Timed out heartbeat from broker 1.",
    ],
    "screening.log": [json.dumps({"level": "warning", "message": "an error: ERROR"}), "{", "ERROR in free text"],
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


def _write(home: Home, logs: dict[str, list[str]]) -> None:
    for name, lines in logs.items():
        with (home.log / name).open("a") as file:
            file.writelines(f"{line}\n" for line in lines)


def test_every_error_is_found_in_every_log_and_nothing_else(home: Home) -> None:
    _write(home, RIGHT)
    assert complaints(home) == []
    _write(home, ERRORS)
    assert sorted(each.line for each in complaints(home)) == sorted(line for lines in ERRORS.values() for line in lines)
    text = summary(complaints(home))
    assert "1 of postgres: ERROR:  wrap-around-reminded" in text
    assert "batch not handled" in text


def test_a_log_that_has_turned_over_is_looked_through_too(home: Home) -> None:
    _write(home, {f"{name}.1": lines for name, lines in ERRORS.items()})
    assert len(complaints(home)) == sum(map(len, ERRORS.values()))


def test_every_allowed_line_gives_its_reason() -> None:
    assert all(len(each.why) > 20 for each in ALLOWED)
