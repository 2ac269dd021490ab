"""Publishes records with one user's login: idempotent, acknowledged by all replicas, in order within a topic."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from deploy.stack.connecting import explain_refusal
from deploy.stack.errors import ParleyError

_PATIENCE_MS = 60_000
_REFUSED = (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC)

Headers = Sequence[tuple[str, str | bytes]]
Delivered = Callable[[str, int, int], None]
"""Called with topic, partition and offset of every delivered record."""


class Publisher:
    """A producer of one user. Not thread-safe.

    A refused record makes the next call raise: later records must not arrive without it.
    """

    def __init__(self, login: Mapping[str, str], delivered: Delivered) -> None:
        self._user = login["sasl.username"]
        self._delivered = delivered
        self._problem: str | None = None
        settings: dict[str, Any] = {
            **login,
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": 20,
            "message.timeout.ms": _PATIENCE_MS,
            # The partitioner of Kafka's Java clients: a family stays in its partition whichever client publishes.
            "partitioner": "murmur2_random",
            "log_level": 0,
            "error_cb": self._broken,
        }
        self._producer = Producer(settings)

    def publish(self, topic: str, key: bytes, value: bytes, headers: Headers = ()) -> None:
        """Queues a record; waits while the queue is full. Raises `ParleyError` once a record was refused."""
        while True:
            self.serve()
            try:
                self._producer.produce(topic, value, key, on_delivery=self._arrived, headers=list(headers))
                return
            except BufferError:
                self._producer.poll(0.1)

    def serve(self, seconds: float = 0) -> None:
        """Processes Kafka's acknowledgements. Raises `ParleyError` once a record was refused."""
        self._producer.poll(seconds)
        if self._problem:
            raise ParleyError(self._problem)

    def waiting(self) -> int:
        """The number of records that are not acknowledged yet."""
        return len(self._producer)

    def finish(self) -> None:
        """Waits until every record is acknowledged. Raises `ParleyError` as soon as one is refused."""
        while self.waiting():
            self.serve(0.1)
        self.serve()

    def _arrived(self, error: KafkaError | None, message: Message) -> None:
        topic = message.topic() or ""
        if error is None:
            self._delivered(topic, message.partition() or 0, message.offset() or 0)
        elif self._problem is None:
            self._problem = self._explain(error, topic)

    def _broken(self, error: KafkaError) -> None:
        # The producer retries after other errors, such as an unavailable broker.
        if error.code() in (KafkaError._AUTHENTICATION, KafkaError._SSL):
            self._problem = self._explain(error, "")

    def _explain(self, error: KafkaError, topic: str) -> str:
        apply = "`parley directory apply` creates missing topics, users and rights."
        if error.code() == KafkaError._AUTHENTICATION:
            return f"Kafka does not let {self._user} in with this password. {apply}"
        if error.code() == KafkaError._SSL:
            return f"Kafka is not reached as {self._user}: {explain_refusal(error)}."
        if error.code() in _REFUSED:
            return f"There is no topic {topic} that {self._user} may write to. {apply}"
        return f"Kafka did not accept a record of {self._user} for {topic}: {error.str()}."
