"""`parley access client`, on a real Keycloak: what an automation may do, and that a revoked one gets nothing."""

import json
import re
import stat
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import typer
from typer.testing import CliRunner, Result

from deploy.cli import access, access_client
from deploy.demo.run import DIRECTORY
from deploy.directory.file import read_directory
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.openid import OpenIdProvider
from shared.access.principal import Principal
from shared.access.published_keys import PublishedKeys, fetched_from
from shared.access.roles import Role
from shared.access.tokens import TokenVerifier

HAMPSHIRE = "E10000014"


@pytest.fixture(autouse=True)
def directory(identity: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory that the demo registers, without Kafka."""
    entries = {line.entry.key(): line.entry for line in read_directory(DIRECTORY)}
    monkeypatch.setattr(access_client, "registered_entries", lambda _stack: entries)
    monkeypatch.setattr(access_client, "load_stack", lambda _home: identity)


def run(*arguments: str) -> Result:
    app = typer.Typer()
    access.register(app)
    app.command()(lambda: None)
    return CliRunner().invoke(app, ["access", "client", *arguments])


def token_of(identity: Stack, name: str, secret: str) -> tuple[str, float]:
    """An access token, and for how many seconds it is good. Raises ParleyError."""
    with OpenIdProvider(identity.identity_issuer, identity.identity_ca_file, now=lambda: 0.0) as provider:
        issued = provider.client_credentials(name, secret)
    assert issued.refresh_token is None
    return issued.access_token, issued.expires_at


async def principal_of(identity: Stack, token: str) -> Principal:
    fetch = fetched_from(identity.identity_issuer, None, Path(str(identity.identity_ca_file)))
    return await TokenVerifier(identity.identity_issuer, "parley", PublishedKeys(fetch)).verify(token)


def listed(name: str) -> dict[str, Any]:
    (found,) = [each for each in map(json.loads, run("list", "--json").output.splitlines()) if each["name"] == name]
    return dict(found)


async def test_a_client_has_its_roles_and_scope_until_it_is_rotated_and_revoked(
    identity: Stack, tmp_path: Path
) -> None:
    name, file = f"import-{uuid4().hex[:8]}", tmp_path / "secret"
    added = run("add", name, "--role", "coordinator", "--area", HAMPSHIRE, "--secret-file", str(file))
    assert added.exit_code == 0, added.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    first = file.read_text().strip()
    assert first not in added.output
    token, seconds = token_of(identity, name, first)
    assert seconds <= 60, "a revoked one's tokens must not outlive it by more"
    who = await principal_of(identity, token)
    assert (who.roles, who.areas, who.agency, who.provider) == ({Role.COORDINATOR}, {HAMPSHIRE}, None, None)
    assert who.session is None, "it is nobody's session"
    assert listed(name) == {
        "name": name,
        "roles": ["coordinator"],
        "areas": [HAMPSHIRE],
        "agency": None,
        "provider": None,
        "revoked": False,
    }
    assert isinstance(run("add", name, "--role", "operator").exception, ParleyError), "the name is taken"
    shown = re.search(r"shown this once: (\S+)", run("rotate", name).output)
    assert shown is not None
    with pytest.raises(ParleyError, match="does not let the client"):
        token_of(identity, name, first)
    assert token_of(identity, name, shown.group(1))
    assert run("revoke", name).exit_code == 0
    for secret in (first, shown.group(1)):
        with pytest.raises(ParleyError, match="does not let the client"):
            token_of(identity, name, secret)
    assert listed(name)["revoked"] is True
    assert isinstance(run("rotate", name).exception, ParleyError)
    assert "revoked" in run("list").output


async def test_a_providers_client_is_the_providers_and_sees_no_area(identity: Stack) -> None:
    name = f"p-{uuid4().hex[:8]}"
    added = run("add", name, "--role", "provider-manager", "--provider", "mediation-now")
    shown = re.search(r"shown this once: (\S+)", added.output)
    assert shown is not None, added.output
    who = await principal_of(identity, token_of(identity, name, shown.group(1))[0])
    assert (who.roles, who.provider, who.areas) == ({Role.PROVIDER_MANAGER}, "mediation-now", frozenset())


@pytest.mark.parametrize(
    "arguments",
    [
        ("automation", "--role", "coordinator", "--area", "E99999999"),
        ("automation", "--role", "coordinator"),
        ("automation", "--role", "practitioner", "--agency", "nobody"),
        ("automation", "--role", "admin"),
        ("parley-realm", "--role", "operator"),
        ("realm-management", "--role", "operator"),
        ("a name", "--role", "operator"),
    ],
)
def test_what_makes_no_sense_makes_no_client(arguments: tuple[str, ...]) -> None:
    refused = run("add", *arguments)
    assert isinstance(refused.exception, ParleyError), refused.output
    assert "shown this once" not in refused.output


@pytest.mark.parametrize("command", ["rotate", "revoke"])
def test_the_stacks_own_clients_are_none_of_these(identity: Stack, command: str) -> None:
    assert isinstance(run(command, "parley-pages").exception, ParleyError)
    assert identity.identity_secret("parley-pages") not in run("list", "--json").output
    assert "parley-pages" not in run("list", "--json").output
