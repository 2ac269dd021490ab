"""The identity provider, by a real Keycloak behind the real entrance: who gets in as whom, and what stops them."""

import asyncio
import http.server
import json
import queue
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode
from uuid import uuid4

import asyncpg
import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from deploy.demo.browser import Browser, code_of
from deploy.directory.people import People
from deploy.stack import identity as provider
from deploy.stack import realm
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.keycloak import BOOTSTRAP_CLIENT
from deploy.stack.keycloak_admin import CredentialsRefusedError, KeycloakAdmin
from shared.access.accounts import Person
from shared.people.accounts import REALM
from tests.support.sign_in import Proof, SignIn, trusting

PASSWORD = "a password of twelve and more"
HAMPSHIRE, ESSEX = "E10000014", "E10000034"


@pytest.fixture
def people(identity: Stack) -> Iterator[People]:
    with People(identity) as opened:
        yield opened


@pytest.fixture
def person(people: People) -> Person:
    """A coordinator of two areas, who chose their password."""
    made = Person(
        f"r.{uuid4().hex[:8]}",
        ("coordinator", "panel-member"),
        (HAMPSHIRE, ESSEX),
        given_name="Rukhsana",
        family_name="Malik",
        email="r.malik@example.org",
    )
    people.add(made, password=PASSWORD)
    return made


@pytest.fixture
def pages(identity: Stack) -> SignIn:
    return SignIn(identity, "parley-pages", identity.identity_secret("parley-pages"))


def claims(client: SignIn, token: str) -> dict[str, Any]:
    """The claims of a token that the issuer signed."""
    return dict(jwt.decode(token, KeySet.import_key_set(client.keys()), algorithms=["ES256"]).claims)  # type: ignore[arg-type]


def tokens(identity: Stack, client: SignIn, person: Person) -> dict[str, Any]:
    """A person signs in."""
    proof = Proof.new()
    code = Browser(identity).sign_in(client.address(proof), person.name, PASSWORD)
    answer = client.code(code, proof)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_person_signs_in_and_their_token_names_them(identity: Stack, pages: SignIn, person: Person) -> None:
    assert provider.answers(identity)
    given = tokens(identity, pages, person)
    read = claims(pages, given["access_token"])
    assert read["iss"] == identity.identity_issuer == pages.configuration["issuer"]
    assert "parley" in read["aud"]
    assert read["preferred_username"] == person.name
    assert (read["name"], read["email"]) == ("Rukhsana Malik", "r.malik@example.org")
    assert sorted(read["roles"]) == ["coordinator", "panel-member"]
    assert sorted(read["areas"]) == [HAMPSHIRE, ESSEX]
    assert "agency" not in read
    assert "provider" not in read
    assert read["sub"]
    assert read["sid"]
    assert read["exp"] - read["iat"] == 300
    of_id = claims(pages, given["id_token"])
    assert of_id["nonce"] == "nonce"
    assert of_id["aud"] == "parley-pages"
    assert sorted(of_id["roles"]) == ["coordinator", "panel-member"]


def test_whoever_is_of_an_agency_or_a_provider_has_it_in_their_token(
    identity: Stack, pages: SignIn, people: People
) -> None:
    worker = Person(f"w.{uuid4().hex[:8]}", ("provider-worker",), provider="relate")
    teacher = Person(f"t.{uuid4().hex[:8]}", ("practitioner",), (HAMPSHIRE,), "hants-schools")
    for each in (worker, teacher):
        people.add(each, password=PASSWORD)
    read = claims(pages, tokens(identity, pages, worker)["access_token"])
    assert (read["roles"], read["provider"], read.get("areas"), read.get("agency")) == (
        ["provider-worker"],
        "relate",
        None,
        None,
    )
    read = claims(pages, tokens(identity, pages, teacher)["access_token"])
    assert (read["roles"], read["agency"], read["areas"], read.get("provider")) == (
        ["practitioner"],
        "hants-schools",
        [HAMPSHIRE],
        None,
    )


