"""Pseudonyms of one release: in it the same case always has the same one, and nobody can go back without its key."""

import base64
import binascii
import hmac
from uuid import UUID

_SHORTEST_KEY = 32


class Pseudonyms:
    """Makes the pseudonyms of a release, under its key.

    The key must never leave the outcomes service: whoever has it and the case ids knows which family an analyst's
    facts are about. Each release has a key of its own, made by chance, so nobody joins its pseudonyms to another's.
    """

    def __init__(self, key: bytes, release: int = 1) -> None:
        if len(key) < _SHORTEST_KEY:
            raise ValueError(f"the pseudonym key must have at least {_SHORTEST_KEY} bytes")
        if release < 1:
            raise ValueError("the release must be a whole number above 0")
        self._key = key
        self.release = release

    @classmethod
    def from_text(cls, text: str) -> "Pseudonyms":
        """From a key as written in its file: base64, and the release's number behind it where it isn't the first.

        Raises ValueError where it is not one.
        """
        key, _, number = text.strip().partition(" ")
        try:
            raw = base64.b64decode(key, validate=True)
        except binascii.Error:
            raise ValueError("the pseudonym key must be base64") from None
        if number and not number.isdecimal():
            raise ValueError("the release must be a whole number above 0")
        return cls(raw, int(number or 1))

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
