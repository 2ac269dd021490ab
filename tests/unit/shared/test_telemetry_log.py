"""A service's log: whatever somebody sent, a line is one object, and what an exception quotes is not in it."""

import json
import logging
import subprocess
import sys

WRITES = """
import logging, structlog
from shared.telemetry.logging import configure
configure("screening", "INFO")
forged = 'a\\n{"message": "forged", "level": "info"}\\r\\x1b[2J'
structlog.get_logger().warning("batch split", topic=forged)
logging.getLogger("library").warning("refused %s", forged)
try:
    raise ValueError("Ada Osei, 1 High Street")
except ValueError:
    logging.getLogger("library").exception("it failed")
"""


def test_a_line_of_the_log_is_one_object_whatever_is_in_it() -> None:
    # In a process of its own: a log is set up once.
    done = subprocess.run([sys.executable, "-c", WRITES], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert [line["message"].split("\n")[0] for line in lines] == ["batch split", "refused a", "it failed"]
    assert "\x1b" not in done.stdout
    assert "\r" not in done.stdout
    for line in lines:
        assert line["service"] == "screening"
        assert line["timestamp"].endswith("Z")
    assert lines[2]["fault"] == "ValueError"
    assert "Ada" not in done.stdout + done.stderr
    assert logging.getLogger("library").name
