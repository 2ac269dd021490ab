"""The demo's providers and the example to copy, on real Kafka, each with a provider's own credential."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, Producer
from joserfc import jwe
from joserfc.jwk import ECKey

from deploy.demo.provider_process import ProviderProcess
from deploy.directory.keys import private_key_path, with_public_keys
from deploy.stack import topics
from deploy.stack.credentials import ensure_users
from deploy.stack.home import Stack
from services import TOPOLOGY
from shared.contracts.base import CaseEvent
from shared.contracts.directory import ProviderRegistered
from shared.contracts.notification import ParentDetailsShared, ReferralOffered, ReferralStopped
from shared.contracts.topics import provider_user
from shared.contracts.vocabulary import ParentRole

PROVIDER = "demo-provider"
SECONDS = 40
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "provider-client" / "subscriber.py"
CONTACT = {
    "phone": "07700 900846",
    "email": None,
    "address": None,
    "safe_methods": ["text"],
    "safe_times": "after 18:00",
    "confidential_from_other_parent": True,
}


@pytest.fixture(scope="module")
def registered(stack: Stack) -> Iterator[Stack]:
    with_public_keys(stack.home, [ProviderRegistered(id=PROVIDER, name="A provider")], [], make=True)
    admin = topics.admin_client(stack.admin_properties())
    ensure_users(stack, admin, [provider_user(PROVIDER)])
    topics.ensure_principal_topics(admin, TOPOLOGY.provider_topics(PROVIDER))
    yield stack
    private_key_path(stack.home, PROVIDER).unlink()


def name(role: ParentRole, number: int) -> dict[str, str]:
    return {"given": f"Given{number}", "family": f"The-{role}"}


def events_of_family(stack: Stack, number: int) -> list[CaseEvent]:
    """As the notification service sends them: the offer, then each parent's details under the provider's key."""
    key = ECKey.import_key(json.loads(private_key_path(stack.home, PROVIDER).read_text(encoding="utf-8")))
    case, referral, people = uuid4(), uuid4(), (uuid4(), uuid4())
    at = datetime(2025, 4, 1, tzinfo=UTC)
    offer = ReferralOffered(
        case_id=case,
        occurred_at=at,
        referral_id=referral,
        area="E10000014",
        offer="an-offer",
        service="mediation",
        agreed_at=at,
        parents=people,
        children_ages=(),
        children_taking_part=(),
    )
    header = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}
    shared = [
        ParentDetailsShared(
            case_id=case,
            occurred_at=at,
            referral_id=referral,
            person_id=person,
            role=role,
            encrypted=jwe.encrypt_compact(
                header,
                json.dumps({"person_id": str(person), "name": name(role, number), "contact": CONTACT}).encode(),
                key,
                algorithms=list(header.values()),
            ),
        )
        for person, role in zip(people, (ParentRole.MOTHER, ParentRole.FATHER), strict=True)
    ]
    return [offer, *shared]


def send(stack: Stack, *events: CaseEvent) -> None:
    producer = Producer(stack.client_properties("notification"))
    for event in events:
        producer.produce(
            f"provider.{PROVIDER}.referrals",
            event.model_dump_json().encode(),
            str(event.case_id).encode(),
            headers=[("ce_type", event.ce_type().encode())],
        )
    assert producer.flush(SECONDS) == 0


def answers(stack: Stack) -> list[dict[str, Any]]:
    """Everything on the updates topic, as the referral service reads it."""
    consumer = Consumer(
        stack.client_properties("referral")
        | {"group.id": f"referral.{uuid4()}", "auto.offset.reset": "earliest", "enable.partition.eof": True}
    )
    consumer.subscribe([f"provider.{PROVIDER}.updates"])
    found, ended = [], 0
    deadline = time.monotonic() + SECONDS
    while ended < 2 and time.monotonic() < deadline:
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            found.append(json.loads(message.value() or b""))
        elif message is not None:
            ended += 1
    consumer.close()
    return found


def wait_for(providers: ProviderProcess, **wanted: int) -> None:
    deadline = time.monotonic() + SECONDS
    while any(getattr(providers.report(), name) != value for name, value in wanted.items()):
        assert time.monotonic() < deadline, providers.report()
        time.sleep(0.1)


def test_providers_hold_answer_and_go_on_after_a_restart(registered: Stack) -> None:
    first, second, stopped = (events_of_family(registered, number) for number in range(3))
    offer = stopped[0]
    assert isinstance(offer, ReferralOffered)
    send(registered, *first, *second[:2], *stopped)
    send(
        registered,
        ReferralStopped(case_id=offer.case_id, occurred_at=offer.occurred_at, referral_id=offer.referral_id),
    )
    with ProviderProcess(registered.home, seed=1) as providers:
        wait_for(providers, waiting=2, stopped=1, answered=0)
    assert answers(registered) == []

    with ProviderProcess(registered.home, seed=1) as providers:
        providers.let_answer()
        wait_for(providers, answered=1, waiting=1)
    assert {answer["case_id"] for answer in answers(registered)} == {str(first[0].case_id)}

    with ProviderProcess(registered.home, seed=1) as providers:
        providers.let_answer()
        send(registered, second[2])
        wait_for(providers, answered=1, waiting=0)
    found = answers(registered)
    assert {answer["case_id"] for answer in found} == {str(first[0].case_id), str(second[0].case_id)}
    assert len({answer["update_id"] for answer in found}) == len(found)


def _listens_to_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_the_example_to_copy_prints_decrypted_details_and_ends_with_ctrl_c(registered: Stack) -> None:
    family = events_of_family(registered, 7)
    send(registered, *family)
    properties = registered.home.credentials / f"{provider_user(PROVIDER)}.properties"
    example = subprocess.Popen(
        [sys.executable, "-u", str(EXAMPLE), str(properties)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background of a shell, Ctrl-C is ignored, and a child would inherit that.
        preexec_fn=_listens_to_ctrl_c,
    )
    assert example.stdout is not None
    try:
        printed = ""
        while "Given7 The-father" not in printed:
            line = example.stdout.readline()
            assert line, printed
            printed += line
        example.send_signal(signal.SIGINT)
        remaining_output, error_output = example.communicate(timeout=SECONDS)
    finally:
        example.kill()
    assert f"REFERRAL {family[0].case_id}: mediation" in printed
    assert "Given7 The-mother" in printed
    assert "safe to contact by text, after 18:00" in printed
    assert "NEVER tell the other parent" in printed + remaining_output
    assert example.returncode == 0
    assert error_output == "Stopped; it goes on from here next time.\n"
