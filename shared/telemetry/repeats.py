"""Limits repeated log lines of libraries: the first few are written, and later how many were left out.

While Kafka is unavailable its client writes thousands of lines a minute, which would hide the ones that matter.
"""

import logging
import threading
import time
from collections.abc import Callable

_FOR_S = 30.0
_AT_FIRST = 3
# A library that formats its values into the message makes every line a kind of its own.
_MOST_KINDS = 1_000


class Repeats(logging.Filter):
    """Passes the first lines of each kind per period, and logs how many it left out when the period ends.

    A kind is a logger, a level and a message before formatting. Every omission is reported, even when no further line
    of the kind follows.
    """

    def __init__(self, period_s: float = _FOR_S, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._period_s = period_s
        self._clock = clock
        self._lock = threading.Lock()
        self._kinds: dict[tuple[str, int, str], _Kind] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this line is written."""
        if hasattr(record, "left_out"):
            return True
        key = (record.name, record.levelno, str(record.msg))
        with self._lock:
            now = self._clock()
            if len(self._kinds) >= _MOST_KINDS:
                self._kinds = {each: kind for each, kind in self._kinds.items() if kind.left_out}
            kind = self._kinds.setdefault(key, _Kind(now))
            if now - kind.since >= self._period_s:
                kind.since, kind.let_through = now, 0
            if kind.let_through < _AT_FIRST:
                kind.let_through += 1
                return True
            kind.left_out += 1
            if kind.left_out == 1:
                wait = threading.Timer(self._period_s, self.report, [key])
                wait.daemon = True
                wait.start()
        return False

    def report(self, key: tuple[str, int, str]) -> None:
        """Logs how many lines of a kind were left out since the last report."""
        with self._lock:
            kind = self._kinds.get(key)
            if kind is None or not kind.left_out:
                return
            left_out, kind.left_out = kind.left_out, 0
        name, level, message = key
        logging.getLogger(name).log(level, "%d more like this: %s", left_out, message, extra={"left_out": left_out})


class _Kind:
    """The counts for one kind of line."""

    __slots__ = ("left_out", "let_through", "since")

    def __init__(self, since: float) -> None:
        self.since = since
        self.let_through = 0
        self.left_out = 0
