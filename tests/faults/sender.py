"""How a party outside sends: what Kafka refused, or did not take in time, is sent again, in its order."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaException, Producer

from tests.faults.world import World

_QUIET = {"log_level": 0, "reconnect.backoff.max.ms": 1000}
_PAUSE_S = 0.5
_MESSAGE_S = 60
# A producer that says nothing for longer than a message may take has come to its end without a word.
_SILENCE_S = _MESSAGE_S + 10


@dataclass(frozen=True)
class _Outgoing:
    number: int
    topic: str
    key: bytes
    value: bytes
    headers: Any
    arrived: Callable[[], None]


class Sender:
    """One party's way to write. Nothing is given up: what is not acknowledged is kept until it is."""

    def __init__(self, world: World, user: str) -> None:
        self.refused = 0
        self._settings = {
            **world.party_properties(user),
            **_QUIET,
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": 5,
            "message.max.bytes": 1_048_588,
            "message.timeout.ms": _MESSAGE_S * 1000,
        }
        self._lock = threading.RLock()
        self._producer = Producer(self._settings)
        self._waiting: deque[_Outgoing] = deque()
        self._under_way: dict[int, _Outgoing] = {}
        self._failed: dict[int, _Outgoing] = {}
        self._sent = 0
        self._again_at = 0.0
        self._heard_at = time.monotonic()

    def send(
        self,
        topic: str,
        key: str,
        value: bytes,
        headers: Any = None,
        arrived: Callable[[], None] = lambda: None,
    ) -> None:
        """One record; `arrived` is called when the broker has it."""
        with self._lock:
            self._sent += 1
            self._waiting.append(_Outgoing(self._sent, topic, key.encode(), value, headers, arrived))
            self._send_waiting()

    def __len__(self) -> int:
        """How many records Kafka may not have yet."""
        with self._lock:
            return len(self._waiting) + len(self._under_way) + len(self._failed)

    def poll(self) -> None:
        """Hears of what arrived and what did not; sends again what did not."""
        with self._lock:
            self._serve()
            if self._under_way and time.monotonic() - self._heard_at > _SILENCE_S:
                self._give_up_on_producer()
            if self._failed and not self._under_way and time.monotonic() > self._again_at:
                # A producer that was refused may be of no use any more, and knows nothing that is needed.
                self._producer = Producer(self._settings)
                self._waiting.extendleft(self._failed[number] for number in sorted(self._failed, reverse=True))
                self._failed.clear()
            self._send_waiting()

    def flush(self, seconds: float) -> None:
        """Waits until Kafka has all, no longer than this."""
        deadline = time.monotonic() + seconds
        while len(self) and time.monotonic() < deadline:
            self.poll()
            time.sleep(0.02)

    def _send_waiting(self) -> None:
        # Behind something that failed nothing follows: it would overtake.
        while self._waiting and not self._failed:
            each = self._waiting.popleft()
            if not self._under_way:
                self._heard_at = time.monotonic()
            self._under_way[each.number] = each
            try:
                self._producer.produce(
                    each.topic, each.value, each.key, headers=each.headers, on_delivery=self._on_delivery(each)
                )
            except (BufferError, KafkaException):
                self._fail(each)
            self._serve()

    def _serve(self) -> None:
        try:
            self._producer.poll(0)
        except KafkaException:
            self._give_up_on_producer()

    def _give_up_on_producer(self) -> None:
        """What it holds may have arrived or not, and is sent again."""
        for each in list(self._under_way.values()):
            self._fail(each)

    def _on_delivery(self, each: _Outgoing) -> Callable[[Any, Any], None]:
        def delivered(error: Any, _message: Any) -> None:
            self._heard_at = time.monotonic()
            if error is not None:
                self._fail(each)
                return
            self._under_way.pop(each.number, None)
            each.arrived()

        return delivered

    def _fail(self, each: _Outgoing) -> None:
        self.refused += 1
        self._under_way.pop(each.number, None)
        self._failed[each.number] = each
        self._again_at = time.monotonic() + _PAUSE_S
