"""Thousands of identical log lines of a library are written a few times, and then counted."""

import io
import json
import logging
import time
from collections.abc import Iterator

import pytest
import structlog

from shared.telemetry.logging import configure
from shared.telemetry.repeats import Repeats


@pytest.fixture
def heard() -> Iterator[tuple[logging.Logger, list[str]]]:
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    # Long enough that a busy machine writes a thousand lines within it.
    handler.addFilter(Repeats(period_s=1.0))
    logger = logging.getLogger("foreign.library")
    logger.propagate = False
    logger.addHandler(handler)
    yield logger, lines
    logger.removeHandler(handler)
    logger.propagate = True


def _wait_for(lines: list[str], part: str) -> None:
    deadline = time.monotonic() + 5
    while not any(part in line for line in lines):
        assert time.monotonic() < deadline, lines
        time.sleep(0.02)


def test_what_is_left_out_is_counted_even_where_the_library_falls_silent(
    heard: tuple[logging.Logger, list[str]],
) -> None:
    logger, lines = heard
    for node in range(1000):
        logger.error("Failed fetch messages from %s", node)
    logger.error("something else")
    written = len(lines)
    assert written == 4
    assert lines[:3] == [f"Failed fetch messages from {node}" for node in range(3)]
    assert lines[3] == "something else"
    _wait_for(lines, "997 more like this: Failed fetch messages from %s")
    logger.error("Failed fetch messages from %s", 7)
    assert lines[-1] == "Failed fetch messages from 7", "a new period begins"


def test_levels_and_loggers_are_apart(heard: tuple[logging.Logger, list[str]]) -> None:
    logger, lines = heard
    for _ in range(10):
        logger.error("away")
        logger.warning("away")
    assert lines == ["away"] * 6


def test_the_services_log_leaves_repeats_out(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr("sys.stdout", written)
    root = logging.getLogger()
    before = (root.handlers, root.level)
    try:
        configure("referral", "INFO")
        for node in range(50):
            logging.getLogger("aiokafka.conn").error("Unable to connect to node %s", node)
    finally:
        root.handlers, root.level = before
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [line["message"] for line in lines] == [f"Unable to connect to node {node}" for node in range(3)]
    assert {line["level"] for line in lines} == {"error"}
