"""A real SMTP server for the demo: it accepts every e-mail, stores none, and counts them by recipient's domain."""

import hashlib
import json
import os
import socket
from collections import Counter
from email.parser import BytesHeaderParser
from pathlib import Path
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.stack.errors import ParleyError

_HOST = "127.0.0.1"


class MailCounter:
    """The number of e-mails by the recipient's domain, stored in a file so that a second demo continues the count.

    An e-mail that is sent again (after a crash between sending and recording it) has the same Message-ID and counts
    once. The file holds domains and digests: no address and no content of any e-mail.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: set[str] = set()
        self.by_domain: Counter[str] = Counter()
        self.repeats = 0
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                self._recall(line)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - SMTP's verb
        """Accepts one e-mail for all its recipients."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message_id = BytesHeaderParser().parsebytes(content)["Message-ID"] or content.hex()
        with self._path.open("a", encoding="utf-8") as file:
            for recipient in envelope.rcpt_tos:
                digest = hashlib.sha256(f"{message_id}|{recipient}".encode()).hexdigest()
                if digest in self._known:
                    self.repeats += 1
                    continue
                domain = recipient.rpartition("@")[2].lower()
                self._note(digest, domain)
                file.write(json.dumps({"digest": digest, "domain": domain}) + "\n")
        return "250 Accepted"

    @property
    def total(self) -> int:
        """The number of e-mails that arrived, in this run and earlier ones."""
        return self.by_domain.total()

    def _note(self, digest: str, domain: str) -> None:
        self._known.add(digest)
        self.by_domain[domain] += 1

    def _recall(self, line: str) -> None:
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            return  # the last line of a demo that was killed while writing
        if entry["digest"] not in self._known:
            self._note(entry["digest"], entry["domain"])


class MailServer:
    """A context manager: the server listens in its own thread for as long as the context lasts."""

    def __init__(self, counter: MailCounter, port: int) -> None:
        self._port = port
        self._controller = Controller(counter, hostname=_HOST, port=port)

    def __enter__(self) -> Self:
        """Raises `ParleyError` where the port is taken."""
        try:
            # Checked first, because the controller takes seconds to notice.
            socket.create_server((_HOST, self._port)).close()
            self._controller.start()
        except OSError as error:
            raise ParleyError(
                f"The demo's mail server can't listen on port {self._port}: {os.strerror(error.errno or 0)}. "
                "End what uses that port (an earlier demo?), and run the demo again."
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop(no_assert=True)
