"""A browser without a screen, and the requests of a client: what signing in is made of."""

import base64
import hashlib
import html
import re
import secrets
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from deploy.stack.home import Stack

_FORM = re.compile(r"<form[^>]*\baction=\"([^\"]+)\"[^>]*>(.*?)</form>", re.DOTALL)
_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r"(\w+)=\"([^\"]*)\"")


def trusting(stack: Stack) -> ssl.SSLContext:
    """What a client of the entrance trusts."""
    return ssl.create_default_context(cafile=stack.identity_ca_file)


@dataclass(frozen=True)
class Proof:
    """A PKCE verifier with its challenge (RFC 7636, S256)."""

    verifier: str

    @classmethod
    def new(cls) -> "Proof":
        return cls(secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class SignIn:
    """One client's side of OpenID Connect, through the entrance."""

    def __init__(self, stack: Stack, client: str = "parley-pages", secret: str | None = None) -> None:
        self.client = client
        self._auth = {"client_id": client} | ({"client_secret": secret} if secret else {})
        self._http = httpx.Client(verify=trusting(stack), trust_env=False, timeout=60)
        self.configuration: dict[str, Any] = self._http.get(
            f"{stack.identity_issuer}/.well-known/openid-configuration"
        ).json()
        self.redirect = f"{stack.entrance_url}/sign-in/callback"

    def address(self, proof: Proof | None, **more: str) -> str:
        """Where the browser is sent to sign in."""
        query = {
            "client_id": self.client,
            "response_type": "code",
            "scope": "openid",
            "redirect_uri": self.redirect,
            "state": "state",
            "nonce": "nonce",
            **({"code_challenge": proof.challenge, "code_challenge_method": "S256"} if proof else {}),
            **more,
        }
        return f"{self.configuration['authorization_endpoint']}?{urlencode(query)}"

    def token(self, **form: str) -> httpx.Response:
        """A request at the token endpoint."""
        return self._http.post(self.configuration["token_endpoint"], data=self._auth | form)

    def code(self, code: str, proof: Proof) -> httpx.Response:
        """A code for tokens."""
        return self.token(
            grant_type="authorization_code", code=code, redirect_uri=self.redirect, code_verifier=proof.verifier
        )

    def refresh(self, token: str) -> httpx.Response:
        """A refresh token for new tokens."""
        return self.token(grant_type="refresh_token", refresh_token=token)

    def device(self, proof: Proof) -> httpx.Response:
        """The start of a device's sign-in."""
        form = {"scope": "openid", "code_challenge": proof.challenge, "code_challenge_method": "S256"}
        return self._http.post(self.configuration["device_authorization_endpoint"], data=self._auth | form)

    def keys(self) -> dict[str, Any]:
        """The issuer's keys."""
        return dict(self._http.get(self.configuration["jwks_uri"]).json())


class Browser:
    """Follows redirects within the entrance, keeps cookies, and fills in forms."""

    def __init__(self, stack: Stack) -> None:
        self._callbacks = f"{stack.entrance_url}/sign-in/callback"
        self._http = httpx.Client(verify=trusting(stack), trust_env=False, timeout=60)

    def open(self, address: str) -> httpx.Response:
        """The page at an address, or the redirect that leads back to the client."""
        return self._follow(self._http.get(address))

    def submit(self, page: httpx.Response, **values: str) -> httpx.Response:
        """The page after a form is sent with these values."""
        found = _FORM.search(page.text)
        assert found is not None, page.text[:2000]
        inputs = [dict(_ATTRIBUTE.findall(each)) for each in _INPUT.findall(found.group(2))]
        hidden = {each["name"]: html.unescape(each.get("value", "")) for each in inputs if each.get("type") == "hidden"}
        address = page.url.join(html.unescape(found.group(1)))
        return self._follow(self._http.post(address, data=hidden | values))

    def sign_in(self, address: str, name: str, password: str) -> str:
        """The code that the client gets when this person signs in."""
        return code_of(self.submit(self.open(address), username=name, password=password))

    def _follow(self, response: httpx.Response) -> httpx.Response:
        while response.is_redirect and not response.headers["Location"].startswith(self._callbacks):
            response = self._http.get(response.url.join(response.headers["Location"]))
        return response


def code_of(response: httpx.Response) -> str:
    """The code in a redirect that leads back to the client."""
    assert response.is_redirect, response.text[:2000]
    return parse_qs(urlsplit(response.headers["Location"]).query)["code"][0]
