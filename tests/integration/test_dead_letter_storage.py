"""A dead letter is always stored, whatever is in its way; those of our own making are an alarm, and have a limit."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.applications import Starlette

from deploy.stack.home import Stack
from shared.access.roles import Role
from shared.contracts.referral import CaseRefused
from shared.messaging.consuming import dead_letters
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.consuming.limit import Limit
from shared.messaging.consuming.subscription import Subscription, by_position, event_reader
from shared.messaging.core.envelope import Envelope, new_id, write_headers
from shared.messaging.core.findings import NO_NUL
from shared.messaging.core.records import Finding, Received, Record, RejectedError
from shared.messaging.publishing.relay import Relay
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers.clock import Clock
from shared.privacy.keyring import Keyring
from shared.service.definition import Context
from shared.service.operator import operator_routes
from shared.service.staff import Staff
from tests.support.erased_keys import erase_key
from tests.support.event_traffic import NOW, publish, read_all, refused, settings_of
from tests.support.identity import bearer, gate
from tests.support.recorded import recorder

SERVICES = ("referral", "notification", "outcomes", "workforce")


def record(
    value: bytes | None = None, *, partition: int = 0, offset: int = 0, topic: str = "case-refused", number: int = 1
) -> Record:
    event = refused(uuid4(), number)
    headers = write_headers(
        event_id=new_id(), event_type=event.ce_type(), source="t", time=NOW, subject=str(event.case_id)
    )
    sent = tuple((name, text.encode()) for name, text in headers)
    data = event.model_dump_json().encode() if value is None else value
    return Record(topic, partition, offset, round(time.time() * 1000), b"k", data, sent)


class Reader:
    """A subscription of one service. The event's reason and number select what it cannot store or handle."""

    def __init__(self, database: Any, limit: Limit = Limit()) -> None:  # noqa: B008 - frozen
        self.database = database
        self.handled: list[int] = []
        self.broken = False
        self.subscription = Subscription(
            name="case-events",
            topics=("case-refused",),
            read=self._read,
            handle=self._handle,
            identify=by_position,
        )
        self.consumer = Consumer(database.service, self.subscription, database.pool, database.keyring, 0.2, limit)

    def _read(self, record: Record, envelope: Envelope) -> CaseRefused:
        """Number 7 holds what no contract lets through, as a contract that forgot it would."""
        event: CaseRefused = event_reader(CaseRefused)(record, envelope)
        return event.model_copy(update={"family_ref": "a\0b"}) if event.sequence == 7 else event

    async def _handle(self, tx: Transaction, batch: Sequence[Received[CaseRefused]]) -> None:
        for each in batch:
            if each.event.sequence == 13 and self.broken:
                raise KeyError("a value that must not be said")
            await tx.connection.execute("CREATE TEMP TABLE IF NOT EXISTS kept (word text) ON COMMIT DROP")
            await tx.connection.execute("INSERT INTO kept VALUES ($1)", each.event.family_ref)
        self.handled += [each.event.sequence for each in batch]

    async def letters(self) -> list[dict[str, Any]]:
        return await dead_letters.listing(self.database.pool, reason=None, limit=100_000)


async def test_one_event_that_no_reader_can_use_is_kept_by_each_of_them(databases: Any) -> None:
    bad, good = record(b"{", offset=1), record(offset=2)
    ids = set()
    for service in SERVICES:
        reader = Reader(await databases(service))
        assert await reader.consumer.process([bad, good]) == set()
        (letter,) = await reader.letters()
        ids.add(letter["id"])
        found = await dead_letters.reopen(reader.database.pool, reader.database.keyring, letter["id"], nowhere)
        assert found is not None
        assert found[1].value == b"{"
        assert reader.handled == [1]
    assert len(ids) == len(SERVICES)


async def nowhere(_topic: str, _partition: int, _offset: int) -> Record | None:
    return None


class Refusing(Keyring):
    """A keyring that refuses, by row security or otherwise."""

    fault: Exception = PermissionError()

    async def for_sealing(self, subjects: Any, kind: Any) -> Any:
        raise self.fault


