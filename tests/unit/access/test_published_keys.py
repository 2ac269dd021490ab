"""Reading the provider's keys over HTTP: what is good, and what is not an answer."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from shared.access.errors import IdentityUnavailableError
from shared.access.published_keys import fetched_from, signing_keys
from tests.support.identity import ec_key, published, rsa_key


class _Server:
    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, bytes]] = {}
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, content = pages.get(self.path, (404, b"{}"))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments: Any) -> None:
                """Says nothing."""

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.http.server_port}/realms/parley"

    def serve(self, path: str, content: Any, status: int = 200) -> None:
        self.pages[path] = (status, content if isinstance(content, bytes) else json.dumps(content).encode())


@pytest.fixture
def server() -> Iterator[_Server]:
    server = _Server()
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.http.shutdown()
    thread.join()
    server.http.server_close()


DISCOVERY = "/realms/parley/.well-known/openid-configuration"


async def test_keys_are_read_where_the_issuer_publishes_them_or_at_their_own_address(server: _Server) -> None:
    address = server.issuer.removesuffix("/realms/parley") + "/keys"
    server.serve(DISCOVERY, {"issuer": server.issuer, "jwks_uri": address})
    server.serve("/keys", published(rsa_key(), ec_key()))
    for jwks_url in (None, address):
        found = signing_keys(await fetched_from(server.issuer, jwks_url, None)())
        assert set(found) == {"rsa-1", "ec-1"}


@pytest.mark.parametrize(
    ("status", "content"),
    [(500, b"{}"), (302, b""), (200, b"<html>"), (200, b"[]"), (200, b"x" * 300_000)],
)
async def test_what_is_not_an_answer_is_unavailable(server: _Server, status: int, content: bytes) -> None:
    server.serve(DISCOVERY, content, status)
    with pytest.raises(IdentityUnavailableError):
        await fetched_from(server.issuer, None, None)()


async def test_another_issuer_s_discovery_and_a_server_that_is_not_there(server: _Server) -> None:
    server.serve(DISCOVERY, {"issuer": "https://elsewhere", "jwks_uri": "https://elsewhere/keys"})
    with pytest.raises(IdentityUnavailableError, match="another issuer"):
        await fetched_from(server.issuer, None, None)()
    with pytest.raises(IdentityUnavailableError, match="does not answer"):
        await fetched_from("http://127.0.0.1:9", None, None)()


def test_keys_that_sign_nothing_and_broken_ones_are_left_out() -> None:
    broken = {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"}
    secret = {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"}
    listed = [broken, secret, "text", {"kty": "EC", "crv": "P-256"}, *published(ec_key())["keys"]]
    assert set(signing_keys({"keys": listed})) == {"ec-1"}
    with pytest.raises(IdentityUnavailableError):
        signing_keys({})
