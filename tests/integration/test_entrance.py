"""The entrance, by a real Caddy: what it lets through to whom, and what it says of itself."""

import asyncio
import http.server
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import psutil
import pytest

from deploy.stack import entrance
from deploy.stack.certificates import Authority
from deploy.stack.home import Home, Stack, describe_stack
from deploy.stack.ports import PREFERRED_PORTS
from deploy.stack.supervisor import Supervisor

HEADERS = (
    "content-security-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
)


@dataclass
class Behind:
    """A service behind the entrance, which answers with what it was asked."""

    server: http.server.ThreadingHTTPServer
    asked: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.server.server_port)


def serve(home: Home, port: int = 0) -> Behind:
    """Answers over TLS, with a certificate of this home's authority."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            behind.asked.append(self.path)
            if self.path.startswith("/dies"):
                # The connection ends in the middle of a request, as when a service is killed.
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            body = json.dumps({"path": self.path, "headers": dict(self.headers)}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Server", "ours")
            if self.path.startswith("/own"):
                self.send_header("Content-Security-Policy", "default-src 'self'")
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_args: object) -> None:
            return

    behind = Behind(http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler))
    pair = Authority(home.tls).issue("behind")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(pair.certificate, pair.key)
    behind.server.socket = tls.wrap_socket(behind.server.socket, server_side=True)
    threading.Thread(target=behind.server.serve_forever, daemon=True).start()
    return behind


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Open:
    """A running entrance, and what is behind it."""

    stack: Stack
    screening: Behind
    identity: Behind
    referral: Behind

    def client(self, **options: object) -> httpx.Client:
        trusted = ssl.create_default_context(cafile=self.stack.identity_ca_file)
        return httpx.Client(base_url=self.stack.entrance_url, verify=trusted, trust_env=False, timeout=30, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    with opening(Home(tmp_path_factory.mktemp("entrance") / "home with spaces, äöü")) as found:
        yield found


@contextmanager
def opening(home: Home, **remembered: str) -> Iterator[Open]:
    home.create()
    screening, identity, referral = serve(home), serve(home), serve(home)
    ports = {name: free_port() for name in PREFERRED_PORTS}
    behind = {"screening": screening.port, "identity": identity.port, "referral": referral.port}
    home.remember(ports=ports | behind, **remembered)
    stack = describe_stack(home)
    supervisor = Supervisor(home)
    running, stop = threading.Event(), asyncio.Event()

    async def run() -> None:
        process = supervisor.start(entrance.prepare(stack))
        running.set()
        await stop.wait()
        assert process.identity is not None
        await supervisor.stop_all()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(run(),), daemon=True)
    thread.start()
    assert running.wait(30)
    found = Open(stack, screening, identity, referral)
    deadline = time.monotonic() + 60
    while True:
        try:
            raw(found, "/")
            break
        except OSError:
            assert time.monotonic() < deadline, entrance.explain_failure(home)
            time.sleep(0.05)
    yield found
    started = time.monotonic()
    loop.call_soon_threadsafe(stop.set)
    thread.join(30)
    assert time.monotonic() - started < 20
    for each in (screening, identity, referral):
        each.server.shutdown()


def test_the_start_is_a_services_page_over_tls_that_its_own_authority_signed(opened: Open) -> None:
    with opened.client() as client:
        page = client.get("/", params={"signed-out": ""})
        assert page.status_code == 200
        assert page.json()["path"] == "/start?signed-out="
        assert client.get("/elsewhere").status_code == 404
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{opened.stack.entrance_url}/", trust_env=False)


def test_what_programs_ask_goes_to_the_service_that_answers_it_as_it_is(opened: Open) -> None:
    port = describe_stack(opened.stack.home).ports["outcomes"]
    behind = serve(opened.stack.home, port)
    with opened.client(headers={"X-Forwarded-Prefix": "/evil"}) as client:
        answer = client.get("/api/v1/outcomes/releases/report-2026-q3?place=all").json()
        assert "x-forwarded-prefix" not in {name.lower() for name in answer["headers"]}
        assert answer["path"] == "/api/v1/outcomes/releases/report-2026-q3?place=all"
        assert client.get("/api/v1/elsewhere").status_code == 404
        assert client.get("/api/v1/outcomesque").status_code == 404
    behind.server.shutdown()
    behind.server.server_close()


@pytest.mark.parametrize("path", ["/", "/elsewhere", "/screening/status", "/screening/metrics"])
def test_every_answer_has_the_headers_that_keep_a_browser_safe(opened: Open, path: str) -> None:
    with opened.client() as client:
        answer = client.get(path)
    assert [name for name in HEADERS if name not in answer.headers] == []
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "server" not in answer.headers
    # It would hold for every program of this machine that is reached as `localhost`.
    assert "strict-transport-security" not in answer.headers


def test_under_a_name_of_its_own_it_is_never_asked_in_clear_again(tmp_path: Path) -> None:
    with opening(Home(tmp_path / "home"), entrance_name="parley.example") as named:
        assert named.stack.identity_issuer.startswith("https://parley.example:")
        for path, status in (("/screening/status", 200), ("/elsewhere", 404), ("/screening/own", 200)):
            found, headers = asked(named, path, "parley.example")
            assert (found, headers.get("strict-transport-security")) == (status, "max-age=31536000; includeSubDomains")
        assert asked(named, "/screening/status", "localhost")[1].get("strict-transport-security") is None
        assert asked(named, "/screening/status", "evil.example", "parley.example")[0] == 421
        # A certificate that an authority gave for the name is shown in place of the home's own.
        pair = Authority(tmp_path / "elsewhere").issue("theirs", ["parley.example"])
        stack = replace(named.stack, entrance_certificate=str(pair.certificate), entrance_key=str(pair.key))
        entrance.prepare(stack)
        settings = json.loads((stack.home.entrance / "caddy.json").read_text())
        loaded = settings["apps"]["tls"]["certificates"]["load_files"]
        assert loaded == [{"certificate": str(pair.certificate), "key": str(pair.key)}]
        assert stack.identity_ca_file == ""


def test_a_header_of_a_services_own_is_kept(opened: Open) -> None:
    with opened.client() as client:
        assert client.get("/screening/own").headers["content-security-policy"] == "default-src 'self'"


def test_a_service_is_asked_without_its_prefix_and_learns_it(opened: Open) -> None:
    forged = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9", "X-Forwarded-Prefix": "/evil"}
    with opened.client(headers=forged) as client:
        asked = client.get("/screening/status?a=%2F").json()
    assert asked["path"] == "/status?a=%2F"
    headers = {name.lower(): value for name, value in asked["headers"].items()}
    assert headers["x-forwarded-prefix"] == "/screening"
    assert headers["x-forwarded-proto"] == "https"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert "forwarded" not in headers
    assert headers["host"] == opened.stack.entrance_url.removeprefix("https://")


@pytest.mark.parametrize(
    "path",
    [
        "/screening/metrics",
        "/screening/health/ready",
        "/screening//metrics",
        "/screening/%6detrics",
        "/screening/METRICS",
        "/screening/x/../metrics",
        "/screeningmetrics",
    ],
)
def test_metrics_and_health_are_not_reached_through_it(opened: Open, path: str) -> None:
    before = len(opened.screening.asked)
    assert raw(opened, path) == 404
    assert opened.screening.asked[before:] == []


@pytest.mark.parametrize(
    "path",
    [
        "/identity/",
        "/identity/admin/realms",
        "/identity/admin/master/console/",
        "/identity/realms/master/protocol/openid-connect/token",
        "/identity/realms/parley/../master/account",
        "/identity/realms/parley/..%2fmaster/account",
        "/identity/realms/parley/%2e%2e/%2e%2e/admin/realms",
        "/identity/resources/../admin/realms",
        "/identity/realms/parleyx/account",
        "/identity/realms/parley/account",
        "/identity/realms/parley/clients-registrations/openid-connect",
        "/identity/realms/parley/protocol/saml",
        "/identity/realms/parley/broker/x/endpoint",
        "/identity/metrics",
        "/identity/health",
    ],
)
def test_of_keycloak_only_the_realms_sign_in_is_reached(opened: Open, path: str) -> None:
    before = len(opened.identity.asked)
    assert raw(opened, path) == 404
    assert opened.identity.asked[before:] == []


def test_the_realms_sign_in_is_reached_as_it_is(opened: Open) -> None:
    path = "/identity/realms/parley/.well-known/openid-configuration"
    with opened.client() as client:
        assert client.get(path).json()["path"] == path


def test_another_name_for_this_address_gets_nothing(opened: Open) -> None:
    with opened.client() as client:
        for host, status in (("evil.example", 421), ("localhost.evil.example", 421), ("", 400)):
            assert client.get("/screening/status", headers={"Host": host}).status_code == status, host


def test_it_listens_on_the_loopback_interface_and_on_one_port_alone(opened: Open) -> None:
    process = psutil.Process((opened.stack.home.state() or {})["processes"]["entrance"]["pid"])
    listening = [each for each in process.net_connections("inet") if each.status in (psutil.CONN_LISTEN, "NONE")]
    port = opened.stack.ports["entrance"]
    assert [(each.laddr.ip, each.laddr.port) for each in listening] == [("127.0.0.1", port)]


def test_a_request_waits_for_a_service_that_is_being_started(opened: Open) -> None:
    port = opened.stack.ports["outcomes"]
    late: list[Behind] = []
    timer = threading.Timer(1.0, lambda: late.append(serve(opened.stack.home, port)))
    timer.start()
    try:
        with opened.client() as client:
            assert client.post("/outcomes/cases", content=b"x").json()["path"] == "/cases"
        assert late[0].asked == ["/cases"]
    finally:
        timer.join()
        late[0].server.shutdown()
        late[0].server.server_close()


def test_whoever_listens_in_place_of_a_service_is_not_spoken_with(opened: Open, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    other.create()
    stranger = serve(other, opened.stack.ports["families"])
    try:
        with opened.client() as client:
            assert client.post("/families/cases", content=b"x").status_code == 502
        assert stranger.asked == []
    finally:
        stranger.server.shutdown()
        stranger.server.server_close()


@pytest.mark.parametrize(("method", "path"), [("POST", "/dies"), ("GET", "/dies/sign-in/callback?code=1")])
def test_what_must_take_effect_once_is_not_sent_again(opened: Open, method: str, path: str) -> None:
    before = len(opened.screening.asked)
    with opened.client() as client:
        assert client.request(method, f"/screening{path}", content=b"x").status_code == 502
    assert opened.screening.asked[before:] == [path]


def test_its_log_has_no_address_and_no_token(opened: Open) -> None:
    with opened.client(headers={"Authorization": "Bearer planted-token", "Cookie": "planted-cookie=1"}) as client:
        client.post("/screening/dies?code=planted-code", content=b"x")
    deadline = time.monotonic() + 20
    while "error" not in (text := (opened.stack.home.log / "entrance.log").read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "planted" not in text
    requests = [json.loads(line).get("request", {}) for line in text.splitlines() if line.startswith("{")]
    assert any(requests)
    assert not any({"remote_ip", "client_ip", "headers", "uri"} & set(request) for request in requests)


def raw(opened: Open, path: str) -> int:
    """The status of a path that no client library puts in order first."""
    return asked(opened, path, "localhost")[0]


def asked(opened: Open, path: str, host: str, server: str = "") -> tuple[int, dict[str, str]]:
    """Status and headers of what a host's path gets, at a server whose certificate is for `server`."""
    port = opened.stack.ports["entrance"]
    trusted = ssl.create_default_context(cafile=opened.stack.identity_ca_file)
    with (
        socket.create_connection(("127.0.0.1", port), timeout=30) as plain,
        trusted.wrap_socket(plain, server_hostname=server or host) as connection,
    ):
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode("latin-1")
    first, *lines = answer.partition("\r\n\r\n")[0].split("\r\n")
    return int(first.split()[1]), {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
