"""`parley people` and the demo's people, on a real Keycloak, with the directory of the examples."""

import json
import re
import stat
from pathlib import Path
from uuid import uuid4

import pytest
import typer
from typer.testing import CliRunner, Result

from deploy.cli import people as command
from deploy.demo import people as demo
from deploy.demo.browser import Browser
from deploy.demo.run import DIRECTORY
from deploy.directory.file import read_directory
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.secret_store import write_private
from deploy.stack.sign_in import claims_of
from shared.access.roles import Role
from tests.support.sign_in import Proof, SignIn

HAMPSHIRE = "E10000014"


@pytest.fixture(autouse=True)
def directory(identity: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory that the demo registers, without Kafka."""
    entries = {line.entry.key(): line.entry for line in read_directory(DIRECTORY)}
    for module in (command, demo):
        monkeypatch.setattr(module, "registered_entries", lambda _stack: entries)
    monkeypatch.setattr(command, "load_stack", lambda _home: identity)


def run(*arguments: str, typed: str = "") -> Result:
    app = typer.Typer()
    command.register(app)
    app.command()(lambda: None)
    return CliRunner().invoke(app, ["people", *arguments], input=typed)


def signs_in(identity: Stack, name: str, password: str) -> bool:
    client = SignIn(identity, "parley-pages", identity.identity_secret("parley-pages"))
    proof, browser = Proof.new(), Browser(identity)
    page = browser.submit(browser.open(client.address(proof)), username=name, password=password)
    return page.is_redirect or 'name="password-new"' in page.text


def test_a_person_is_added_listed_disabled_and_removed(identity: Stack, tmp_path: Path) -> None:
    name = f"r.{uuid4().hex[:8]}"
    added = run("add", name, "--role", "coordinator", "--area", HAMPSHIRE, typed="Rukhsana\nMalik\n\n")
    assert added.exit_code == 0, added.output
    password = re.search(r"shown this once: (\S+)", added.output)
    assert password is not None
    assert signs_in(identity, name, password.group(1))
    listed = [json.loads(line) for line in run("list", "--json").output.splitlines()]
    (found,) = [each for each in listed if each["name"] == name]
    assert (found["roles"], found["areas"], found["family_name"]) == (["coordinator"], [HAMPSHIRE], "Malik")
    file = tmp_path / "password"
    assert run("reset-password", name, "--password-file", str(file)).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert signs_in(identity, name, file.read_text().strip())
    assert not signs_in(identity, name, password.group(1))
    assert run("disable", name).exit_code == 0
    assert not signs_in(identity, name, file.read_text().strip())
    assert name in run("list").output
    assert run("remove", name).exit_code == 0
    assert name not in run("list", "--json").output


@pytest.mark.parametrize(
    "arguments",
    [
        ("--role", "coordinator", "--area", "E99999999"),
        ("--role", "practitioner", "--agency", "nobody"),
        ("--role", "admin"),
        ("--role", "operator", "--area", HAMPSHIRE),
    ],
)
def test_whom_the_directory_does_not_know_is_refused_before_anything_is_asked(arguments: tuple[str, ...]) -> None:
    refused = run("add", f"x.{uuid4().hex[:8]}", *arguments)
    assert isinstance(refused.exception, ParleyError)
    assert "Given name" not in refused.output


def test_the_demo_adds_a_person_for_each_role_once(identity: Stack) -> None:
    added = demo.add_demo_people(identity)
    passwords = {person.name: demo.password_file(identity.home, person.name).read_text() for person in added}
    assert len(passwords) == 10
    assert {stat.S_IMODE(path.stat().st_mode) for path in (identity.home.credentials / "people").iterdir()} == {0o600}
    assert signs_in(identity, "demo-provider-worker", passwords["demo-provider-worker"].strip())
    with demo.acting_as(identity, Role.COORDINATOR) as sign_in:
        token = sign_in.access_token()
        assert token is not None
        [coordinator] = [person for person in added if person.name == "demo-coordinator"]
        assert sorted(claims_of(token)["areas"]) == sorted(coordinator.areas)
    assert not sign_in.is_there(), "signed out again"
    with pytest.raises(ParleyError, match="nobody called demo-nobody"):
        demo.sign_in_as(identity, "demo-nobody")
    write_private(demo.password_file(identity.home, "demo-analyst"), "not the password")
    with pytest.raises(ParleyError, match="did not let demo-analyst in"):
        demo.sign_in_as(identity, "demo-analyst")
    write_private(demo.password_file(identity.home, "demo-analyst"), passwords["demo-analyst"])
    demo.password_file(identity.home, "demo-trainer").unlink()
    assert demo.add_demo_people(identity) == added
    again = {person.name: demo.password_file(identity.home, person.name).read_text() for person in added}
    assert {name for name in passwords if again[name] != passwords[name]} == {"demo-trainer"}
    assert signs_in(identity, "demo-trainer", again["demo-trainer"].strip())
