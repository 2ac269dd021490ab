"""Signing in by device flow, keeping the tokens and using them: against answers as the RFCs give them."""

import base64
import hashlib
import json
import stat
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, Stack
from deploy.stack.openid import Issued, OpenIdProvider, SignedOutError
from deploy.stack.request_credentials import NotSignedInError, RequestCredentials
from deploy.stack.services import SERVICE_NAMES
from deploy.stack.sign_in import SignIn, ca_file_of, claims_of, issuer_of
from shared.access.roles import Purpose, Role
from tests.support.command_line import somewhere
from tests.support.identity import claims, ec_key, signed

ISSUER = "https://localhost:8443/identity/realms/parley"
ENDPOINTS = {
    "device_authorization_endpoint": "/device",
    "token_endpoint": "/token",
    "revocation_endpoint": "/revoke",
}


class Provider:
    """Answers as a provider would, in this order, and remembers what it was asked."""

    def __init__(self, *answers: tuple[int, Mapping[str, Any]]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.requests: list[httpx.Request] = []
        self.time = 1000.0
        self.slept: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/.well-known/openid-configuration"):
            endpoints = {name: f"{ISSUER}{path}" for name, path in ENDPOINTS.items()}
            return httpx.Response(200, json={"issuer": ISSUER, **endpoints})
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        self.asked.append((request.url.path.rpartition("/")[2], form))
        self.requests.append(request)
        status, answer = self.answers.pop(0)
        return httpx.Response(status, json=answer)

    def connect(self, issuer: str = ISSUER) -> OpenIdProvider:
        return OpenIdProvider(issuer, None, httpx.MockTransport(self), lambda: self.time)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


BEGUN = {
    "device_code": "device-secret",
    "user_code": "WDJB-MJHT",
    "verification_uri": f"{ISSUER}/device",
    "expires_in": 600,
    "interval": 5,
}
PENDING, SLOWER = (400, {"error": "authorization_pending"}), (400, {"error": "slow_down"})


def issued(number: int = 1, **more: Any) -> tuple[int, Mapping[str, Any]]:
    return 200, {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}", "expires_in": 300, **more}


def test_a_person_signs_in_at_their_browser_while_the_command_waits_at_the_given_interval() -> None:
    provider = Provider((200, BEGUN), PENDING, SLOWER, PENDING, issued())
    with provider.connect() as asking:
        begun = asking.begin()
        tokens = asking.wait(begun, sleep=provider.sleep)
    assert (tokens.access_token, tokens.refresh_token, tokens.expires_at) == ("access-1", "refresh-1", 1020 + 10 + 300)
    assert provider.slept == [5, 5, 10, 10]
    (_, first), *polls = provider.asked
    assert (first["client_id"], first["code_challenge_method"]) == ("parley-cli", "S256")
    verifier = polls[0][1]["code_verifier"]
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert first["code_challenge"] == digest
    assert "code_verifier" not in first
    assert {form["device_code"] for _, form in polls} == {"device-secret"}
    assert "device-secret" not in repr(begun)
    assert "access-1" not in repr(tokens)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([(400, {"error": "access_denied"})], "refused at the browser"),
        ([(400, {"error": "expired_token"})], "before the code expired"),
        ([PENDING] * 200, "before the code expired"),
        ([(400, {"error": "invalid_grant", "error_description": "device-secret"})], "invalid_grant"),
        ([(500, {})], "gives no reason"),
        ([(200, {"token_type": "Bearer"})], "no access token"),
    ],
)
def test_a_sign_in_that_comes_to_nothing_gives_the_reason(answers: list[Any], message: str) -> None:
    provider = Provider((200, BEGUN), *answers)
    with provider.connect() as asking, pytest.raises(ParleyError, match=message) as refused:
        asking.wait(asking.begin(), sleep=provider.sleep)
    assert "device-secret" not in str(refused.value)


def test_an_address_that_is_no_provider_and_one_without_tls() -> None:
    def elsewhere(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"issuer": "https://elsewhere"})

    with pytest.raises(ParleyError, match="no OpenID provider"):
        OpenIdProvider(ISSUER, None, httpx.MockTransport(elsewhere)).begin()
    with pytest.raises(ParleyError, match="https"):
        OpenIdProvider("http://localhost/realms/parley")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


def signed_in(home: Home, provider: Provider) -> SignIn:
    sign_in = SignIn(home, provider.connect, lambda: provider.time)
    sign_in.store(ISSUER, Issued("access-0", "refresh-0", provider.time + 300))
    return sign_in


def test_tokens_rest_where_their_owner_alone_can_read_and_are_renewed_once(home: Home) -> None:
    provider = Provider(issued(1))
    sign_in = signed_in(home, provider)
    assert stat.S_IMODE((home.path / "sign-in.json").stat().st_mode) == 0o600
    assert sign_in.access_token() == "access-0"
    provider.time += 290
    # Each refresh token is good once: of many commands at a time one renews.
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(lambda _: SignIn(home, provider.connect, lambda: provider.time).access_token(), range(8)))
    assert tokens == {"access-1"}
    assert provider.asked == [
        ("token", {"grant_type": "refresh_token", "client_id": "parley-cli", "refresh_token": "refresh-0"})
    ]


def test_a_session_that_has_ended_asks_for_a_new_sign_in(home: Home) -> None:
    provider = Provider((400, {"error": "invalid_grant"}))
    sign_in = signed_in(home, provider)
    provider.time += 1000
    with pytest.raises(SignedOutError, match="parley sign-in"):
        sign_in.access_token()


