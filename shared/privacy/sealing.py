"""Seals one value under one person's data key, with AES-256-GCM bound to person and field.

A person's key seals a few dozen values, so random 96-bit nonces are safe (NIST SP 800-38D, 8.3).
"""

import base64
import secrets
from typing import Any
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.contracts.base import Sealed

_VERSION = b"\x01"
_NONCE_BYTES = 12
KEY_BYTES = 32


class CannotOpenError(Exception):
    """The box does not belong to this person and field, was changed, or its key was erased."""


def seal_value(key: bytes, subject: UUID, field: str, value: Any) -> Sealed:
    """Seals a JSON value. `key` has 32 bytes."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    box = _VERSION + nonce + AESGCM(key).encrypt(nonce, orjson.dumps(value), _binding(subject, field))
    return Sealed(subject=subject, field=field, box=base64.urlsafe_b64encode(box).decode())


def open_value(key: bytes, sealed: Sealed) -> Any:
    """Opens a JSON value. Raises CannotOpenError unless key, person, field and box belong together."""
    try:
        box = base64.urlsafe_b64decode(sealed.box)
        nonce, ciphertext = box[1 : 1 + _NONCE_BYTES], box[1 + _NONCE_BYTES :]
        if box[:1] != _VERSION:
            raise CannotOpenError("sealed with an unknown version")
        return orjson.loads(AESGCM(key).decrypt(nonce, ciphertext, _binding(sealed.subject, sealed.field)))
    except (InvalidTag, ValueError) as error:
        raise CannotOpenError("the box does not open with this person's key") from error


def _binding(subject: UUID, field: str) -> bytes:
    return subject.bytes + field.encode()
