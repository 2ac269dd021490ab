"""A mail is, byte for byte, what the library makes of the same headers and text; no value begins a header."""

from datetime import date
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import localtime
from typing import get_args
from uuid import UUID

import pytest
from aiosmtplib.email import extract_recipients, extract_sender, flatten_message
from hypothesis import given
from hypothesis import strategies as st

from services.notification.domain.digest import digest_text
from services.notification.domain.email import About, EmailText, email_text, message_id
from services.notification.handlers import email_messages
from services.notification.handlers.email_messages import message_of

WEEK = date(2025, 4, 7)
MAIL, SENDER = UUID(int=7), "parley@parley.example"
SOMEBODY = Address(display_name="Jo Łęgowska", addr_spec="jo@example.org")


NOW = localtime()


@pytest.fixture(autouse=True)
def _same_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(email_messages, "localtime", lambda: NOW)


def by_the_library(recipient: Address, text: EmailText) -> EmailMessage:
    message = EmailMessage()
    message["From"] = SENDER
    message["To"] = recipient
    message["Subject"] = text.subject
    message["Date"] = NOW
    message["Message-ID"] = message_id(MAIL, SENDER)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.body)
    return message


def is_as_by_the_library(recipient: Address, text: EmailText) -> None:
    ours, theirs = message_of(MAIL, SENDER, recipient, text), by_the_library(recipient, text)
    assert flatten_message(ours) == flatten_message(theirs)
    assert ours.get_content() == theirs.get_content()
    assert (extract_sender(ours), extract_recipients(ours)) == (extract_sender(theirs), extract_recipients(theirs))


@pytest.mark.parametrize("about", get_args(About))
def test_every_mail_is_as_the_library_makes_it(about: About) -> None:
    page = "https://parley.example/notification/pages/x"
    text = digest_text(WEEK, {}, page) if about == "digest" else email_text(about, MAIL, WEEK, link=page)
    for recipient in (SOMEBODY, Address(addr_spec="team@example.org"), Address('A "B" (C), D', "a.b", "example.org")):
        is_as_by_the_library(recipient, text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.text("ab \n\r.é", max_size=90))
def test_so_is_any_text(body: str, more: str) -> None:
    is_as_by_the_library(SOMEBODY, EmailText("A subject", f"{body}\n{more}"))


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_no_value_begins_a_header(end: str) -> None:
    bad = f"x{end}Bcc: other@example.org"
    with pytest.raises(ValueError, match="linefeed"):
        message_of(MAIL, SENDER, SOMEBODY, EmailText(bad, "body"))
    with pytest.raises(ValueError, match="linefeed"):
        message_of(MAIL, f"a@example.org{end}Bcc: other@example.org", SOMEBODY, EmailText("subject", "body"))
    with pytest.raises((ValueError, IndexError)):
        message_of(MAIL, SENDER, Address(display_name=bad, addr_spec="jo@example.org"), EmailText("subject", "body"))
