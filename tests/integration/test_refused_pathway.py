"""What a refused record, or one that was taken back, does to a family that a provider has: across the services."""

import json
from typing import Any

import pytest

from tests.support.pathway import AGENCY, Pathway
from tests.support.screening_records import JAGO, MORWENNA, disclosing, mended, screening, strangers, taking_back

Values = dict[str, Any]
OFFERED, STOPPED = "parley.referral-offered.v1", "parley.referral-stopped.v1"


@pytest.fixture
async def pathway(databases: Any) -> Pathway:
    running = Pathway({service: await databases(service) for service in ("screening", "referral", "notification")})
    await running.register()
    return running


async def send(pathway: Pathway, *records: Values | str) -> None:
    for each in records:
        text = each if isinstance(each, str) else json.dumps(each)
        key = "F-1" if isinstance(each, str) else str(each["family_ref"])
        pathway.publish(f"front-door.{AGENCY}.screenings", key, text.encode())
        await pathway.run()


def kinds(pathway: Pathway) -> list[str]:
    return [kind for kind, _ in pathway.sent_to_providers() if kind in (OFFERED, STOPPED)]


def names(pathway: Pathway) -> set[str]:
    """Of whom providers have details."""
    return {details["name"]["given"] for _, details in pathway.opened()}


def with_nan(record: Values) -> str:
    measure = {"subject_ref": "P1", "instrument": "core-10", "version": "1", "occasion": "baseline", "score": 0.5}
    return json.dumps({**record, "measures": [measure]}).replace("0.5", "NaN")


async def test_a_sign_in_a_record_with_no_number_halts_what_a_provider_has(pathway: Pathway) -> None:
    first = screening()
    await send(pathway, first)
    assert kinds(pathway) == [OFFERED]
    await send(pathway, with_nan(screening(disclosing(MORWENNA), JAGO, supersedes=first["submission_id"])))
    assert kinds(pathway) == [OFFERED, STOPPED]
    # What comes of the same family later goes nowhere.
    await send(pathway, screening(submitted_at="2026-06-01T09:00:00Z"))
    assert kinds(pathway) == [OFFERED, STOPPED]


async def test_a_sign_in_a_refused_record_stops_the_family_before_it_is_known(pathway: Pathway) -> None:
    broken = with_nan(screening(disclosing(MORWENNA), JAGO))
    await send(pathway, broken, screening(submitted_at="2026-06-01T09:00:00Z"))
    assert not kinds(pathway)


async def test_a_withdrawal_after_a_time_of_2062_is_no_older(pathway: Pathway) -> None:
    first = screening()
    await send(pathway, first, screening(submitted_at="2062-05-04T09:00:00Z"))
    assert kinds(pathway) == [OFFERED]
    await send(pathway, screening({**MORWENNA, "agrees_to_referral": False}, JAGO, submitted_at="2026-05-06T09:00:00Z"))
    assert kinds(pathway) == [OFFERED, STOPPED]


async def test_a_withdrawal_in_a_record_of_2062_counts(pathway: Pathway) -> None:
    leaving = {**MORWENNA, "agrees_to_referral": False}
    await send(pathway, screening(), screening(leaving, JAGO, submitted_at="2062-05-04T09:00:00Z"))
    assert kinds(pathway) == [OFFERED, STOPPED]


async def test_a_family_filed_under_another_is_referred_under_its_own(pathway: Pathway) -> None:
    wrong = strangers()
    await send(pathway, screening(), wrong)
    assert "Wenna" not in names(pathway)
    await send(pathway, mended(wrong))
    assert names(pathway) == {"Morwenna", "Jago", "Wenna", "Piran"}
    of = {details["name"]["given"]: event["referral_id"] for event, details in pathway.opened()}
    assert of["Wenna"] == of["Piran"] != of["Morwenna"] == of["Jago"]


async def test_what_was_filed_in_error_is_stopped_where_it_is_all_there_is(pathway: Pathway) -> None:
    record = screening()
    await send(pathway, record)
    await send(pathway, taking_back(record))
    assert kinds(pathway) == [OFFERED, STOPPED]
