"""Keycloak's files, settings and configuration, as far as they need no Keycloak."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.stack import keycloak_files, maven
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, Stack, describe_stack
from deploy.stack.keycloak import jdbc_url, settings
from deploy.stack.maven import download
from deploy.stack.ports import PREFERRED_PORTS
from deploy.stack.realm import differs, merged, read_configuration
from deploy.stack.services import SERVICE_NAMES
from deploy.stack.settings import Outside
from services import MANIFESTS
from shared.access.roles import Role

CONTENT = bytes(range(256)) * 5000


class Repository(http.server.BaseHTTPRequestHandler):
    """Serves one file, from where it is asked for, or with `ranges` off always from the start."""

    protocol_version = "HTTP/1.1"
    ranges = True
    asked: list[str | None]

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges else 0
        if start >= len(CONTENT):
            self.send_response(416)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        self.wfile.write(CONTENT[start:])

    def log_message(self, *_args: object) -> None:
        return


@pytest.fixture
def repository(request: pytest.FixtureRequest) -> Iterator[tuple[str, list[str | None]]]:
    asked: list[str | None] = []
    handler = type("Handler", (Repository,), {"asked": asked, "ranges": getattr(request, "param", True)})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/keycloak.zip", asked
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("repository", [True, False], indirect=True)
@pytest.mark.parametrize("there", [0, 1, len(CONTENT) // 2, len(CONTENT) - 1])
def test_an_interrupted_download_is_completed(
    repository: tuple[str, list[str | None]], tmp_path: Path, there: int
) -> None:
    url, asked = repository
    archive = tmp_path / "archive"
    if there:
        archive.write_bytes(CONTENT[:there])
    download(url, archive)
    assert archive.read_bytes() == CONTENT
    assert asked == [f"bytes={there}-" if there else None]


def test_a_complete_download_is_not_repeated(repository: tuple[str, list[str | None]], tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.write_bytes(CONTENT)
    download(repository[0], archive)
    assert archive.read_bytes() == CONTENT


def test_an_archive_of_other_content_is_thrown_away_and_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a repository serves, and however often: what we did not test does not run."""
    import jgo

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(jgo.config.GlobalSettings, "load", classmethod(lambda cls: cls(repo_cache=tmp_path / "empty")))
    monkeypatch.setattr(maven, "download", lambda _url, archive: archive.write_bytes(CONTENT))
    with pytest.raises(RuntimeError, match="is not the Keycloak"):
        keycloak_files.fetch()
    assert not keycloak_files.is_fetched()
    assert [path.name for path in (tmp_path / "parley").iterdir()] == [
        f"keycloak-{keycloak_files.KEYCLOAK_VERSION}.lock"
    ]


def test_a_repository_that_does_not_answer_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import jgo

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(jgo.config.GlobalSettings, "load", classmethod(lambda cls: cls(repo_cache=tmp_path / "empty")))

    def refuse(_url: str, _archive: Path) -> None:
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(maven, "download", refuse)
    with pytest.raises(httpx.ConnectError):
        keycloak_files.fetch()


@pytest.fixture
def described(tmp_path: Path) -> Stack:
    home = Home(tmp_path / "home")
    home.create()
    home.remember(ports=dict(PREFERRED_PORTS))
    return describe_stack(home)


def test_no_secret_is_on_a_command_line_and_everything_listens_on_the_loopback_interface(described: Stack) -> None:
    written = dict(line.split("=", 1) for line in settings(described).splitlines())
    assert written["http-host"] == written["http-management-host"] == "127.0.0.1"
    assert written["cache"] == "local"
    assert written["hostname"] == "https://localhost:8443/identity"
    assert written["db-username"] == "identity"
    arguments = keycloak_files.java_arguments(Path("/server"), Path("/home"), 512)
    assert not [each for each in arguments for secret in described.home.secrets.all().values() if secret in each]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgresql://a:b@127.0.0.1:15432/postgres", "jdbc:postgresql://127.0.0.1:15432/identity"),
        ("postgresql://a:b%40@db:5432/x?sslmode=require", "jdbc:postgresql://db:5432/identity?sslmode=require"),
    ],
)
def test_the_database_is_reached_as_the_others_are(given: str, expected: str) -> None:
    assert jdbc_url(given) == expected


