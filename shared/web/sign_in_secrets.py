"""The secrets of a sign-in under way: state, nonce and PKCE's verifier, all made of one cookie."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

import orjson


class SignInSecrets:
    """What one sign-in's steps have in common, made of a random cookie and of the state that goes round with it.

    Nothing is stored until somebody comes back: a stranger who begins a thousand sign-ins leaves no trace.
    """

    def __init__(self, cookie: str, state: str) -> None:
        self._cookie = cookie
        self.state = state

    @classmethod
    def begin(cls, cookie: str, return_to: str, now: datetime) -> "SignInSecrets":
        """The secrets of a new sign-in that leads back to this path."""
        parts = [secrets.token_urlsafe(16), int(now.timestamp()), return_to]
        content = base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")
        return cls(cookie, f"{content}.{_signed(cookie, content)}")

    def read(self, now: datetime, longest: timedelta) -> str | None:
        """The path that it leads back to; None where this browser did not begin it, or too long ago."""
        content, _, signature = self.state.rpartition(".")
        if not content or not hmac.compare_digest(signature.encode(), _signed(self._cookie, content).encode()):
            return None
        _, began, return_to = orjson.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)))
        return str(return_to) if 0 <= now.timestamp() - began <= longest.total_seconds() else None

    @property
    def nonce(self) -> str:
        """What the ID token must repeat."""
        return self._made("nonce")

    @property
    def verifier(self) -> str:
        """PKCE's verifier (RFC 7636): 43 characters."""
        return self._made("verifier")

    @property
    def challenge(self) -> str:
        """PKCE's challenge, S256."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def _made(self, label: str) -> str:
        digest = hmac.digest(self._cookie.encode(), f"{label}/{self.state}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _signed(cookie: str, content: str) -> str:
    return hmac.new(cookie.encode(), f"state/{content}".encode(), "sha256").hexdigest()
