"""What a party outside reads in headers, whatever an event follows from; and what of theirs comes in."""

import asyncio
import re
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid4, uuid5

from hypothesis import given
from hypothesis import strategies as st

from services import TOPOLOGY
from shared.contracts.topics import is_outside
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.consuming.subscription import Subscription, by_position
from shared.messaging.core.envelope import Envelope, new_id, time_in_ms, write_headers, written_time
from shared.messaging.core.outgoing import Outgoing
from shared.messaging.core.records import Received, Record
from shared.messaging.publishing import outbox
from shared.messaging.publishing.transaction import Transaction
from tests.support.event_traffic import refused

NAMES = [
    *("ce_specversion", "ce_source", "ce_type", "ce_dataschema", "content-type"),
    *("ce_id", "ce_time", "ce_subject", "traceparent", "ce_correlationid", "ce_causationid"),
]
SHAPES = {
    "ce_id": re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    "ce_time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
    "traceparent": re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01"),
}


class Stored:
    """A connection that takes what is stored in the outbox."""

    def __init__(self) -> None:
        self.records: list[Outgoing] = []

    async def copy_records_to_table(self, _table: str, *, columns: Any, records: Any) -> None:
        self.records += records

    async def execute(self, _statement: str, *values: Any) -> None:
        self.records.append(Outgoing(*values))


# Whatever an internal chain may hold: ids of any version, and what a careless chain took from a party.
ids = st.one_of(st.uuids(), st.builds(new_id), st.builds(lambda name: uuid5(UUID(int=0), name), st.text()))
envelopes = st.builds(
    Envelope,
    id=ids,
    correlation_id=st.one_of(ids.map(str), st.text(min_size=1)),
    causation_id=ids.map(str),
    traceparent=st.one_of(st.none(), st.just(f"00-{'ab' * 16}-{'cd' * 8}-01"), st.text()),
)
outside = st.sampled_from(["front-door.aa.progress", "provider.north.referrals", "provider.north.refusals"])


def emitted(topic: str, envelope: Envelope | None, cause_id: UUID) -> dict[str, str]:
    connection: Any = Stored()
    transaction = Transaction(connection, "notification")
    record = Record("t", 0, 0, 0, None, None)
    cause = Received(cause_id, None, record, envelope) if envelope else None
    transaction.emit(refused(uuid4(), 1), cause=cause, topic=topic)
    asyncio.run(outbox.add(connection, transaction.outgoing))
    return dict(connection.records[0].headers)


@given(outside, st.lists(st.tuples(st.one_of(st.none(), envelopes), ids), min_size=2, max_size=4))
def test_every_record_looks_alike_and_shares_nothing_with_any_other(
    topic: str, causes: list[tuple[Envelope | None, UUID]]
) -> None:
    made = [emitted(topic, envelope, cause_id) for envelope, cause_id in causes]
    seen: set[str] = set()
    for headers, (envelope, cause_id) in zip(made, causes, strict=True):
        assert list(headers) == NAMES
        for name, shape in SHAPES.items():
            assert shape.fullmatch(headers[name]), name
        assert headers["ce_correlationid"] == headers["ce_causationid"] == headers["ce_id"]
        own = {headers["ce_id"], headers["ce_time"], *headers["traceparent"].split("-")[1:3]}
        assert not own & seen
        seen |= own
        of_the_cause = {str(cause_id)}
        if envelope:
            trace = (envelope.traceparent or "").split("-")
            of_the_cause |= {str(envelope.id), envelope.correlation_id or "", envelope.causation_id or "", *trace}
        assert not own & of_the_cause


def test_whoever_reads_or_writes_beside_our_services_is_outside() -> None:
    """Told from the topics' own readers and writers, so that a new topic cannot be forgotten."""
    inside = {*TOPOLOGY.services, "operator"}
    for topic in (*TOPOLOGY.internal_topics(), *TOPOLOGY.agency_topics("aa"), *TOPOLOGY.provider_topics("north")):
        assert is_outside(topic.name) == (not {*topic.readers, *topic.writers} <= inside), topic.name


async def test_no_header_of_an_outside_party_is_adopted() -> None:
    """Whatever its headers, each record starts a correlation of its own."""
    heard: list[Received[Any]] = []
    nothing: Any = None
    subscription = Subscription("s", lambda record, _envelope: record.value, nothing, identify=by_position)
    consumer = Consumer("screening", subscription, nothing, nothing, 1.0)
    headers_of_party = write_headers(event_id=uuid4(), event_type="parley.a.v1", source="x", time="", subject="s")
    sent = tuple((name, text.encode()) for name, text in [*headers_of_party, ("tracestate", "secret"), ("x", "y")])
    for topic in ("front-door.aa.screenings", "front-door.aa.contacts", "provider.north.updates"):
        item = consumer._read(Record(topic, 0, 0, 0, b"k", b"v", sent))
        assert isinstance(item, Received)
        assert item.envelope == Envelope()
        heard.append(item)
    connection: Any = Stored()
    transaction = Transaction(connection, "screening")
    for item in heard:
        transaction.emit(refused(uuid4(), 1), cause=item)
    values = {value for record in transaction.outgoing for _, value in record.headers}
    of_the_party = {value for name, value in headers_of_party if name in ("ce_id", "traceparent", "ce_correlationid")}
    assert not values & (of_the_party | {"secret", "y"})
    assert not {part for value in values for part in value.split("-")} & {
        dict(headers_of_party)["traceparent"].split("-")[1]
    }


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.times())
def test_what_analysts_read_has_the_day_and_no_time_of_it(day: date, at: time) -> None:
    """Whatever time a writer gives: no header says more than the day, and no two share an id."""
    written_at = written_time(datetime.combine(day, at, UTC))
    made = []
    for _ in range(3):
        headers = write_headers(event_id=new_id(), event_type="parley.a.v1", source="s", time=written_at, subject="c")
        connection: Any = Stored()
        asyncio.run(outbox.add(connection, [Outgoing("outcomes", b"c", b"{}", headers)]))
        made.append(dict(connection.records[0].headers))
    midnight = datetime.combine(day, time(), UTC)
    for headers_made in made:
        event_id = UUID(headers_made["ce_id"])
        assert (event_id.version, event_id.int >> 80) == (7, int(midnight.timestamp() * 1000))
        assert headers_made["ce_time"] == written_time(midnight)
        assert headers_made["ce_correlationid"] == headers_made["ce_causationid"] == headers_made["ce_id"]
        assert time_in_ms([*headers_made.items()]) == midnight.timestamp() * 1000
    assert len({each["ce_id"] for each in made}) == len({each["traceparent"] for each in made}) == len(made)
