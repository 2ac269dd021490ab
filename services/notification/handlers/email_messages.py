"""A mail as a message (RFC 5322), built by the library's own policy, which refuses a line's end in a header.

What all mails of a kind have in common is parsed once: a header that the policy made is taken as it is. By itself the
library makes a class for each header of each message, and parses sender and subject again for each.
"""

from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import default
from email.utils import localtime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from services.notification.domain.email import EmailText, message_id

_LONGEST_LINE = 78


class _Headers(HeaderRegistry):
    """The library's registry, which keeps the classes that it makes. There are as many as kinds of headers."""

    def __init__(self) -> None:
        super().__init__()
        self._class_of = cache(super().__getitem__)

    def __getitem__(self, name: str) -> Any:
        return self._class_of(name.lower())


_POLICY = default.clone(header_factory=_Headers())


@lru_cache(maxsize=256)
def _header(name: str, value: str) -> BaseHeader:
    """A header that many mails have: never a person's."""
    made: BaseHeader = _POLICY.header_store_parse(name, value)[1]
    return made


def message_of(mail: UUID, sender: str, recipient: Address, text: EmailText) -> EmailMessage:
    """The message. Raises ValueError where an address or a text would begin another header."""
    message = EmailMessage(_POLICY)
    message["From"] = _header("From", sender)
    message["To"] = recipient
    message["Subject"] = _header("Subject", text.subject)
    message["Date"] = localtime()
    message["Message-ID"] = message_id(mail, sender)
    message["Auto-Submitted"] = _header("Auto-Submitted", "auto-generated")
    if _goes_as_it_is(text.body):
        message["Content-Type"] = _header("Content-Type", 'text/plain; charset="utf-8"')
        message["Content-Transfer-Encoding"] = _header("Content-Transfer-Encoding", "7bit")
        message["MIME-Version"] = _header("MIME-Version", "1.0")
        message.set_payload(text.body)
    else:
        message.set_content(text.body)
    return message


def _goes_as_it_is(body: str) -> bool:
    """Whether a body needs no encoding: how any other is encoded, the library chooses."""
    lines = body.splitlines()
    return body.isascii() and "\n".join([*lines, ""]) == body and max(map(len, lines), default=0) < _LONGEST_LINE
