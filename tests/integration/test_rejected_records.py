"""What is done about records that a service cannot use: in the transaction of the dead letter, never at its cost."""

import json
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from shared.contracts.referral import CaseRefused
from shared.messaging.consuming import dead_letters
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.consuming.subscription import Subscription, event_reader
from shared.messaging.core.envelope import new_id, write_headers
from shared.messaging.core.records import NO_EFFECTS, Finding, Received, Record, Rejected
from shared.messaging.publishing.transaction import Transaction
from tests.support.event_traffic import NOW, refused

REFUSED = Finding("agency", "is not registered")


class Referral:
    """A subscription that refuses some events, and emits an event for each record that it could not use."""

    def __init__(self, database: Any) -> None:
        self.database = database
        self.rejected: list[Rejected] = []
        self.faulty = False
        self.offset = 0
        subscription = Subscription(
            name="refusals",
            topics=("case-refused",),
            read=event_reader(CaseRefused),
            handle=self._handle,
            rejected=self._rejected,
        )
        self.consumer = Consumer("referral", subscription, database.pool, database.keyring, 2.0)

    async def _handle(self, tx: Transaction, batch: Sequence[Received[CaseRefused]]) -> None:
        if any(each.event.sequence == 13 for each in batch):
            raise ValueError("a value that must not be logged")
        for each in batch:
            if each.event.sequence == 12:
                tx.reject(each, REFUSED)

    async def _rejected(self, tx: Transaction, records: Sequence[Rejected]) -> None:
        for each in records:
            tx.emit(refused(uuid4(), 100), topic="front-door.aa.progress", key="published")
            if self.faulty and each.record.key == b"bad":
                raise KeyError(each.record.value)
        self.rejected += records

    def record(self, sequence: int | None, key: bytes = b"k") -> Record:
        self.offset += 1
        event = refused(uuid4(), sequence or 0)
        headers = write_headers(
            event_id=new_id(), event_type=event.ce_type(), source="t", time=NOW, subject=str(event.case_id)
        )
        value = b"{" if sequence is None else event.model_dump_json().encode()
        sent = tuple((name, text.encode()) for name, text in headers)
        return Record("case-refused", 0, self.offset, round(time.time() * 1000), key, value, sent)

    async def send(self, *records: Record) -> None:
        assert await self.consumer.process(records) == set()

    async def published(self) -> int:
        return await self.database.pool.fetchval("SELECT count(*) FROM outbox WHERE topic LIKE '%.progress'")

    async def letters(self) -> list[dict[str, Any]]:
        return await dead_letters.listing(self.database.pool, reason=None, limit=100)


@pytest.fixture
async def referral(databases: Any) -> Referral:
    return Referral(await databases("referral"))


async def test_each_record_that_cannot_be_used_is_handed_over_with_what_is_wrong(referral: Referral) -> None:
    unreadable, fine, refused_one, broken = (referral.record(each) for each in (None, 1, 12, 13))
    await referral.send(unreadable, fine, refused_one, broken)

    rejected = {each.record.offset: each for each in referral.rejected}
    assert set(rejected) == {unreadable.offset, refused_one.offset, broken.offset}
    assert rejected[unreadable.offset].event is None
    assert rejected[refused_one.offset].event.sequence == 12
    assert rejected[refused_one.offset].findings == (REFUSED,)
    assert rejected[refused_one.offset].envelope.type == CaseRefused.ce_type()
    assert rejected[broken.offset].event.sequence == 13
    assert len(await referral.letters()) == await referral.published() == 3


async def nowhere(_topic: str, _partition: int, _offset: int) -> Record | None:
    return None


async def test_a_fault_in_it_keeps_the_letter_and_a_retry_has_the_effects(referral: Referral) -> None:
    referral.faulty = True
    await referral.send(referral.record(12), referral.record(12, b"bad"), referral.record(None))

    assert await referral.published() == 2  # the two that had no fault
    letters = await referral.letters()
    assert len(letters) == 3
    (without,) = [each for each in letters if NO_EFFECTS.as_json() in each["findings"]]

    referral.faulty = False
    found = await dead_letters.reopen(referral.database.pool, referral.database.keyring, without["id"], nowhere)
    assert found is not None
    for _ in range(2):  # the effects come once
        findings = await referral.consumer.attempt(found[1], without["id"], "ada")
        assert findings == (REFUSED,)
    assert await referral.published() == 3
    assert "a value" not in json.dumps(await referral.letters(), default=str)
