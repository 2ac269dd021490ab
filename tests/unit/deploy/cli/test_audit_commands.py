"""What `parley audit` asks the services for, and what it shows."""

import json
from pathlib import Path
from typing import Any, Self

import pytest
from typer.testing import CliRunner, Result

from deploy.audit.verifying import anchors_in_file
from deploy.cli import audit
from deploy.cli.main import app
from deploy.stack.errors import ParleyError
from deploy.stack.services import SERVICE_NAMES

ID = "0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10"
HASH = "a" * 64


def entry(at: str, **more: Any) -> dict[str, Any]:
    return {
        "sequence": 7,
        "at": at,
        "who": "c.okafor",
        "roles": ["coordinator"],
        "action": "cases.read",
        "request": "GET /cases/{id:uuid}",
        "outcome": "allowed",
        "reason": None,
        "address": "198.51.100.7",
        **more,
    }


class Services:
    """Answers as the services would."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], Any] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []

    def __call__(self, _stack: object) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def get(self, service: str, path: str, **parameters: str) -> Any:
        self.asked.append((service, path, parameters))
        return self.answers.get((service, path), {"items": [], "head": None})


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Services:
    answering = Services()
    monkeypatch.setattr(audit, "load_stack", lambda _home: None)
    monkeypatch.setattr(audit, "OperatorClient", answering)
    return answering


def parley(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["audit", *arguments], env={"COLUMNS": "200"})


def test_a_person_s_history_is_every_service_s_by_time(services: Services) -> None:
    services.answers["referral", "/audit"] = {"items": [entry("2026-11-29T10:00:00Z", outcome="refused")]}
    services.answers["screening", "/audit"] = {"items": [entry("2026-11-29T09:00:00Z", who="a.khan")]}
    shown = parley("person", ID, "--from", "2026-01-01T00:00:00Z").output
    assert shown.index("a.khan") < shown.index("c.okafor")
    assert "refused" in shown
    assert "referral 7" in shown
    assert {service for service, _, _ in services.asked} == set(SERVICE_NAMES)
    assert all(asked["person"] == ID and asked["from"] == "2026-01-01T00:00:00Z" for _, _, asked in services.asked)
    lines = [json.loads(line) for line in parley("case", ID, "--json").output.splitlines()]
    assert [line["service"] for line in lines] == ["screening", "referral"]
    assert services.asked[-1][2]["case"] == ID


def test_a_history_that_is_cut_is_shown_as_one(services: Services) -> None:
    services.answers["referral", "/audit"] = {"items": [entry("2026-11-29T10:00:00Z")] * 10_000}
    found = parley("practitioner", ID, "--json")
    assert "Only the newest 10,000 of referral" in found.stderr


def test_heads_are_printed_as_verify_reads_them(services: Services, tmp_path: Path) -> None:
    services.answers["referral", "/audit/head"] = {
        "head": {"sequence": 7, "hash": HASH, "at": "2026-11-29T10:00:00.000001Z"}
    }
    kept = tmp_path / "kept"
    kept.write_text(parley("heads").output)
    [anchor] = anchors_in_file(kept)
    assert (anchor.service, anchor.sequence, anchor.hash) == ("referral", 7, HASH)
    kept.write_text('{"service": "referral"}')
    with pytest.raises(ParleyError, match="each line must be as"):
        anchors_in_file(kept)


def test_what_was_shared_is_shown_with_whom_and_why(services: Services) -> None:
    assert "Nothing was shared" in parley("shared", ID).output
    item = {
        "at": "2026-11-29T10:00:00Z",
        "what": "not-shared",
        "provider": None,
        "by": "coordinator",
        "who": "c.okafor",
    }
    services.answers["referral", f"/cases/{ID}/sharing"] = {"items": [item | {"reason": "information-missing"}]}
    shown = parley("shared", ID).output
    assert "not-shared" in shown
    assert "information-missing" in shown
    notices = [
        {"at": "2026-11-28T10:00:00Z", "agency": "hants-mash", "step": "joined", "kept_back": "sign-elsewhere"},
        {"at": "2026-11-30T10:00:00Z", "agency": "hants-mash", "step": None, "kept_back": "sign-elsewhere"},
    ]
    services.answers["notification", f"/cases/{ID}/notices"] = {"items": notices}
    lines = [line for line in parley("shared", ID).output.splitlines() if line.startswith("2026")]
    assert [line.split()[1] for line in lines] == ["told-in-part", "not-shared", "not-told"]
    assert "sign-elsewhere" in lines[0]


def test_an_unknown_service_is_refused(services: Services) -> None:
    assert parley("verify", "nobody").exit_code == 2
