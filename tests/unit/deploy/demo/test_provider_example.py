"""The example client for providers shows every event that Parley sends to a provider, in plain language."""

import importlib.util
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import ECKey

from services import TOPOLOGY
from shared.contracts.base import Event
from shared.contracts.catalogue import messages
from shared.contracts.dead_letters import FindingMade
from shared.contracts.notification import (
    ChildParticipationShared,
    FamilyChangedShared,
    FollowUpAsked,
    ParentDetailsShared,
    PersonErasedShared,
    ReferralOffered,
    ReferralStopped,
)
from shared.contracts.refusals import UpdateRefused, UpdateSetAside

EXAMPLE = Path(__file__).resolve().parents[4] / "examples" / "provider-client" / "subscriber.py"
KEY = ECKey.generate_key("P-256")
NOW = datetime(2025, 4, 1, tzinfo=UTC)
CASE, PERSON = uuid4(), uuid4()
OF_CASE = {"case_id": CASE, "occurred_at": NOW}
OF_REFERRAL = {**OF_CASE, "referral_id": uuid4()}
FAMILY = {
    "area": "E10000014",
    "parents": (PERSON,),
    "children_ages": (7,),
    "children_taking_part": (),
    "children_expected": (date(2026, 2, 1),),
}
FINDINGS = (FindingMade(field="held_on", rule="must not be in the future"),)
ADDRESSES = ("provider.{provider}.referrals", "provider.{provider}.refusals")


@pytest.fixture(scope="module")
def example() -> Any:
    spec = importlib.util.spec_from_file_location("provider_example", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _encrypted() -> str:
    details = {
        "person_id": str(PERSON),
        "name": {"given": "Bryony", "family": "Challis"},
        "date_of_birth": "1990-02-02",
        "contact": {
            "phone": "07700 900139",
            "email": None,
            "safe_methods": ["text"],
            "safe_times": None,
            "confidential_from_other_parent": True,
        },
    }
    header = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}
    return jwe.encrypt_compact(header, json.dumps(details).encode(), KEY, algorithms=list(header.values()))


SAMPLES: dict[type[Event], tuple[Event, str]] = {
    type(sample): (sample, words)
    for sample, words in (
        (
            ReferralOffered(offer="an-offer", service="mediation", agreed_at=NOW, **OF_REFERRAL, **FAMILY),
            "expected on 2026-02-01",
        ),
        (FamilyChangedShared(**OF_REFERRAL, **FAMILY), "FAMILY CHANGED"),
        (ParentDetailsShared(person_id=PERSON, role="mother", encrypted=_encrypted(), **OF_REFERRAL), "NEVER tell"),
        (ReferralStopped(**OF_REFERRAL), "STOP"),
        (PersonErasedShared(person_id=PERSON, **OF_REFERRAL), "Erase what you hold"),
        (ChildParticipationShared(person_id=PERSON, takes_part=False, **OF_REFERRAL), "no session with them"),
        (FollowUpAsked(person_id=PERSON, occasion="follow-up-6-months", **OF_REFERRAL), "ask parent"),
        (
            UpdateRefused(
                update_id=uuid4(),
                update="session",
                reason="value-not-possible",
                explanation="What the update says cannot be so.",
                findings=FINDINGS,
                **OF_CASE,
            ),
            "held_on: must not be in the future",
        ),
        (
            UpdateSetAside(provider="case-trust", occurred_at=NOW, partition=1, offset=7, findings=FINDINGS),
            "record 7 of partition 1",
        ),
    )
}


@pytest.mark.parametrize(
    "shape", [each.shape for each in messages(TOPOLOGY) if each.address in ADDRESSES], ids=lambda each: each.__name__
)
def test_every_event_for_providers_is_shown_in_plain_language(example: Any, shape: type[Event]) -> None:
    sample, words = SAMPLES[shape]
    text = "\n".join(example.lines_of(sample.ce_type(), sample.model_dump_json().encode(), KEY))
    assert words in text
    assert not any(word in text for word in ("UNKNOWN", "UNREADABLE"))


def test_a_kind_that_comes_later_is_shown_as_unknown(example: Any) -> None:
    (line,) = example.lines_of("parley.something-new.v1", b'{"case_id": "x"}', KEY)
    assert line.startswith("UNKNOWN record (parley.something-new.v1)")


def test_codes_that_come_later_are_shown_as_they_are(example: Any) -> None:
    refused = {**json.loads(SAMPLES[UpdateRefused][0].model_dump_json()), "reason": "a-new-reason", "update": "new"}
    asked = {**json.loads(SAMPLES[FollowUpAsked][0].model_dump_json()), "occasion": "follow-up-24-months"}
    assert "[a-new-reason]" in example.lines_of("parley.update-refused.v1", json.dumps(refused).encode(), KEY)[0]
    assert "follow up 24 months" in example.lines_of("parley.follow-up-asked.v1", json.dumps(asked).encode(), KEY)[0]


@given(data=st.data())
def test_no_record_stops_those_behind_it(example: Any, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([*example.KINDS, "", "parley.x.v1"]))
    scalars = st.none() | st.booleans() | st.integers() | st.text()
    values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=4)
    fields = ("case_id", "parents", "findings", "encrypted", "occasion", "service", "agreed_at", "children_ages")
    content = data.draw(st.binary() | st.dictionaries(st.sampled_from(fields), values).map(json.dumps).map(str.encode))
    assert example.lines_of(kind, content, KEY)