def test_signing_out_ends_the_session_and_leaves_nothing_here(home: Home) -> None:
    provider = Provider((200, {}))
    sign_in = signed_in(home, provider)
    assert sign_in.end()
    assert provider.asked[0][1]["token"] == "refresh-0"
    assert (sign_in.access_token(), sign_in.end()) == (None, False)
    # Where the provider can't be told, nothing stays either.
    sign_in = signed_in(home, Provider((503, {})))
    with pytest.raises(ParleyError, match="does not end the session"):
        sign_in.end()
    assert not sign_in.is_there()


def test_the_issuer_is_the_home_s_own_or_the_one_that_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ParleyError, match="PARLEY_IDENTITY_ISSUER"):
        issuer_of(home)
    home.remember(ports={"entrance": 8444})
    home.tls.mkdir(exist_ok=True)
    home.root_certificate.touch()
    assert issuer_of(home) == "https://localhost:8444/identity/realms/parley"
    assert ca_file_of(home) == home.root_certificate
    monkeypatch.setenv("PARLEY_IDENTITY_ISSUER", "https://login.example/")
    assert (issuer_of(home), ca_file_of(home)) == ("https://login.example", None)


@pytest.fixture
def stack(home: Home) -> Stack:
    return somewhere(home, dict.fromkeys(SERVICE_NAMES, 1))


def person(*roles: Role) -> str:
    return signed(claims(roles=list(roles)), ec_key())


Headers = Callable[[str, str, str], dict[str, str]]


def test_requests_go_out_in_the_name_of_whoever_signed_in(stack: Stack, home: Home) -> None:
    provider = Provider()

    def headers(*roles: Role) -> Headers:
        sign_in = SignIn(home, provider.connect, lambda: provider.time)
        sign_in.store(ISSUER, Issued(person(*roles), "refresh", provider.time + 300))
        return RequestCredentials(stack, sign_in).headers

    machine = f"Bearer {stack.machine_token(Purpose.MACHINERY)}"
    coordinator = headers(Role.COORDINATOR)
    shown = coordinator("referral", "GET", "/worklist")
    assert claims_of(shown["Authorization"].removeprefix("Bearer "))["roles"] == ["coordinator"]
    assert "X-Operator" not in shown
    # Whoever can read the home may run the machinery, and the stack's own token reaches nothing else.
    letter = "/dead-letters/0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10/retry"
    for service, method, path in (("families", "POST", letter), ("notification", "GET", "/e-mails")):
        assert coordinator(service, method, path) == {"Authorization": machine}
    assert coordinator("referral", "GET", "/e-mails")["Authorization"] != machine
    operator = headers(Role.OPERATOR)
    assert operator("families", "POST", letter)["Authorization"] != machine


def test_without_a_sign_in_only_the_machinery_is_asked(stack: Stack) -> None:
    credentials = RequestCredentials(stack)
    machine = f"Bearer {stack.machine_token(Purpose.MACHINERY)}"
    assert credentials.headers("referral", "GET", "/status") == {"Authorization": machine}
    with pytest.raises(NotSignedInError) as missing:
        credentials.headers("referral", "GET", "/cases/0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10")
    for part in ("Nobody is signed in here", "cases.read", "coordinator", "`parley sign-in`", "PARLEY_CLIENT_ID"):
        assert part in str(missing.value)


def test_the_machinery_is_seen_while_nobody_can_renew_a_sign_in_and_nothing_is_done_to_it(
    stack: Stack, home: Home
) -> None:
    provider = Provider((400, {"error": "invalid_grant"}), (400, {"error": "invalid_grant"}))
    sign_in = SignIn(home, provider.connect, lambda: provider.time)
    sign_in.store(ISSUER, Issued(person(Role.OPERATOR), "refresh", 0.0))
    credentials = RequestCredentials(stack, sign_in)
    machine = f"Bearer {stack.machine_token(Purpose.MACHINERY)}"
    assert credentials.headers("referral", "GET", "/status") == {"Authorization": machine}
    with pytest.raises(SignedOutError):
        credentials.headers("referral", "POST", "/clock")


def test_who_is_named_is_asked_for_whatever_automation_the_environment_names(
    stack: Stack, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLEY_CLIENT_ID", "nightly")
    sign_in = SignIn(home, file=home.path / "somebody.json", now=lambda: 0.0)
    sign_in.store(ISSUER, Issued(token := person(Role.ANALYST), None, 300))
    assert RequestCredentials(stack, sign_in).headers("outcomes", "GET", "/facts") == {
        "Authorization": f"Bearer {token}"
    }
    assert not SignIn(home).is_there()


def test_an_automation_needs_its_secret(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_CLIENT_ID", "nightly")
    with pytest.raises(ParleyError, match="PARLEY_CLIENT_SECRET"):
        RequestCredentials(stack).headers("referral", "GET", "/worklist")


def test_an_automation_s_secret_goes_to_the_provider_alone() -> None:
    provider = Provider(issued(7, refresh_token=None), (401, {"error": "unauthorized_client"}))
    with provider.connect() as asking:
        assert asking.client_credentials("nightly", "a secret").access_token == "access-7"
        (_, form), sent = provider.asked[0], provider.requests[0]
        assert form == {"grant_type": "client_credentials"}
        assert base64.b64decode(sent.headers["authorization"].removeprefix("Basic ")) == b"nightly:a secret"
        with pytest.raises(ParleyError, match="nightly in: unauthorized_client") as refused:
            asking.client_credentials("nightly", "wrong secret")
    assert "wrong" not in str(refused.value)


def test_a_file_that_can_t_be_read_is_named(home: Home) -> None:
    (home.path / "sign-in.json").write_text(json.dumps({"issuer": ISSUER}))
    with pytest.raises(ParleyError, match="sign in again"):
        SignIn(home).access_token()
