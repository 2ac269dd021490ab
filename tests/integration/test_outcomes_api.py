"""Analysts' programs read what was published, each within their reach, and never any other number."""

import asyncio
import hashlib
import importlib.util
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from services.outcomes.domain.indicators.registry import INDICATORS
from shared.access.roles import Role
from tests.support.case_stories import Story
from tests.support.described_http import answering
from tests.support.identity import bearer
from tests.support.outcomes_service import Outcomes, running
from tests.support.published import NUMBERS, ONE, OTHER, publish_report

API = "/api/v1/outcomes"
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "analyst" / "referred_by_front_door.py"


@pytest.fixture
async def outcomes(databases: Any, tmp_path: Path) -> AsyncIterator[Outcomes]:
    async with running(databases, None, tmp_path) as service:
        yield service


async def get(outcomes: Outcomes, path: str, **more: Any) -> Any:
    response = await outcomes.http.get(f"{API}{path}", **more)
    assert response.status_code == 200, response.text
    return response.json()


async def test_the_registry_has_what_each_indicator_means(outcomes: Outcomes) -> None:
    found = (await get(outcomes, "/indicators"))["items"]
    assert {each["name"] for each in found} == {*INDICATORS}
    for each in found:
        stated = ("definition", "numerator", "denominator", "exclusions", "source", "chapter")
        assert all(each[name] for name in stated), each["name"]
    one = await get(outcomes, "/indicators/parents-started")
    assert one["definition"] == INDICATORS["parents-started"].definition


async def test_what_is_counted_and_not_published_is_nowhere(outcomes: Outcomes) -> None:
    await outcomes.receive([event for _ in range(20) for event in Story().screened().pass_days(2).agreed().events])
    assert await outcomes.pool.fetchval("SELECT count(*) FROM fact") > 0
    assert (await get(outcomes, "/indicators/cases-referred"))["numbers"] == []
    assert (await get(outcomes, "/releases"))["items"] == []


async def test_published_numbers_come_with_their_interval_day_and_release(outcomes: Outcomes, tmp_path: Path) -> None:
    publish_report(tmp_path)
    found = await get(outcomes, "/indicators/cases-referred")
    assert found["releases"] == [{"id": "report-2026-q3", "href": f"{API}/releases/report-2026-q3"}]
    shown = [each for each in found["numbers"] if each["met"] is not None and each["by"] and each["place"] != "all"]
    assert shown
    for each in shown:
        source = each["by"][0]["value"]
        met, others = (NUMBERS[each["place"], source, answer] for answer in ("yes", "no"))
        assert (each["met"], each["count"], each["value"]) == (met, met + others, round(met / (met + others), 3))
        assert (each["low"], each["high"]) == (0.25, 0.75)
        assert (each["on"], each["release"]) == ("2026-08-31", "report-2026-q3")
    # Three families of the police's were not referred: neither they nor what they would follow from.
    (police,) = [
        each
        for each in found["numbers"]
        if each["place"] == ONE and each["by"] == [{"name": "source", "value": "police"}]
    ]
    assert (police["met"], police["value"], police["low"]) == (None, None, None)
    only = await get(outcomes, "/indicators/cases-referred", params={"place": OTHER, "by": "source"})
    assert [each["by"][0]["value"] for each in only["numbers"]] == ["health", "police", "school"]
    none = await get(outcomes, "/indicators/cases-referred", params={"release": "another"})
    assert none["numbers"] == []


