"""Pseudonyms: the same case always has the same one, and nobody can go back without the key."""

import base64
import binascii
import hmac
from uuid import UUID

_SHORTEST_KEY = 32


class Pseudonyms:
    """Makes pseudonyms under one key.

    The key must never leave the outcomes service: whoever has it and the case ids knows which family an analyst's
    facts are about.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < _SHORTEST_KEY:
            raise ValueError(f"the pseudonym key must have at least {_SHORTEST_KEY} bytes")
        self._key = key

    @classmethod
    def from_text(cls, text: str) -> "Pseudonyms":
        """From a key as written in its file, base64. Raises ValueError where it is not one."""
        try:
            return cls(base64.b64decode(text.strip(), validate=True))
        except binascii.Error:
            raise ValueError("the pseudonym key must be base64") from None

    def of_case(self, case_id: UUID) -> UUID:
        """The case's pseudonym."""
        return self._uuid("case", str(case_id))

    def of_fact(self, case_id: UUID, fact: str, subject: str) -> UUID:
        """The id of a fact: the same whenever the fact is published again, so that a reader replaces what it had."""
        return self._uuid("fact", f"{case_id}|{fact}|{subject}")

    def _uuid(self, purpose: str, text: str) -> UUID:
        digest = bytearray(hmac.digest(self._key, f"{purpose}|{text}".encode(), "sha256")[:16])
        # Version 8 is for UUIDs whose bits are made by a rule of one's own (RFC 9562).
        digest[6] = 0x80 | digest[6] & 0x0F
        digest[8] = 0x80 | digest[8] & 0x3F
        return UUID(bytes=bytes(digest))
