"""Keyed tokens: what two families share finds them by these, and no token reveals what it was made of."""

import hmac

KEY_BYTES = 32
_TOKEN_BYTES = 16


class Tokens:
    """Makes tokens under one key: the same text gives the same token. Raises ValueError for a key of another length."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the linkage key must have {KEY_BYTES} bytes")
        self._key = key

    def token(self, text: str) -> bytes:
        """HMAC-SHA-256, cut to 128 bits."""
        return hmac.digest(self._key, text.encode(), "sha256")[:_TOKEN_BYTES]
