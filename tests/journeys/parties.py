"""The parties, each with what it has: its own credential, its own topics, its own sign-in, a mailbox.

Nobody looks into a service. What somebody waits for has a minute to come.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from confluent_kafka import Consumer, TopicPartition

from deploy.demo.provider_credentials import ProviderCredential
from deploy.rebuild.log import limits_of
from deploy.stack.client_login import read_login
from deploy.stack.operator_api import OperatorClient
from deploy.stack.publishing import Publisher

T = TypeVar("T")
PATIENCE_SECONDS = 60.0


def until(look: Callable[[], T], what: str) -> T:
    """What `look` finds, as soon as it finds something. Fails after a minute, saying what was waited for."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {PATIENCE_SECONDS:.0f} s in vain: {what}"
        time.sleep(0.05)
    return found


@dataclass(frozen=True)
class Heard:
    """One record as its reader sees it."""

    kind: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


def _text(headers: Any) -> dict[str, str]:
    return {name: value.decode() for name, value in headers or ()}


def own_headers(who: str) -> list[tuple[str, str]]:
    """What a party's own client may add: ids, a trace, and whatever else it likes."""
    return [
        ("ce_id", str(uuid4())),
        ("ce_correlationid", f"{who}-{uuid4()}"),
        ("ce_causationid", str(uuid4())),
        ("traceparent", f"00-{uuid4().hex}-{uuid4().hex[:16]}-01"),
        ("tracestate", f"{who}={uuid4().hex}"),
        ("x-request-id", str(uuid4())),
    ]


class Topic:
    """A topic as one reader has it, from its beginning."""

    def __init__(self, login: Mapping[str, str], topic: str, group: str) -> None:
        self._consumer = Consumer({**login, "group.id": group, "enable.auto.commit": False, "log_level": 0})
        partitions = self._consumer.list_topics(topic, timeout=30).topics[topic].partitions
        self._places = [TopicPartition(topic, each, 0) for each in partitions]
        self._consumer.assign(self._places)
        self._heard: list[Heard] = []

    def heard(self) -> list[Heard]:
        """Everything that is on the topic now."""
        ends = {each.partition: limits_of(self._consumer, each)[1] for each in self._places}
        while any(0 <= each.offset < ends[each.partition] for each in self._at()):
            for record in self._consumer.consume(200, timeout=0.2):
                if record.error() is None:
                    headers = _text(record.headers())
                    kind = headers.get("ce_type", "").removeprefix("parley.").removesuffix(".v1")
                    self._heard.append(Heard(kind, headers, json.loads(record.value() or b"{}")))
        return self._heard

    def close(self) -> None:
        """Leave."""
        self._consumer.close()

    def _at(self) -> list[TopicPartition]:
        # Before the first record of a partition there is no position yet.
        return [
            TopicPartition(each.topic, each.partition, max(each.offset, 0))
            for each in self._consumer.position(self._places)
        ]


class FrontDoor:
    """An agency: sends screenings and its practitioners' contacts, reads its progress."""

    def __init__(self, credentials: Path, agency: str) -> None:
        login = read_login(credentials / f"agency.{agency}.properties")
        self.agency = agency
        self.sent_headers: set[str] = set()
        self._publisher = Publisher(login, lambda *_where: None)
        self._progress = Topic(login, f"front-door.{agency}.progress", f"agency.{agency}.journeys")

    def send(self, what: str, record: Mapping[str, Any]) -> None:
        """One record on `screenings` or `contacts`, with headers such as a client's tracing adds by itself."""
        key = str(record["family_ref"]).encode()
        headers = own_headers(self.agency)
        self.sent_headers.update(value for _, value in headers)
        self._publisher.publish(f"front-door.{self.agency}.{what}", key, json.dumps(record).encode(), headers)
        self._publisher.finish()

    def heard(self) -> list[Heard]:
        """Every record that it can read."""
        return self._progress.heard()

    def progress(self, ref: str) -> list[Mapping[str, Any]]:
        """What it was told of one of its families."""
        return [each.body for each in self._progress.heard() if each.body["family_ref"] == ref]

    def hears(self, ref: str, step: str, **fields: Any) -> Mapping[str, Any]:
        """Waits for a step of one of its families."""

        def look() -> Mapping[str, Any] | None:
            wanted = {"step": step, **fields}
            return next((each for each in self.progress(ref) if wanted.items() <= each.items()), None)

        found = until(look, f"{self.agency} to hear {step} {fields or ''} of {ref}")
        assert found is not None
        return found

    def close(self) -> None:
        """Leave."""
        self._progress.close()


