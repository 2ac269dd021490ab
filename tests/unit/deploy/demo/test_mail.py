"""The demo's mail server: real SMTP, counts and nothing else."""

import smtplib
import socket
from email.message import EmailMessage
from pathlib import Path

import pytest

from deploy.demo.mail import MailCounter, MailServer
from deploy.stack.errors import ParleyError


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def send(port: int, message_id: str, *recipients: str) -> None:
    message = EmailMessage()
    message["Message-ID"] = message_id
    message["From"] = "parley@localhost"
    message["To"] = ", ".join(recipients)
    message["Subject"] = "A family of yours"
    message.set_content("Please look at your case list.")
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.send_message(message)


def test_it_counts_by_domain_once_for_each_message_and_goes_on_counting(tmp_path: Path) -> None:
    path, port = tmp_path / "e-mails.jsonl", free_port()
    counter = MailCounter(path)
    with MailServer(counter, port):
        send(port, "<1@parley>", "worker@schools.example.org")
        send(port, "<1@parley>", "worker@schools.example.org")
        send(port, "<2@parley>", "worker@schools.example.org", "desk@Provider.example.org")
    assert counter.by_domain == {"schools.example.org": 2, "provider.example.org": 1}
    assert counter.repeats == 1
    with path.open("a", encoding="utf-8") as file:
        file.write('{"digest": "half a li')
    again = MailCounter(path)
    assert again.by_domain == counter.by_domain
    assert again.total == 3


def test_the_file_holds_neither_addresses_nor_content(tmp_path: Path) -> None:
    path, port = tmp_path / "e-mails.jsonl", free_port()
    with MailServer(MailCounter(path), port):
        send(port, "<1@parley>", "worker17@schools.example.org")
    content = path.read_text(encoding="utf-8")
    assert "worker17" not in content
    assert "family" not in content


def test_a_port_in_use_is_reported(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = MailServer(MailCounter(tmp_path / "e-mails.jsonl"), listener.getsockname()[1])
        with pytest.raises(ParleyError, match="mail server can't listen on port"), server:
            pass
