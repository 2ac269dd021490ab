"""`parley provider key`: what leaves this machine is a public key, of the provider of whoever has signed in."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, OKPKey
from typer.testing import CliRunner, Result

from deploy.cli import provider
from deploy.cli.main import app
from deploy.stack.errors import ParleyError
from deploy.stack.operator_api import OperatorClient
from deploy.stack.services import SERVICE_NAMES
from shared.access.roles import Role
from shared.contracts.directory import DirectoryEntry, ProviderRegistered
from tests.support.command_line import signed_in_at

PORTS = {name: number for number, name in enumerate(SERVICE_NAMES, start=1)}
OURS = "common-ground"
SINCE = "2026-11-30T01:00:00+00:00"


class Service:
    """Answers as notification would, with the keys that it was given."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert (request.url.port, request.url.path) == (PORTS["notification"], f"/providers/{OURS}/keys")
        if request.method == "POST":
            self.keys.insert(0, json.loads(request.content)["public_key"])
        known = [
            {"fingerprint": ECKey.import_key(key).thumbprint(), "since": SINCE, "until": SINCE if at else None}
            for at, key in enumerate(self.keys)
        ]
        return httpx.Response(200, json={"provider": OURS, "keys": known})


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Service:
    stack = signed_in_at(tmp_path, PORTS, Role.PROVIDER_MANAGER, provider=OURS)
    answering = Service()
    monkeypatch.setattr(provider, "load_stack", lambda _home: stack)
    monkeypatch.setattr(
        provider, "OperatorClient", lambda loaded: OperatorClient(loaded, httpx.MockTransport(answering))
    )
    return answering


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["provider", "key", *arguments])


def file_of(folder: Path, content: Any) -> str:
    path = folder / "key.jwk"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def test_a_key_is_registered_shown_and_rotated(service: Service, tmp_path: Path) -> None:
    first, second = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    public = file_of(tmp_path, first.as_dict(private=False))
    assert isinstance(run("rotate", public).exception, ParleyError), "there is none to rotate"
    assert "told nothing" in run("show").output
    assert first.thumbprint() in run("register", public).output
    again = file_of(tmp_path, second.as_dict(private=False))
    assert isinstance(run("register", again).exception, ParleyError), "that would be a rotation"
    assert len(service.keys) == 1
    shown = run("rotate", again).output
    assert second.thumbprint() in shown
    assert f"until {SINCE[:10]}" in shown
    assert [each["fingerprint"] for each in json.loads(run("show", "--json").output)["keys"]] == [
        second.thumbprint(),
        first.thumbprint(),
    ]


@pytest.mark.parametrize(
    "content",
    [
        ECKey.generate_key("P-256").as_dict(private=True),
        OKPKey.generate_key("X25519").as_dict(private=True),
        ECKey.generate_key("P-384").as_dict(private=False),
        {"kty": "oct", "k": "c2VjcmV0"},
        "-----BEGIN PUBLIC KEY-----",
        "[]",
        "{}",
    ],
)
def test_what_is_no_public_key_stays_here(service: Service, tmp_path: Path, content: Any) -> None:
    for command in ("register", "rotate"):
        refused = run(command, file_of(tmp_path, content))
        assert isinstance(refused.exception, ParleyError), refused.output
        assert not isinstance(content, dict) or str(content.get("d")) not in str(refused.exception)
    assert service.keys == []


def test_whoever_administers_the_directory_does_it_on_behalf_of_a_provider(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[DirectoryEntry] = []
    entry = ProviderRegistered(id="relate", name="Relate")
    monkeypatch.setattr(provider, "registered_entries", lambda _stack: {entry.key(): entry})
    monkeypatch.setattr(provider, "publish_entries", lambda _stack, entries: published.extend(entries))
    key = ECKey.generate_key("P-256")
    public = file_of(tmp_path, key.as_dict(private=False))
    assert key.thumbprint() in run("register", public, "--on-behalf-of", "relate").output
    assert published == [entry.model_copy(update={"public_key": key.as_dict(private=False)})]
    assert isinstance(run("register", public, "--on-behalf-of", "nobody").exception, ParleyError)
    assert service.keys == []


def test_nobody_else_has_a_provider(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = signed_in_at(tmp_path / "other", PORTS, Role.COORDINATOR)
    monkeypatch.setattr(provider, "load_stack", lambda _home: stack)
    assert "manager" in str(run("show").exception)
    assert service.keys == []
