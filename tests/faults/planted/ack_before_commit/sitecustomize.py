"""A planted bug: the batch is acknowledged before its transaction, so a crash between the two loses it."""

import contextvars
from typing import Any

import crash_points

if crash_points.service():
    from shared.messaging.consuming import consumer, subscriber

    _message: contextvars.ContextVar[Any] = contextvars.ContextVar("message")

    class Remembered(subscriber.KafkaAckableMessage):
        """A message that the patched consumer can find."""

        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            _message.set(self)

    _process = consumer.Consumer.process

    async def _acknowledged_first(self: Any, records: Any) -> Any:
        await _message.get().consumer.kafka.commit()
        return await _process(self, records)

    crash_points.replace(subscriber, "KafkaAckableMessage", Remembered)
    crash_points.replace(consumer.Consumer, "process", _acknowledged_first)
crash_points.install()
