"""A small OpenID provider on this machine: signs in whoever it is told to, at once and without a page."""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.support.identity import ec_key, published, signed

CLIENT, SECRET = "parley-pages", "the pages' secret"
LIFE_S = 300


class OpenIdProvider:
    """Its issuer's address, and who signs in next."""

    def __init__(self) -> None:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                provider.get(self)

            def do_POST(self) -> None:
                provider.post(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://localhost:{self._server.server_port}/realms/parley"
        self.person: dict[str, Any] = {}
        self.life_s = LIFE_S
        self.delay_s = 0.0
        """How long it takes to answer a request for tokens."""
        self.changes: dict[str, Any] = {}
        """What the next ID token has otherwise than it should."""
        self.sessions: dict[str, dict[str, Any]] = {}
        self._codes: dict[str, dict[str, Any]] = {}
        self.code_requests = 0
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def get(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        if parts.path.endswith("/.well-known/openid-configuration"):
            ends = {name: f"{self.issuer}/{name}" for name in ("authorization", "token", "end_session")}
            named = {f"{name}_endpoint": address for name, address in ends.items()}
            _answer(request, 200, {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/certs", **named})
        elif parts.path.endswith("/certs"):
            _answer(request, 200, published(ec_key()))
        else:
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            code = secrets.token_urlsafe(8)
            self._codes[code] = {**asked, "person": dict(self.person)}
            back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
            request.send_response(302)
            request.send_header("Location", back)
            request.send_header("Content-Length", "0")
            request.end_headers()

    def post(self, request: BaseHTTPRequestHandler) -> None:
        content = request.rfile.read(int(request.headers["Content-Length"]))
        form = {name: values[0] for name, values in parse_qs(content.decode()).items()}
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return _answer(request, 401, {"error": "invalid_client"})
        if request.path.endswith("/end_session"):
            self.sessions.pop(form["refresh_token"], None)
            return _answer(request, 200, {})
        time.sleep(self.delay_s)
        if form["grant_type"] == "refresh_token":
            found = self.sessions.pop(form["refresh_token"], None)
        else:
            self.code_requests += 1
            found = self._codes.pop(form["code"], None)
            challenge = hashlib.sha256(form["code_verifier"].encode()).digest()
            if found and base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != found["code_challenge"]:
                found = None
        if found is None:
            return _answer(request, 400, {"error": "invalid_grant"})
        return _answer(request, 200, self._tokens(found))

    def access_token(self, person: dict[str, Any]) -> str:
        """An access token of somebody who did not sign in by a page."""
        return signed(
            {**self._common(person), "aud": ["parley"], "typ": "Bearer", "sid": "a-session", **person}, ec_key()
        )

    def _tokens(self, found: dict[str, Any]) -> dict[str, Any]:
        refresh = secrets.token_urlsafe(16)
        self.sessions[refresh] = found
        of_client = {"aud": CLIENT, "azp": CLIENT, "typ": "ID", "nonce": found["nonce"]}
        identity = {**self._common(found["person"]), **of_client, **self.changes}
        return {
            "access_token": self.access_token(found["person"]),
            "id_token": signed(identity, ec_key()),
            "refresh_token": refresh,
        }

    def _common(self, person: dict[str, Any]) -> dict[str, Any]:
        now = int(time.time())
        return {"iss": self.issuer, "iat": now, "exp": now + self.life_s, "sub": person["preferred_username"]}


def _answer(request: BaseHTTPRequestHandler, status: int, content: dict[str, Any]) -> None:
    body = json.dumps(content).encode()
    request.send_response(status)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
