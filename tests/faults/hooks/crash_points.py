"""Exact moments to die at: a file `<service>.<point>` in the orders folder kills the service when it gets there.

And each service's own links to Kafka and PostgreSQL, which the file `links.json` there names. Lives in the services'
processes by `PYTHONPATH` alone; nothing shipped knows of it.
"""

import functools
import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

POINTS = ("after-claim", "before-commit", "before-offset-commit", "before-send", "before-mark")


def service() -> str | None:
    """Which service this process is, if it is one."""
    found = re.search(r"services\.(\w+)\.app", " ".join(sys.orig_argv))
    return found[1] if found else None


def _take_links(name: str) -> None:
    links = json.loads((Path(os.environ["FAULTS_FOLDER"]) / "links.json").read_text())[name]
    os.environ["PARLEY_KAFKA_BOOTSTRAP"] = links["kafka"]
    for url in ("PARLEY_DATABASE_URL", "PARLEY_KEYRING_URL"):
        if url in os.environ:
            os.environ[url] = re.sub(r"@127\.0\.0\.1:\d+/", f"@127.0.0.1:{links['postgres']}/", os.environ[url])


def _die_if_asked(point: str) -> None:
    order = Path(os.environ["FAULTS_FOLDER"]) / f"{service()}.{point}"
    try:
        order.unlink()
    except OSError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def replace(owner: Any, name: str, by: Any) -> None:
    """Replaces an attribute that exists. Raises AttributeError otherwise: the hook would be inert."""
    getattr(owner, name)
    setattr(owner, name, by)


def _around(owner: Any, name: str, *, before: str | None = None, after: str | None = None, when: Any = None) -> None:
    original = getattr(owner, name)

    @functools.wraps(original)
    async def hooked(*given: Any, **named: Any) -> Any:
        if before and (when is None or when(*given)):
            _die_if_asked(before)
        result = await original(*given, **named)
        if after and (when is None or when(*given)):
            _die_if_asked(after)
        return result

    replace(owner, name, hooked)


def install() -> None:
    """Takes the links and puts the points in, where this is a service of a campaign."""
    name = service()
    if name is None or "FAULTS_FOLDER" not in os.environ:
        return
    _take_links(name)
    from shared.messaging.consuming import inbox, subscriber
    from shared.messaging.publishing import outbox, partition_batches, relay

    _around(inbox, "claim", after="after-claim")
    _around(outbox, "add", after="before-commit", when=lambda _connection, records: bool(records))
    _around(subscriber.KafkaAckableMessage, "ack", before="before-offset-commit")
    _around(partition_batches, "send", before="before-send")
    _around(relay.Relay, "_delete", before="before-mark", when=lambda _self, _connection, ids: bool(ids))
