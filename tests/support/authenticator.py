"""An authenticator app: one-time codes by time (RFC 6238), as Keycloak asks for them."""

import hmac
import re
import struct
import time

import httpx

_SECRET = re.compile(r'name="totpSecret" value="([^"]+)"')
_STEP_S = 30


class Authenticator:
    """One account in the app."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    @classmethod
    def of(cls, page: httpx.Response | str) -> "Authenticator":
        """What is set up by the provider's page, which shows the secret as a picture and holds it as a field."""
        found = _SECRET.search(page if isinstance(page, str) else page.text)
        assert found is not None, "this page sets no authenticator up"
        return cls(found[1])

    def code(self, steps: int = 0) -> str:
        """The code of now, or of so many half minutes from now."""
        digest = hmac.digest(self._secret, struct.pack(">Q", int(time.time()) // _STEP_S + steps), "sha1")
        start = digest[-1] & 15
        return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"