def test_the_configuration_is_of_this_entrance_and_its_secrets_are_the_homes() -> None:
    wanted = read_configuration("https://localhost:9443", lambda client: f"of {client}")
    pages = wanted["clients"]["parley-pages"]
    assert pages["secret"] == "of parley-pages"
    assert pages["redirectUris"] == [
        "https://localhost:9443/sign-in/callback",
        *(f"https://localhost:9443/{name}/sign-in/callback" for name in SERVICE_NAMES),
    ]
    assert "secret" not in wanted["clients"]["parley-cli"]
    assert "${" not in str(wanted)


def test_no_client_takes_a_password_and_whoever_signs_people_in_must_prove_it() -> None:
    clients = read_configuration("https://localhost", lambda _client: "s")["clients"]
    for client in clients.values():
        assert client["directAccessGrantsEnabled"] is False
        signs_in = client.get("standardFlowEnabled") or client.get("publicClient")
        if signs_in:
            assert client["attributes"]["pkce.code.challenge.method"] == "S256"


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1}, {"a": 2}, True),
        ({"a": {"b": "x"}}, {"a": {"b": "x", "c": "y"}}, False),
        ({"a": {"b": "x"}}, {"a": None}, True),
        ({"a": []}, {}, False),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}, False),
        ({"a": ["x"]}, {"a": ["x", "y"]}, True),
        ([{"a": 1}], [{"a": 1, "b": 2}], False),
        ([{"a": 1}], [{"a": 1}, {"a": 2}], True),
        # Keycloak answers this in the place of a password.
        ({"smtp": {"user": "a", "password": "b"}}, {"smtp": {"user": "a", "password": "**********"}}, False),
        ({"smtp": {"user": "a", "password": "b"}}, {"smtp": {"user": "c", "password": "**********"}}, True),
        ({"smtp": {"user": "a", "password": "b"}}, {"smtp": {"user": "a"}}, True),
    ],
)
def test_what_differs_is_what_is_missing_of_the_wanted(wanted: object, found: object, expected: bool) -> None:
    assert differs(wanted, found) is expected
    if isinstance(found, dict):
        assert not differs(wanted, merged(found, wanted))


@pytest.mark.parametrize("issuer", ["http://localhost/realms/a", "https://", "https://a/b?c", "accounts.example.org"])
def test_an_issuer_that_is_none_is_refused(issuer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_EXTERNAL_IDENTITY", issuer)
    with pytest.raises(ParleyError, match="PARLEY_EXTERNAL_IDENTITY"):
        Outside.from_environment()


def test_a_provider_that_runs_elsewhere_is_named_to_the_services(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    home.create()
    home.remember(ports=dict(PREFERRED_PORTS), external_identity="https://id.example.org/realms/x")
    stack = describe_stack(home)
    stack.home.secrets.ensure(["kafka/screening"])
    environment = stack.service_environment("screening")
    assert environment["PARLEY_IDENTITY_ISSUER"] == "https://id.example.org/realms/x"
    assert "PARLEY_IDENTITY_JWKS_URL" not in environment
    assert "PARLEY_IDENTITY_CA_FILE" not in environment


def test_people_can_have_every_role_that_services_know_and_no_other() -> None:
    assert set(read_configuration("https://localhost", lambda _client: "s")["roles"]) == set(Role)


def test_a_sign_in_s_end_goes_to_a_request_that_a_service_takes() -> None:
    clients = read_configuration("https://localhost", lambda _client: "s")["clients"].values()
    addresses = {each["attributes"].get("backchannel.logout.url") for each in clients if "attributes" in each} - {None}
    taken = [f"https://localhost/{each.name}{one.partition(' ')[2]}" for each in MANIFESTS for one in each.by_signature]
    assert sorted(addresses) == taken
