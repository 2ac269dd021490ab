"""Records that a party outside has sealed for the service that reads them: compact JWEs (RFC 7516) for its public key.

What is on a broker's disk is then ciphertext from the first moment. The record within is read as any other.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from joserfc import jwe
from joserfc.jwe import JWERegistry
from joserfc.jwk import ECKey

from shared.contracts.topics import LARGEST_MESSAGE

CONTENT_TYPE = "application/jose"
"""The value of the header `content-type` of a sealed record."""

ALGORITHMS = ("ECDH-ES+A256KW", "ECDH-ES")
ENCRYPTION = "A256GCM"
CURVE = "P-256"
_ALLOWED = [*ALGORITHMS, ENCRYPTION]
_PARTS_AFTER_HEADER = 4
_LONGEST_HEADER = 4096


class _Registry(JWERegistry):
    """The library's, for records up to what a topic takes: by its own, none of more than 48 KiB would open."""

    max_ciphertext_length = 4 * LARGEST_MESSAGE // 3


class CannotOpenRecordError(Exception):
    """A sealed record that this service cannot open. The message is the rule that it breaks."""


class RecordKeys:
    """A service's private keys for sealed records, the newest first: a JWK Set in a file that only it can read.

    The newest is the one that is published. Those before it open what was sealed before it was there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: dict[str, ECKey] = {}
        self._sealing: tuple[tuple[int, int, int], ECKey] | None = None

    def published(self) -> dict[str, Any]:
        """The JWK Set for parties: the newest key alone, its public half. Raises OSError or ValueError."""
        newest = next(iter(self._read().values()))
        return {"keys": [{**newest.as_dict(private=False), "use": "enc", "alg": ALGORITHMS[0]}]}

    def seal(self, content: bytes) -> bytes:
        """A record as a compact JWE for this service, as a party would seal it. Raises OSError or ValueError."""
        newest = self._newest()
        header = {"alg": ALGORITHMS[0], "enc": ENCRYPTION, "kid": newest.kid}
        return jwe.encrypt_compact(header, content, newest, registry=_Registry(algorithms=_ALLOWED)).encode()

    def _newest(self) -> ECKey:
        """The newest key, read again only where the file is another than it was."""
        found = self._path.stat()
        version = found.st_mtime_ns, found.st_ino, found.st_size
        if self._sealing is None or self._sealing[0] != version:
            self._sealing = version, next(iter(self._read().values()))
        return self._sealing[1]

    def open(self, value: bytes) -> bytes:
        """The record within a compact JWE. Raises CannotOpenRecordError with the rule that it breaks."""
        header = _header(value)
        if header.get("alg") not in ALGORITHMS or header.get("enc") != ENCRYPTION or "zip" in header:
            rule = f"must be sealed with {' or '.join(ALGORITHMS)} and {ENCRYPTION}, and without compression"
            raise CannotOpenRecordError(rule)
        key = self._key(header.get("kid"))
        if key is None:
            raise CannotOpenRecordError("must name by `kid` a key of this service: the newest is the one to seal for")
        try:
            opened = jwe.decrypt_compact(value, key, registry=_Registry(algorithms=_ALLOWED)).plaintext
        except Exception as error:  # whatever a header of theirs does to the library is the record's own fault
            raise CannotOpenRecordError("does not open with the key that it names") from error
        return opened or b""

    def _key(self, kid: object) -> ECKey | None:
        if not isinstance(kid, str):
            return None
        if kid not in self._keys:
            # Somebody may have made a new one since.
            self._keys = self._read()
        return self._keys.get(kid)

    def _read(self) -> dict[str, ECKey]:
        listed = json.loads(self._path.read_text(encoding="utf-8"))["keys"]
        return {jwk["kid"]: ECKey.import_key(jwk) for jwk in listed}


def _header(value: bytes) -> dict[str, Any]:
    """The protected header of a compact JWE: five parts in base64url, the first a JSON object."""
    try:
        first, *rest = value.split(b".", _PARTS_AFTER_HEADER + 1)
        if len(first) > _LONGEST_HEADER:
            raise ValueError("no header is as long")
        header = json.loads(urlsafe_b64decode(first + b"=" * (-len(first) % 4)))
    except (ValueError, RecursionError) as error:
        raise CannotOpenRecordError("must be a compact JWE") from error
    if len(rest) != _PARTS_AFTER_HEADER or not isinstance(header, dict):
        raise CannotOpenRecordError("must be a compact JWE")
    return header


def with_new_key(known: Mapping[str, Any] | None) -> dict[str, Any]:
    """A JWK Set of private keys with a new one first. `known` is the one before, None where there is none."""
    made = ECKey.generate_key(CURVE, private=True, auto_kid=True)
    return {"keys": [made.as_dict(private=True), *(known["keys"] if known else ())]}
