"""Records as they arrive from Kafka, and the findings on those that cannot be used."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from shared.messaging.core.envelope import Envelope

E_co = TypeVar("E_co", covariant=True)


class Record(NamedTuple):
    """A Kafka record as it came. `timestamp_ms` is the broker's, in milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class Received(NamedTuple, Generic[E_co]):
    """A record that could be read. `id` is claimed in the inbox: each id takes effect once."""

    id: UUID
    event: E_co
    record: Record
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a record: a field and the rule that it breaks. Never the value, which may be personal."""

    field: str
    rule: str

    def as_json(self) -> dict[str, Any]:
        """As stored and published."""
        return {"field": self.field, "rule": self.rule}


NO_EFFECTS = Finding("record", "what is certain in it could not take effect: a retry tries again")
"""Added to a record's findings when the service's own handler for rejected records failed."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that could not be used, for a service that acts on the parts of it that are certain.

    `event` is the parsed event where parsing succeeded; `findings` says what is wrong. A record that unpacks to more
    than the message limit comes without its value.
    """

    record: Record
    envelope: Envelope
    findings: tuple[Finding, ...]
    event: Any | None = None


class RejectedError(Exception):
    """This record can never be used as it is: it becomes a dead letter with these findings, and the others go on."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(f"{finding.field}: {finding.rule}" for finding in findings))
        self.findings = tuple(findings)
