"""A sign of abuse in what a provider or a wrap-around practitioner hands in counts, whatever else is wrong."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from services.referral.manifest import MANIFEST
from services.referral.settings import ReferralSettings
from services.referral.web import records
from shared.access.roles import Role
from shared.privacy.sealed_records import with_new_key
from shared.service.staff import Staff
from tests.support.identity import gate, signed_in
from tests.support.ingress import handed_on
from tests.support.recorded import recorder
from tests.support.referral_families import AGENCY, screening, some_id, update_json
from tests.support.referral_service import CASE, DIRECTORY, Referral, running

SIGN = {"contact_id": str(some_id("contact")), "family_ref": "F1", "parent_ref": "P1", "sign_of_abuse": True}
CONCERN = {"update": "safety-concern", "update_id": str(some_id("sign")), "case_id": str(CASE), "note": "Anna"}
UNREADABLE = {
    "no outcome, no time": json.dumps(SIGN),
    "an unknown field": json.dumps({**SIGN, "held_at": "2025-04-03T10:00:00Z", "outcome": "spoken", "note": "Anna"}),
    "yes for true": json.dumps({**SIGN, "sign_of_abuse": "yes"}),
    "both given": json.dumps(SIGN).replace("{", '{"sign_of_abuse": false, '),
    "broken off": json.dumps(SIGN)[:-1],
}


@pytest.fixture
async def referral(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *DIRECTORY) as service:
        yield service


@pytest.mark.parametrize("record", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_a_sign_in_a_contact_that_cannot_be_used_halts_the_agencys_own_case(
    referral: Referral, record: str
) -> None:
    await referral.screened(screening())
    await referral.updated(update_json("referral-accepted", number=1, day=1))
    await referral.contacted(record.encode(), agency="another")
    assert await referral.state() == "accepted", "nobody halts another's case"
    await referral.contacted(record.encode())
    assert await referral.state() == "halted"
    assert await referral.dead() == 2


async def test_a_sign_about_a_family_that_is_still_to_come_waits_for_it(referral: Referral) -> None:
    await referral.contacted(json.dumps(SIGN).encode())
    await referral.screened(screening())
    assert await referral.state() == "halted"


@pytest.mark.parametrize("record", [b"{", b"[]", b"\xff", b'{"sign_of_abuse": "unsure", "family_ref": "F1"}', b"null"])
async def test_what_reports_nothing_for_certain_halts_nothing(referral: Referral, record: bytes) -> None:
    await referral.screened(screening())
    await referral.contacted(record)
    assert await referral.state() == "offered"


@pytest_asyncio.fixture
async def parties(referral: Referral, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    keys = tmp_path / "referral-record-keys.jwks"
    keys.write_text(json.dumps(with_new_key(None)))
    settings = ReferralSettings(record_keys_file=keys)
    app = Starlette(routes=records.routes(replace(referral.context, settings=settings)))
    app.state.gate = gate(MANIFEST.requests)
    app.state.staff = Staff(referral.pool, referral.keyring)
    app.state.recorder = recorder("referral", referral.pool)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://referral") as client:
        yield client


async def test_over_http_it_goes_on_although_the_record_is_refused(
    parties: httpx.AsyncClient, referral: Referral
) -> None:
    provider = signed_in("w.orker", Role.PROVIDER_WORKER, areas=[], provider="north")
    practitioner = signed_in("a.okoye", Role.PRACTITIONER, areas=[], agency=AGENCY)
    first = await parties.post("/providers/north/updates", json=CONCERN, headers=provider)
    second = await parties.post(f"/front-doors/{AGENCY}/contacts", json=SIGN, headers=practitioner)
    assert (first.status_code, second.status_code) == (422, 422)
    assert "Anna" not in first.text
    went = await handed_on(referral.pool)
    assert [record.topic for record in went] == ["provider.north.updates", f"front-door.{AGENCY}.contacts"]
    harmless = {**SIGN, "sign_of_abuse": False}
    assert (
        await parties.post(f"/front-doors/{AGENCY}/contacts", json=harmless, headers=practitioner)
    ).status_code == 422
    assert await handed_on(referral.pool) == []
