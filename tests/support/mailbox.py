"""A real mail server's other end, for tests of what is sent and of what becomes of that which cannot be."""

import asyncio
import email
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.controller import Controller


class Mailbox:
    """A mail server's other end. `answers` are what it says to an address, the last one again and again."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes]] = []
        self.answers: dict[str, list[str]] = {}
        self.connections = 0
        self.delay_s = 0.0
        self._arrival = threading.Condition()

    async def handle_EHLO(  # noqa: N802 - SMTP's verb
        self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802 - SMTP's verb
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        answers = self.answers.get(address, ["250 OK"])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - SMTP's verb
        await asyncio.sleep(self.delay_s)
        with self._arrival:
            self.got += [(recipient, envelope.content) for recipient in envelope.rcpt_tos]
            self._arrival.notify_all()
        return "250 Accepted"

    async def has(self, count: int) -> None:
        """Waits until so many mails are there. The server runs in a thread of its own."""

        def wait() -> bool:
            with self._arrival:
                return self._arrival.wait_for(lambda: len(self.got) >= count, timeout=30)

        assert await asyncio.to_thread(wait)

    def messages(self) -> list[EmailMessage]:
        return [cast("EmailMessage", email.message_from_bytes(content, policy=default)) for _, content in self.got]


@contextmanager
def listening(mailbox: Mailbox) -> Iterator[Controller]:
    """An SMTP server on a free port of this machine that hands what it gets to the mailbox."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, ident="test")
    controller.start()
    yield controller
    controller.stop(no_assert=True)