@pytest.mark.parametrize("spoil", ["keyring", "erased", "findings"])
async def test_a_letter_that_cannot_be_stored_whole_holds_nothing_up(
    stack: Stack, databases: Any, spoil: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader(await databases("referral"))
    bad, good = record(b"{" + str(uuid4()).encode(), offset=1), record(offset=2)
    if spoil == "keyring":
        monkeypatch.setattr(reader.consumer, "_keyring", Refusing(reader.database.pool, reader.database.keyring._kek))
    elif spoil == "erased":
        await reader.consumer.process([bad])
        (letter,) = await reader.letters()
        await erase_key(stack, letter["id"])
        reader.database.keyring._remembered.clear()
    else:
        finding = Finding("a", "what jsonb cannot hold: \0")

        def spoilt(_record: Record, _envelope: Any) -> Any:
            raise RejectedError([finding])

        monkeypatch.setattr(reader.consumer, "subscription", Subscription(name="case-events", read=spoilt, handle=None))  # type: ignore[arg-type]
        good = record(offset=2)
    repeated = bad._replace(offset=3)
    assert await reader.consumer.process([repeated, good]) == set()
    letters = await reader.letters()
    assert [each["topic"] for each in letters[:1]] == ["case-refused"]
    if spoil != "findings":
        assert reader.handled == [1]
    else:
        assert letters[0]["findings"] == [dead_letters.UNSTATED.as_json()]


async def test_a_letter_without_its_record_is_tried_again_from_its_topic(stack: Stack, databases: Any) -> None:
    reader = Reader(await databases("outcomes"))
    event = refused(uuid4(), 1)
    headers = write_headers(
        event_id=new_id(), event_type=event.ce_type(), source="t", time=NOW, subject=str(event.case_id)
    )
    # Not where other tests read from the start and count what is broken.
    publish(stack, "again", b"{" + event.case_id.bytes, [*headers], "case-returned", partition=0)
    settings = settings_of(stack, "outcomes")
    context = Context("outcomes", settings, reader.database.pool, reader.database.keyring, Clock("events"))
    app = Starlette(routes=operator_routes(context, Relay(settings, "outcomes"), {"case-events": reader.consumer}))
    app.state.gate = gate({})
    app.state.staff = Staff(reader.database.pool, reader.database.keyring)
    app.state.recorder = recorder(reader.database.service, reader.database.pool)
    placed = await _find(stack, b"{" + event.case_id.bytes)
    reader.consumer._keyring = Refusing(reader.database.pool, reader.database.keyring._kek)
    await reader.consumer.process([placed])
    (letter,) = await reader.letters()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://s", headers=bearer(Role.OPERATOR)
    ) as http:
        answer = await http.post(f"/dead-letters/{letter['id']}/retry")
        assert (answer.status_code, answer.json()["findings"][0]["field"]) == (200, "value")
        status = (await http.get("/status")).json()
    assert [alarm["kind"] for alarm in status["alarms"]] == ["own-dead-letters"]
    assert status["own_dead_letters"] == 1


async def _find(stack: Stack, value: bytes) -> Record:
    (raw,) = await asyncio.to_thread(read_all, stack, "case-returned", 1, "again")
    return Record(raw.topic(), raw.partition(), raw.offset(), raw.timestamp()[1], b"again", value, ())


@pytest.fixture
async def limited(databases: Any) -> Reader:
    return Reader(await databases("referral"), Limit(most=3, seconds=600))


async def test_a_bad_release_stops_making_dead_letters_and_what_can_be_handled_goes_on(limited: Reader) -> None:
    limited.broken = True
    for offset in range(3):
        assert await limited.consumer.process([record(number=13, offset=offset)]) == set()
    # From here on a failing record stays unread with those behind it; earlier records and other partitions go on.
    batch = [record(number=1, offset=3), record(number=13, offset=4), record(number=2, offset=5)]
    other = record(number=3, partition=1, offset=0)
    assert await limited.consumer.process([*batch, other]) == {("case-refused", 0)}
    assert sorted(limited.handled) == [1, 3]
    assert len(await limited.letters()) == 3
    paused = limited.consumer.own_dead_letters.as_json()
    assert paused is not None
    assert "case-refused/0@4" in paused["last"]
    assert "a value" not in str(paused)

    # The cause is gone: what waited is handled, without anybody's doing.
    limited.broken = False
    assert await limited.consumer.process([*batch, other]) == set()
    assert sorted(limited.handled) == [1, 2, 3, 13]
    # No letter of this kind is made until the subscription is resumed.
    assert await limited.consumer.process([record(b"{", offset=6)]) == {("case-refused", 0)}
    assert limited.consumer.own_dead_letters.resume()
    assert await limited.consumer.process([record(b"{", offset=6)]) == set()
    assert len(await limited.letters()) == 4


async def test_nonsense_from_outside_never_counts(limited: Reader) -> None:
    topic = "front-door.aa.screenings"
    for offset in range(20):
        await limited.consumer.process([record(b"{" + bytes([65 + offset]), topic=topic, offset=offset)])
    assert limited.consumer.own_dead_letters.as_json() is None
    assert len(await limited.letters()) == 20
    assert (await dead_letters.waiting(limited.database.pool)).own == 0


async def test_a_value_that_the_database_refuses_is_reported_by_field_and_rule(limited: Reader) -> None:
    assert await limited.consumer.process([record(number=7, offset=1), record(offset=2)]) == set()
    (letter,) = await limited.letters()
    assert letter["findings"] == [{"field": "family_ref", "rule": NO_NUL}]
    assert limited.handled == [1]
