"""What a party hands in over HTTP or on a page goes the way of any record of its topic."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from confluent_kafka.admin import AclOperation  # type: ignore[attr-defined]

from deploy.stack.topics import acls
from services import TOPOLOGY
from services.screening.handlers.ingress import FrontDoorIngress
from shared.messaging.publishing.transaction import in_transaction
from shared.privacy.sealed_records import with_new_key
from shared.service.definition import Context
from shared.service.form_keys import AlreadySentError
from shared.service.ingress import await_effect
from shared.service.requests import InvalidRequestError
from shared.service.settings import ServiceSettings
from tests.support.ingress import handed_on, take_in, taking_in
from tests.support.screening_records import AGENCY, MORWENNA, screening
from tests.support.screening_service import Screening, started

TEMPLATE = "front-door.{agency}.screenings"


@dataclass
class Door:
    service: Screening
    ingress: FrontDoorIngress
    pool: Any

    @property
    def consumers(self) -> dict[str, Any]:
        return {TEMPLATE: self.service.consumers["front-doors"]}

    async def take_in(self) -> int:
        return await take_in(self.pool, self.consumers)


@pytest_asyncio.fixture
async def door(databases: Any, tmp_path: Path) -> AsyncIterator[Door]:
    keys = tmp_path / "screening-record-keys.jwks"
    keys.write_text(json.dumps(with_new_key(None)))
    service = await started(databases, keys)
    settings = ServiceSettings(record_keys_file=keys)
    context = Context("screening", settings, service.database.pool, service.database.keyring, service.clock)
    yield Door(service, FrontDoorIngress(context), service.database.pool)


async def test_it_is_decided_as_if_it_had_come_by_the_topic_and_is_sealed_until_then(door: Door) -> None:
    record = screening()
    read = await door.ingress.hand_in(AGENCY, record)
    (row,) = await door.pool.fetch("SELECT topic, key, value FROM outbox")
    assert (row["topic"], row["key"].decode()) == (f"front-door.{AGENCY}.screenings", record["family_ref"])
    assert b"Morwenna" not in row["value"]
    assert row["value"].count(b".") == 4
    assert await door.take_in() == 1
    assert set(await door.service.decisions()) == {str(read.submission_id)}
    # The same record by the topic, or handed in again, is the same submission.
    await door.service.send_each(record)
    await door.ingress.hand_in(AGENCY, record)
    await door.take_in()
    assert len(await door.service.decisions()) == 1
    assert not await door.service.dead()


async def test_a_form_sent_twice_is_handed_in_once(door: Door) -> None:
    key = uuid4()
    await door.ingress.hand_in(AGENCY, screening(), form_key=key)
    with pytest.raises(AlreadySentError):
        await door.ingress.hand_in(AGENCY, screening(), form_key=key)
    assert len(await handed_on(door.pool)) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"agency": "hants-mash"}, "agency"),
        ({"area": "E06000001"}, "area"),
        ({"source": "police"}, "source"),
        ({"submitted_at": "2999-01-01T00:00:00Z"}, "submitted_at"),
        ({"level_of_need": "some"}, "level_of_need"),
    ],
)
async def test_what_the_topic_would_refuse_is_refused_with_its_field_before_anything_is_written(
    door: Door, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        await door.ingress.hand_in(AGENCY, screening(**changes))
    assert field in {finding.field for finding in refused.value.findings}
    assert await handed_on(door.pool) == []


async def test_a_sign_of_abuse_in_a_record_that_is_refused_takes_effect_all_the_same(door: Door) -> None:
    whole = screening()
    await door.ingress.hand_in(AGENCY, whole)
    await door.take_in()
    afraid = MORWENNA["conversation"] | {"answers": {"afraid-of-other-parent": "yes"}}
    broken = screening(MORWENNA | {"conversation": afraid}, family_ref=whole["family_ref"], level_of_need="some")
    with pytest.raises(InvalidRequestError):
        await door.ingress.hand_in(AGENCY, broken)
    await door.take_in()
    assert len(await door.service.sent("stop-reported")) == 1
    assert len(await door.service.dead()) == 1


async def test_whoever_hands_something_in_can_wait_for_what_becomes_of_it(door: Door) -> None:
    async with taking_in(door.pool, door.consumers):
        read = await door.ingress.hand_in(AGENCY, screening())
        query = "SELECT decision FROM submission WHERE submission_id = $1"
        assert await await_effect(lambda: door.pool.fetchval(query, read.submission_id)) == "refer"
    assert await await_effect(lambda: door.pool.fetchval(query, uuid4()), 0.1) is None


def test_the_services_that_take_records_may_write_them_and_nobody_else_may() -> None:
    topics = [*TOPOLOGY.agency_topics("a-school"), *TOPOLOGY.provider_topics("a-provider")]
    writers: dict[str, set[str]] = {}
    for binding in acls(topics):
        if binding.operation == AclOperation.WRITE:
            writers.setdefault(str(binding.name), set()).add(str(binding.principal).removeprefix("User:"))
    assert writers["front-door.a-school.screenings"] == {"agency.a-school", "screening"}
    assert writers["front-door.a-school.contacts"] == {"agency.a-school", "referral"}
    assert writers["provider.a-provider.updates"] == {"provider.a-provider", "referral"}


async def test_a_sealed_record_is_not_taken_for_json(door: Door) -> None:
    async with in_transaction(door.pool, "screening") as tx:
        tx.hand_on(f"front-door.{AGENCY}.screenings", "F-1", b"eyJh.NaN.Infinity.x.y")
    assert len(await handed_on(door.pool)) == 1
