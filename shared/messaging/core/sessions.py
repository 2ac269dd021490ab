"""Replaces a connection before the broker ends its session, so that nothing in flight is lost by it.

A broker that limits sessions (`connections.max.reauth.ms`) hangs up on whoever asks for something after the end. The
client library does not sign in again (KIP-368): at the end of each session it would lose what is in flight, log errors
and wait. Here a connection counts as closed somewhat earlier: the client opens a new one, which signs in, and the old
one ends with its last answer.
"""

import random
import time
from typing import Any

import aiokafka.conn
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.protocol.admin import SaslAuthenticateRequest

# Spread, so that a process's connections are not all replaced together.
_EARLIEST, _LATEST = 0.6, 0.8
_LOOK_S = 0.05


def renew_before_they_end() -> None:
    """Makes every connection of this process one that is replaced in time."""
    aiokafka.conn.AIOKafkaConnection = Connection


class Connection(AIOKafkaConnection):  # type: ignore[misc]  # the library has no types
    """A connection that counts as closed once most of its session is over."""

    _renewed_at: float | None = None
    _retired = False

    def send(self, request: Any, expect_response: bool = True) -> Any:
        """As the library's; notes how long the session lasts."""
        answer = super().send(request, expect_response)
        return self._noting(answer) if isinstance(request, SaslAuthenticateRequest) else answer

    async def _noting(self, answer: Any) -> Any:
        response = await answer
        if lifetime_ms := getattr(response, "session_lifetime_ms", 0):
            part = random.uniform(_EARLIEST, _LATEST)
            self._renewed_at = time.monotonic() + part * lifetime_ms / 1000
        return response

    def connected(self) -> bool:
        """Whether the client may use it for another request; if not, it opens a new one."""
        if not super().connected() or self._loop.is_closed():
            return False
        if self._retired:
            return False
        if self._renewed_at is None or time.monotonic() < self._renewed_at:
            return True
        self.retire()
        return False

    def retire(self) -> None:
        """Takes no further request: the client opens another connection, and this one ends with its last answer."""
        if not self._retired:
            self._retired = True
            self._end_when_answered()

    def _end_when_answered(self) -> None:
        if self._requests:
            self._loop.call_later(_LOOK_S, self._end_when_answered)
        else:
            self.close(reason=CloseReason.IDLE_DROP)