def test_a_code_without_its_verifier_is_worth_nothing(identity: Stack, pages: SignIn, person: Person) -> None:
    proof = Proof.new()
    code = Browser(identity).sign_in(pages.address(proof), person.name, PASSWORD)
    answer = pages.code(code, Proof.new())
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"code_challenge": "a" * 43, "code_challenge_method": "plain"},
        {"redirect_uri": "https://localhost:1/sign-in/callback"},
    ],
)
def test_a_sign_in_without_s256_or_to_somewhere_else_does_not_begin(
    identity: Stack, pages: SignIn, more: dict[str, str]
) -> None:
    proof = Proof.new() if "redirect_uri" in more else None
    answer = Browser(identity).open(pages.address(proof, **more))
    if answer.is_redirect:
        assert "error=invalid_request" in answer.headers["Location"]
    else:
        assert answer.status_code == 400


def test_no_client_takes_a_password_itself(identity: Stack, pages: SignIn, person: Person) -> None:
    not_its_to_take = (400, "unauthorized_client")
    for client, refused in (
        (pages, not_its_to_take),
        (SignIn(identity, "parley-cli"), not_its_to_take),
        (SignIn(identity, "admin-cli"), (401, "invalid_client")),
    ):
        answer = client.token(grant_type="password", username=person.name, password=PASSWORD)
        assert (answer.status_code, answer.json()["error"]) == refused
        assert "access_token" not in answer.json()


def test_a_device_signs_in_with_its_own_proof_alone(identity: Stack, person: Person) -> None:
    client, proof, browser = SignIn(identity, "parley-cli"), Proof.new(), Browser(identity)
    started = client.device(proof).json()
    ask = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": started["device_code"]}
    assert client.token(**ask, code_verifier=proof.verifier).json()["error"] == "authorization_pending"
    page = browser.submit(browser.open(started["verification_uri_complete"]), username=person.name, password=PASSWORD)
    if "<form" in page.text:
        page = browser.submit(page, accept="Yes")
    assert "<form" not in page.text
    time.sleep(started["interval"])
    assert client.token(**ask, code_verifier=Proof.new().verifier).status_code == 400
    time.sleep(started["interval"])
    started = _device(identity, client, browser, proof)
    read = claims(client, started["access_token"])
    assert (read["preferred_username"], read["azp"]) == (person.name, "parley-cli")


def _device(identity: Stack, client: SignIn, browser: Browser, proof: Proof) -> dict[str, Any]:
    """A device's sign-in by a browser that is signed in already."""
    started = client.device(proof).json()
    page = browser.open(started["verification_uri_complete"])
    if "<form" in page.text:
        page = browser.submit(page, accept="Yes")
    assert "<form" not in page.text
    ask = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": started["device_code"]}
    answer = client.token(**ask, code_verifier=proof.verifier)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_the_stack_signs_in_with_its_own_secret_as_operator(identity: Stack) -> None:
    client = SignIn(identity, "parley-stack", identity.identity_secret("parley-stack"))
    read = claims(client, client.token(grant_type="client_credentials").json()["access_token"])
    assert read["roles"] == ["operator"]
    assert "parley" in read["aud"]
    wrong = SignIn(identity, "parley-stack", "guessed")
    assert wrong.token(grant_type="client_credentials").status_code == 401


def test_a_refresh_token_is_good_once_and_a_second_use_ends_the_session(
    identity: Stack, pages: SignIn, person: Person
) -> None:
    first = tokens(identity, pages, person)["refresh_token"]
    second = pages.refresh(first)
    assert second.status_code == 200
    assert second.json()["refresh_token"] != first
    assert pages.refresh(first).json()["error"] == "invalid_grant"
    assert pages.refresh(second.json()["refresh_token"]).status_code == 400


