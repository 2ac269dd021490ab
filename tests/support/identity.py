"""An identity provider's keys and tokens, made here: what a real one would sign, and what it never would."""

import base64
import hmac
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID, uuid5

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from shared.access.published_keys import PublishedKeys
from shared.access.roles import Role
from shared.access.tokens import TokenVerifier
from shared.service.gate import Gate

ISSUER = "https://localhost:8443/identity/realms/parley"
AUDIENCE = "parley"
NOW = 1_790_000_000
SUBJECT = "6f0f2f0a-8a53-4f0e-9a40-6a3e0f5d9c11"


@cache
def rsa_key(key_id: str = "rsa-1") -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": key_id, "use": "sig", "alg": "RS256"})


@cache
def ec_key(key_id: str = "ec-1") -> ECKey:
    return ECKey.generate_key("P-256", {"kid": key_id, "use": "sig", "alg": "ES256"})


def published(*keys: Any) -> dict[str, Any]:
    """The JWKS document of these keys, with one for encryption as Keycloak has."""
    for_encryption = rsa_key("rsa-enc").as_dict(private=False) | {"use": "enc", "alg": "RSA-OAEP"}
    return {"keys": [*(key.as_dict(private=False) for key in keys), for_encryption]}


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of a coordinator's access token; a change to None leaves a claim out."""
    made = {
        "iss": ISSUER,
        "aud": ["parley", "account"],
        "typ": "Bearer",
        "sub": SUBJECT,
        "preferred_username": "c.okafor",
        "name": "Chidi Okafor",
        "roles": ["coordinator", "offline_access"],
        "areas": ["E10000014"],
        "sid": "a-session",
        "iat": NOW - 10,
        "exp": NOW + 290,
    } | changes
    return {name: value for name, value in made.items() if value is not None}


def logout_claims(**changes: Any) -> dict[str, Any]:
    """The claims of a logout token for the pages; a change to None leaves a claim out."""
    made = {
        "iss": ISSUER,
        "aud": "parley-pages",
        "typ": "Logout",
        "sub": SUBJECT,
        "sid": "a-session",
        "jti": "a-logout",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        "iat": NOW - 1,
        "exp": NOW + 60,
    } | changes
    return {name: value for name, value in made.items() if value is not None}


def signed(content: Mapping[str, Any], key: Any = None, **header: Any) -> str:
    """A token with these claims."""
    key = key or rsa_key()
    algorithm = {"RSA": "RS256", "EC": "ES256"}[key.key_type]
    return jwt.encode({"alg": algorithm, "kid": key.kid, **header}, dict(content), key, algorithms=[algorithm])


def unsigned(content: Mapping[str, Any], **header: Any) -> str:
    """A token without a signature."""
    parts = [{"alg": "none", "kid": "rsa-1", **header}, content]
    return ".".join([*(_encoded(json.dumps(part).encode()) for part in parts), ""])


def signed_with_public_key(content: Mapping[str, Any]) -> str:
    """A token whose secret is the provider's public key, which everybody has."""
    # By hand: the library refuses such a secret.
    start = unsigned(content, alg="HS256").removesuffix(".")
    return f"{start}.{_encoded(hmac.digest(rsa_key().as_pem(private=False), start.encode(), 'sha256'))}"


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Published:
    """The provider's JWKS: counts how often it is read, and may fail."""

    def __init__(self, *keys: Any) -> None:
        self.keys = list(keys)
        self.reads = 0
        self.failure: Exception | None = None
        self.clock = 0.0

    async def __call__(self) -> Mapping[str, Any]:
        self.reads += 1
        if self.failure:
            raise self.failure
        return published(*self.keys)

    def verifier(self, now: float = NOW) -> TokenVerifier:
        return TokenVerifier(ISSUER, AUDIENCE, PublishedKeys(self, lambda: self.clock), lambda: now)


def gate(requests: Mapping[str, str], *keys: Any, **more: Any) -> Gate:
    """The gate of a service whose provider has these keys."""
    return Gate(requests, Published(*(keys or (rsa_key(), ec_key()))).verifier(), **more)


def bearer(*roles: Role, **changes: Any) -> dict[str, str]:
    """The header of somebody who has these roles."""
    # Signing with an elliptic curve is many times as fast.
    return {"authorization": f"Bearer {signed(claims(roles=list(roles), **changes), ec_key())}"}


def signed_in(name: str, *roles: Role, **changes: Any) -> dict[str, str]:
    """The header of the person who signs in by this name."""
    return bearer(*roles, preferred_username=name, sub=_subject_of(name), **changes)


def recorded(name: str) -> str:
    """How a service names what this person did."""
    return f"{name} ({_subject_of(name)})"


def signed_in_now(name: str, *roles: Role, **changes: Any) -> dict[str, str]:
    """The header of a person for a service that goes by the wall's clock."""
    now = int(time.time())
    return signed_in(name, *roles, iat=now, exp=now + 300, **changes)


@contextmanager
def served_keys() -> Iterator[dict[str, str]]:
    """Serves the provider's keys by HTTP, to a service's process; gives the settings that name them."""
    document = json.dumps(published(ec_key())).encode()

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(document)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/keys"
        yield {"PARLEY_IDENTITY_ISSUER": ISSUER, "PARLEY_IDENTITY_JWKS_URL": url}
    finally:
        server.shutdown()
        server.server_close()


def _subject_of(name: str) -> str:
    return str(uuid5(UUID(SUBJECT), name))
