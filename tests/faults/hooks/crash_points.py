"""Exact moments to die at: a file `<service>.<point>` in the orders folder kills the service when it gets there.

Lives in the services' processes by `PYTHONPATH` alone; nothing shipped knows of it.
"""

import functools
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


def _die_if_told(point: str) -> None:
    order = Path(os.environ["FAULTS_FOLDER"]) / f"{service()}.{point}"
    try:
        order.unlink()
    except OSError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def _around(owner: Any, name: str, *, before: str | None = None, after: str | None = None, when: Any = None) -> None:
    original = getattr(owner, name)

    @functools.wraps(original)
    async def hooked(*given: Any, **named: Any) -> Any:
        if before and (when is None or when(*given)):
            _die_if_told(before)
        result = await original(*given, **named)
        if after and (when is None or when(*given)):
            _die_if_told(after)
        return result

    setattr(owner, name, hooked)


def install() -> None:
    """Puts the points in, where this is a service of a campaign."""
    if service() is None or "FAULTS_FOLDER" not in os.environ:
        return
    from shared.messaging import inbox, lanes, outbox, relay, subscriber

    _around(inbox, "claim", after="after-claim")
    _around(outbox, "add", after="before-commit", when=lambda _connection, records: bool(records))
    _around(subscriber.KafkaAckableMessage, "ack", before="before-offset-commit")
    _around(lanes, "send", before="before-send")
    _around(relay.Relay, "_delete", before="before-mark", when=lambda _self, _connection, ids: bool(ids))