class Provider:
    """A provider: reads what it is referred, opens it with its own key, answers."""

    def __init__(self, credential: ProviderCredential, email: str) -> None:
        name = credential.provider
        self.name, self.email = name, email
        self.sent_headers: set[str] = set()
        self._publisher = Publisher(credential.login, lambda *_where: None)
        self._open = credential.decryption()
        self._referrals = Topic(credential.login, f"provider.{name}.referrals", f"provider.{name}.journeys")
        self._refusals = Topic(credential.login, f"provider.{name}.refusals", f"provider.{name}.journeys")

    def heard(self) -> list[Heard]:
        """Every record that it can read."""
        return [*self._referrals.heard(), *self._refusals.heard()]

    def received(self, case: str, kind: str | None = None) -> list[Heard]:
        """Every record about a case, or those of one kind."""
        mine = [each for each in self._referrals.heard() if each.body.get("case_id") == case]
        return [each for each in mine if kind in (None, each.kind)]

    def refused(self, case: str) -> list[Mapping[str, Any]]:
        """Why its updates of a case were refused."""
        return [each.body for each in self._refusals.heard() if each.body["case_id"] == case]

    def opened(self, record: Heard) -> Mapping[str, Any]:
        """One parent's details."""
        return self._open(record.body["encrypted"])

    def reports(self, case: str, update: str, at: str, **fields: Any) -> str:
        """Sends an update; its id."""
        update_id = str(uuid4())
        record = {"update_id": update_id, "update": update, "case_id": case, "occurred_at": at, **fields}
        headers = own_headers(self.name)
        self.sent_headers.update(value for _, value in headers)
        self._publisher.publish(f"provider.{self.name}.updates", case.encode(), json.dumps(record).encode(), headers)
        self._publisher.finish()
        return update_id

    def close(self) -> None:
        """Leave."""
        self._referrals.close()
        self._refusals.close()


class Coordinator:
    """The areas' team, signed in, over the pages of the referral service."""

    def __init__(self, http: OperatorClient) -> None:
        self._http = http

    def line(self, case: str) -> Mapping[str, Any] | None:
        """The case's line on the worklist; None where it is not on it."""
        items = self._http.get("referral", "/worklist", limit="10000")["items"]
        return next((each for each in items if each["case_id"] == case), None)

    def finds(self, case: str, reason: str) -> Mapping[str, Any]:
        """Waits until the case is on the worklist for this reason."""

        def look() -> Mapping[str, Any] | None:
            line = self.line(case)
            return line if line and line["waiting_reason"] == reason else None

        found = until(look, f"{case} on the worklist as {reason}, where it is {self.line(case)}")
        assert found is not None
        return found

    def case(self, case: str) -> dict[str, Any]:
        """The case's page."""
        return self._http.get("referral", f"/cases/{case}")

    def get(self, path: str, service: str = "referral", **parameters: str) -> dict[str, Any]:
        """A page."""
        return self._http.get(service, path, **parameters)

    def does(self, path: str, **body: Any) -> dict[str, Any]:
        """A command, or something at a meeting."""
        return self._http.post("referral", path, body)


class Mailbox:
    """A real mail server that keeps what comes."""

    def __init__(self) -> None:
        self._mails: list[tuple[str, str]] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - SMTP's verb
        """Accepts one e-mail."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message = message_from_bytes(content)
        body = message.get_payload(decode=True)
        text = f"{message['Subject']}\n{body.decode() if isinstance(body, bytes) else ''}"
        self._mails += [(recipient, text) for recipient in envelope.rcpt_tos]
        return "250 Accepted"

    def to(self, recipient: str, case: str) -> list[str]:
        """Subject and text of every e-mail to somebody about a case."""
        return [text for who, text in list(self._mails) if who == recipient and case in text]

    @contextmanager
    def listening(self, port: int) -> Iterator[None]:
        """As long as the context lasts."""
        controller = Controller(self, hostname="127.0.0.1", port=port)
        controller.start()
        try:
            yield
        finally:
            controller.stop(no_assert=True)


class Analyst:
    """Reads facts, and knows no case by its id."""

    def __init__(self, credentials: Path) -> None:
        self._topic = Topic(read_login(credentials / "analyst.properties"), "outcomes", "analyst.journeys")

    def facts(self) -> list[Mapping[str, Any]]:
        """Every fact as it stands: one that comes again replaces the one before."""
        return list({each.body["fact_id"]: each.body for each in self._topic.heard()}.values())

    def close(self) -> None:
        """Leave."""
        self._topic.close()
