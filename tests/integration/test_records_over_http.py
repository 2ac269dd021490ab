"""What agencies without Kafka hand in over HTTP: one at a time, and many with a report for each line."""

import csv
import io
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from services.screening.manifest import MANIFEST
from services.screening.web import records
from shared.access.roles import Role
from shared.privacy.sealed_records import with_new_key
from shared.service.definition import Context
from shared.service.ingress import await_effect
from shared.service.settings import ServiceSettings
from shared.service.staff import Staff
from tests.support.identity import gate, signed_in
from tests.support.ingress import handed_on, taking_in
from tests.support.recorded import recorder
from tests.support.screening_records import AGENCY, MORWENNA, screening
from tests.support.screening_service import Screening, started

PATH = f"/front-doors/{AGENCY}/screenings"


class Door(httpx.AsyncClient):
    """Somebody of the agency, and the service that they ask."""

    service: Screening


@pytest_asyncio.fixture
async def door(databases: Any, tmp_path: Path) -> AsyncIterator[Door]:
    keys = tmp_path / "screening-record-keys.jwks"
    keys.write_text(json.dumps(with_new_key(None)))
    service = await started(databases, keys)
    pool, keyring = service.database.pool, service.database.keyring
    context = Context("screening", ServiceSettings(record_keys_file=keys), pool, keyring, service.clock)
    app = Starlette(routes=records.routes(context))
    app.state.gate = gate(MANIFEST.requests)
    app.state.staff = Staff(pool, keyring)
    app.state.recorder = recorder("screening", pool)
    headers = signed_in("a.okoye", Role.PRACTITIONER, areas=[], agency=AGENCY)
    async with Door(transport=httpx.ASGITransport(app=app), base_url="http://screening", headers=headers) as client:
        client.service = service
        consumers = {"front-door.{agency}.screenings": service.consumers["front-doors"]}
        async with taking_in(pool, consumers):
            yield client


async def test_a_record_is_answered_with_its_decision_and_again_with_the_same(door: Door) -> None:
    record = screening()
    first = await door.post(PATH, json=record)
    assert first.json() == {
        "submission_id": record["submission_id"],
        "status": "decided",
        "decision": "refer",
        "reasons": [],
        "service": first.json()["service"],
    }
    assert (await door.post(PATH, json=record)).json() == first.json()
    assert (await door.get(f"{PATH}/{record['submission_id']}")).json() == first.json()
    other = await door.post(PATH, json=record | {"level_of_need": "child-in-need"})
    assert (other.status_code, other.headers["content-type"]) == (409, "application/problem+json")
    assert len(await door.service.decisions()) == 1
    assert not await door.service.dead()


async def test_whoever_prefers_not_to_wait_is_answered_at_once_and_asks_later(door: Door) -> None:
    record = screening()
    answer = await door.post(PATH, json=record, headers={"Prefer": "respond-async, wait=10"})
    assert (answer.status_code, answer.headers["preference-applied"]) == (202, "respond-async")
    assert answer.json() == {"submission_id": record["submission_id"], "status": "received"}

    async def decided() -> str | None:
        return (await door.get(f"{PATH}/{record['submission_id']}")).json().get("decision")

    assert await await_effect(decided) == "refer"


async def test_what_breaks_a_rule_is_answered_with_field_and_rule_and_nobody_sends_for_another_agency(
    door: Door,
) -> None:
    refused = await door.post(PATH, json=screening(level_of_need="some"))
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == ["level_of_need"]
    assert (await door.post("/front-doors/hants-mash/screenings", json=screening())).status_code == 404
    assert not await door.service.decisions()
    assert await handed_on(door.service.database.pool) == []


def _afraid(**changes: Any) -> dict[str, Any]:
    answers = MORWENNA["conversation"]["answers"] | {"afraid-of-other-parent": "yes"}
    return screening(MORWENNA | {"conversation": MORWENNA["conversation"] | {"answers": answers}}, **changes)


@pytest.mark.parametrize("is_bulk", [False, True])
@pytest.mark.parametrize("changes", [{"level_of_need": "some"}, {"area": "E06000001"}, {"submission_id": "the-same"}])
async def test_a_sign_of_abuse_in_what_is_refused_stops_the_case(
    door: Door, changes: dict[str, Any], is_bulk: bool
) -> None:
    first = screening()
    await door.post(PATH, json=first)
    if "submission_id" in changes:
        changes = {"submission_id": first["submission_id"]}
    refused = _afraid(**{"family_ref": first["family_ref"]} | changes)
    answer = await door.post(f"{PATH}/bulk" if is_bulk else PATH, content=json.dumps(refused))
    status = 409 if "submission_id" in changes else 422
    assert (answer.json()["status"] == "refused") if is_bulk else answer.status_code == status
    assert await await_effect(lambda: _stopped(door))
    assert len(await door.service.decisions()) == 1


async def _stopped(door: Door) -> bool | None:
    return bool(await door.service.sent("stop-reported")) or None


async def test_an_upload_is_reported_line_by_line_and_no_line_is_lost(door: Door) -> None:
    good, bad, again = screening(), screening(level_of_need="some"), screening(family_ref="another")
    lines = [json.dumps(good), "", "{", json.dumps(bad), json.dumps(again), json.dumps(good)]
    answer = await door.post(f"{PATH}/bulk", content="\n".join(lines))
    report = [json.loads(line) for line in answer.text.splitlines()]
    assert [(each["line"], each["status"] == "refused") for each in report] == [
        (1, False),
        (3, True),
        (4, True),
        (5, False),
        (6, False),
    ]
    assert report[2]["errors"][0]["field"] == "level_of_need"
    for each in (good, again):
        assert (await door.post(PATH, json=each)).json()["status"] == "decided"
    assert len(await door.service.decisions()) == 2


def _flat(record: Any, path: str = "") -> Mapping[str, str]:
    if isinstance(record, dict):
        return {key: value for name, each in record.items() for key, value in _flat(each, f"{path}.{name}").items()}
    if isinstance(record, list) and record:
        return {key: value for at, each in enumerate(record) for key, value in _flat(each, f"{path}.{at}").items()}
    text = "" if record is None else str(record).lower() if isinstance(record, bool) else str(record)
    return {path.removeprefix(".") + (":number" if type(record) in (int, float) else ""): text}


async def test_a_line_of_csv_is_the_record_that_its_columns_name(door: Door) -> None:
    record, afraid = screening(), _afraid(family_ref="another")
    rows = [_flat(record), _flat(afraid)]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    answer = await door.post(f"{PATH}/bulk", content=text.getvalue(), headers={"content-type": "text/csv"})
    assert "refused" not in answer.text
    decided = [(await door.post(PATH, json=each)).json() for each in (record, afraid)]
    assert [each["decision"] for each in decided] == ["refer", "domestic-abuse-pathway"]
    wrong = await door.post(f"{PATH}/bulk", content="a,a\n1,2\n", headers={"content-type": "text/csv"})
    assert wrong.status_code == 422