async def test_a_release_has_its_hash_and_files_that_are_whole(outcomes: Outcomes, tmp_path: Path) -> None:
    made = publish_report(tmp_path)
    (short,) = (await get(outcomes, "/releases"))["items"]
    assert (short["id"], short["sha256"], short["mode"], short["smallest"]) == (
        *("report-2026-q3", made.digest, "suppression", 10),
    )
    release = (await outcomes.http.get(short["href"])).json()
    assert release["versions"] == [{"name": "star", "version": "v1"}]
    assert [each["broken_down_by"] for each in release["tables"]][1] == ["area", "source", "cases-referred"]
    kinds = {each["name"].rpartition(".")[2] for each in release["files"]}
    assert kinds == {"csv", "json", "parquet", "xlsx"}
    assert not [each for each in release["files"] if each["name"] in ("report.json", "all.json")]
    for each in release["files"]:
        file = await outcomes.http.get(each["href"])
        assert (file.status_code, file.headers["content-type"]) == (200, each["media_type"])
        assert hashlib.sha256(file.content).hexdigest() == each["sha256"]
        assert len(file.content) == each["bytes"]
    package = (await outcomes.http.get(f"{short['href']}/files/datapackage.json")).json()
    for resource in package["resources"]:
        beside = await outcomes.http.get(f"{short['href']}/files/{resource['path']}")
        assert f"sha256:{hashlib.sha256(beside.content).hexdigest()}" == resource["hash"]
    content = (await outcomes.http.get(f"{short['href']}/files/cases-referred-by-source.parquet")).content
    rows = pq.read_table(io.BytesIO(content)).to_pylist()
    assert [each["number"] for each in rows if list(each.values())[:3] == [ONE, "police", "no"]] == [None]


async def test_whoever_has_areas_of_their_own_reads_what_is_of_these(outcomes: Outcomes, tmp_path: Path) -> None:
    publish_report(tmp_path)
    own = bearer(Role.AREA_ADMINISTRATOR, areas=[ONE])
    found = await get(outcomes, "/indicators/cases-referred", headers=own)
    assert {each["place"] for each in found["numbers"]} == {ONE}
    for place in (OTHER, "all"):
        refused = await outcomes.http.get(f"{API}/indicators/cases-referred?place={place}", headers=own)
        assert refused.status_code == 403
        assert refused.headers["content-type"] == "application/problem+json"
    # Its tables are of all areas.
    assert (await get(outcomes, "/releases/report-2026-q3", headers=own))["files"] == []
    for name in ("publication.json", "cases-referred.csv", "report-2026-q3.xlsx"):
        file = await outcomes.http.get(f"{API}/releases/report-2026-q3/files/{name}", headers=own)
        assert file.status_code == 403
    provider = await outcomes.http.get(f"{API}/releases", headers=bearer(Role.PROVIDER_WORKER, provider="north"))
    assert provider.status_code == 403


async def test_what_is_not_there_is_a_problem_in_plain_words(outcomes: Outcomes, tmp_path: Path) -> None:
    publish_report(tmp_path)
    for path in (
        *("/indicators/absent", "/releases/absent", "/releases/absent/files/publication.json"),
        "/releases/report-2026-q3/files/report.json",
        "/releases/report-2026-q3/files/..%2Fpublication.json",
    ):
        response = await outcomes.http.get(f"{API}{path}")
        assert response.status_code == 404, path
    wrong = await outcomes.http.get(f"{API}/indicators/cases-referred?by=colour")
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "by"
    document = tmp_path / "report-2026-q3" / "publication.json"
    document.write_bytes(document.read_bytes().replace(b"79", b"80"))
    damaged = await outcomes.http.get(f"{API}/indicators/cases-referred")
    assert damaged.status_code == 503
    assert "hash" in damaged.json()["detail"]


async def test_an_analyst_has_referred_by_front_door_by_one_line(
    outcomes: Outcomes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_report(tmp_path)
    spec = importlib.util.spec_from_file_location("referred_by_front_door", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    token = bearer(Role.ANALYST)["authorization"].removeprefix("Bearer ")
    async with answering(outcomes.app) as origin:
        await asyncio.to_thread(example.main, origin, token)
        other = await asyncio.to_thread(example.referred, origin, token, OTHER)
    assert "2026-08-31  health" in capsys.readouterr().out
    assert [line[:2] for line in other] == [("2026-08-31", source) for source in ("health", "police", "school")]
    for _, source, met, count in other:
        numbers = [NUMBERS[OTHER, source, answer] for answer in ("yes", "no")]
        assert (met, count) in [(str(numbers[0]), str(sum(numbers))), ("held back", str(sum(numbers)))]