def test_signing_out_by_the_id_token_ends_the_session(identity: Stack, pages: SignIn, person: Person) -> None:
    given = tokens(identity, pages, person)
    query = {"id_token_hint": given["id_token"], "post_logout_redirect_uri": f"{identity.entrance_url}/"}
    address = f"{pages.configuration['end_session_endpoint']}?{urlencode(query)}"
    answer = httpx.get(address, verify=trusting(identity), trust_env=False, timeout=60)
    assert answer.headers["Location"] == f"{identity.entrance_url}/"
    assert pages.refresh(given["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_service_learns_of_a_sign_out(identity: Stack, pages: SignIn, person: Person) -> None:
    received: queue.Queue[str] = queue.Queue()

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.put(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with configurator(identity) as admin:
        path = f"/clients/{admin.client_id('parley-pages')}"
        before = admin.get(path)
        url = f"http://127.0.0.1:{server.server_port}/"
        admin.put(path, {**before, "attributes": {**before["attributes"], "backchannel.logout.url": url}})
        try:
            given = tokens(identity, pages, person)
            query = urlencode({"id_token_hint": given["id_token"]})
            address = f"{pages.configuration['end_session_endpoint']}?{query}"
            httpx.get(address, verify=trusting(identity), trust_env=False, timeout=60)
            read = claims(pages, parse_qs(received.get(timeout=30))["logout_token"][0])
            assert read["sid"] == claims(pages, given["access_token"])["sid"]
            assert list(read["events"]) == ["http://schemas.openid.net/event/backchannel-logout"]
        finally:
            admin.put(path, before)
            server.shutdown()


def test_whoever_is_disabled_or_removed_has_no_session_left(
    identity: Stack, pages: SignIn, people: People, person: Person
) -> None:
    given = tokens(identity, pages, person)
    people.enable(person.name, enabled=False)
    assert pages.refresh(given["refresh_token"]).status_code == 400
    proof = Proof.new()
    page = Browser(identity).submit(
        Browser(identity).open(pages.address(proof)), username=person.name, password=PASSWORD
    )
    assert not page.is_redirect
    people.enable(person.name, enabled=True)
    given = tokens(identity, pages, person)
    people.remove(person.name)
    assert pages.refresh(given["refresh_token"]).status_code == 400
    with pytest.raises(ParleyError, match="nobody called"):
        people.remove(person.name)


def test_a_temporary_password_is_changed_at_the_first_sign_in(
    identity: Stack, pages: SignIn, people: People, person: Person
) -> None:
    before = tokens(identity, pages, person)
    temporary = people.reset_password(person.name)
    assert pages.refresh(before["refresh_token"]).status_code == 400
    browser, proof = Browser(identity), Proof.new()
    page = browser.submit(browser.open(pages.address(proof)), username=person.name, password=temporary)
    for refused in ("too short", "the Parley of us all", "1234567890123", person.name.upper() + " and more of it"):
        page = browser.submit(page, **{"password-new": refused, "password-confirm": refused})
        assert not page.is_redirect, refused
    chosen = browser.submit(page, **{"password-new": PASSWORD + "!", "password-confirm": PASSWORD + "!"})
    assert pages.code(code_of(chosen), proof).status_code == 200


def test_whoever_guesses_waits_and_nobody_else_does(
    identity: Stack, pages: SignIn, people: People, person: Person
) -> None:
    other = Person(f"o.{uuid4().hex[:8]}", ("operator",))
    people.add(other, password=PASSWORD)
    browser, proof = Browser(identity), Proof.new()
    page = browser.open(pages.address(proof))
    for guess in range(6):
        page = browser.submit(page, username=person.name, password=f"a guess of theirs {guess}")
        assert not page.is_redirect
    # The right one too, for a minute: otherwise the answer would tell that it is the right one.
    assert not browser.submit(page, username=person.name, password=PASSWORD).is_redirect
    assert tokens(identity, pages, other)["access_token"]


def test_people_are_listed_as_they_were_added_and_nobody_twice(people: People, person: Person) -> None:
    assert person in people.all()
    with pytest.raises(ParleyError, match="already"):
        people.add(person, password=PASSWORD)
    with pytest.raises(ParleyError):
        people.add(Person(f"x.{uuid4().hex[:8]}", ("operator",)), password="short")


def configurator(identity: Stack) -> KeycloakAdmin:
    secret = identity.identity_secret(realm.CONFIGURATOR)
    return KeycloakAdmin(identity.identity_url, REALM, realm.CONFIGURATOR, secret, transport=identity.transport())


def test_what_administers_people_administers_nothing_else(identity: Stack) -> None:
    secret = identity.identity_secret(realm.PEOPLE_CLIENT)
    with KeycloakAdmin(
        identity.identity_url, REALM, realm.PEOPLE_CLIENT, secret, transport=identity.transport()
    ) as admin:
        with pytest.raises(CredentialsRefusedError):
            admin.put("", {"bruteForceProtected": False})
        with pytest.raises(CredentialsRefusedError):
            admin.post("/clients", {"clientId": "another"})
    with (
        KeycloakAdmin(
            identity.identity_url,
            "master",
            realm.PEOPLE_CLIENT,
            secret,
            signed_in_at="parley",
            transport=identity.transport(),
        ) as admin,
        pytest.raises(CredentialsRefusedError),
    ):
        admin.get("/users")


def test_nobody_administers_all_realms(identity: Stack) -> None:
    secret = identity.identity_secret(BOOTSTRAP_CLIENT)
    with (
        KeycloakAdmin(
            identity.identity_url,
            "master",
            BOOTSTRAP_CLIENT,
            secret,
            signed_in_at="master",
            transport=identity.transport(),
        ) as admin,
        pytest.raises(CredentialsRefusedError),
    ):
        admin.get("")


def test_the_realm_is_brought_back_to_its_configuration_and_people_stay(
    identity: Stack, people: People, person: Person
) -> None:
    assert provider.bring_up_to_date(identity) == []
    with configurator(identity) as admin:
        admin.put("", {**admin.get(""), "bruteForceProtected": False, "accessTokenLifespan": 86400})
        path = f"/clients/{admin.client_id('parley-cli')}"
        admin.put(path, {**admin.get(path), "directAccessGrantsEnabled": True})
        parley = admin.client_id("parley")
        admin.delete(f"/clients/{parley}/roles/trainer")
    changed = provider.bring_up_to_date(identity)
    assert changed == ["realm's settings", "client parley-cli", "role trainer"]
    assert provider.bring_up_to_date(identity) == []
    assert person in people.all()


async def test_a_mail_server_s_password_is_no_change_at_each_start_and_a_new_one_arrives(
    identity: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def kept() -> str | None:
        connection = await asyncpg.connect(identity.database_url("identity"))
        try:
            found: str | None = await connection.fetchval("SELECT value FROM realm_smtp_config WHERE name = 'password'")
        finally:
            await connection.close()
        return found

    monkeypatch.setenv("PARLEY_SMTP_USERNAME", "parley")
    monkeypatch.setenv("PARLEY_SMTP_PASSWORD", "first")
    assert await asyncio.to_thread(provider.bring_up_to_date, identity) == ["realm's settings"]
    # Keycloak shows nobody what it is.
    with configurator(identity) as admin:
        assert admin.get("")["smtpServer"]["password"] == "**********"
    assert await asyncio.to_thread(provider.bring_up_to_date, identity) == []
    assert await kept() == "first"
    monkeypatch.setenv("PARLEY_SMTP_PASSWORD", "second")
    assert await asyncio.to_thread(provider.bring_up_to_date, identity) == []
    assert await kept() == "second"
    monkeypatch.undo()
    await asyncio.to_thread(provider.bring_up_to_date, identity)


async def test_the_identity_database_is_its_own_logins_alone(identity: Stack) -> None:
    connection = await asyncpg.connect(identity.database_url("identity"))
    await connection.close()
    for url in (identity.database_url("identity", "referral"), identity.database_url("screening", "identity")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(url)


def test_the_logs_name_nobody(identity: Stack, pages: SignIn, person: Person) -> None:
    page = Browser(identity).open(pages.address(Proof.new()))
    Browser(identity).submit(page, username=person.name, password="wrong")
    tokens(identity, pages, person)
    time.sleep(1)
    written = "".join(path.read_text(errors="replace") for path in identity.home.log.glob("*.log*"))
    for mark in (person.name, person.email, person.family_name, PASSWORD):
        assert mark not in written
    assert json.dumps(mark) not in written
