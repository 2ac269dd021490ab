"""The browser of somebody without an account: its cookie, and what is made of it.

The cookie is a random secret that says nothing of anybody. The session's row is found by a digest of it, and each form
carries a token made of it, so that no other page can send one.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from starlette.requests import Request

COOKIE = "__Host-parley-own"
_SECRET_BYTES = 32
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Browser:
    """A browser by its secret. `is_new`: it has no cookie yet."""

    secret: str
    is_new: bool = False

    @classmethod
    def of(cls, request: Request) -> "Browser":
        """The browser of a request; one that has no cookie of ours gets a secret."""
        known = request.cookies.get(COOKIE, "")
        return cls(known) if _SECRET.fullmatch(known) else cls.fresh()

    @classmethod
    def fresh(cls) -> "Browser":
        """A browser with another secret: whoever knew the one before knows nothing of it."""
        return cls(secrets.token_urlsafe(_SECRET_BYTES), is_new=True)

    @property
    def session(self) -> bytes:
        """The digest by which its session is found."""
        return hashlib.sha256(self._derived(b"session")).digest()

    @property
    def csrf(self) -> str:
        """What each form of this browser carries."""
        return self._derived(b"csrf").hex()

    def sent(self, token: str) -> bool:
        """Whether this token is the browser's own."""
        return not self.is_new and hmac.compare_digest(token.encode(), self.csrf.encode())

    def _derived(self, label: bytes) -> bytes:
        return hmac.digest(self.secret.encode(), b"parley/own/" + label, "sha256")
