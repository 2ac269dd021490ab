"""Seals one value under one person's data key, with AES-256-GCM bound to person, field and the event that it came with.

A box of an earlier event, put where a later one's is, does not open as that: an address that was given up must not come
back. Boxes from before events were bound, and of what belongs to none, open without. A person's key seals a few dozen
values, so random 96-bit nonces are safe (NIST SP 800-38D, 8.3).
"""

import base64
import secrets
from typing import Any
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.contracts.base import Sealed

_OF_NO_EVENT, _OF_AN_EVENT = b"\x01", b"\x02"
_NONCE_BYTES = 12
_EVENT_BYTES = 16
KEY_BYTES = 32


class CannotOpenError(Exception):
    """The box does not belong to this person, field and event, was changed, or its key was erased."""


def seal_value(key: bytes, subject: UUID, field: str, value: Any, event: UUID | None = None) -> Sealed:
    """Seals a JSON value, of an event where one is given. `key` has 32 bytes."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    head = _OF_NO_EVENT if event is None else _OF_AN_EVENT + event.bytes
    box = head + nonce + AESGCM(key).encrypt(nonce, orjson.dumps(value), _binding(head, subject, field))
    return Sealed(subject=subject, field=field, box=base64.urlsafe_b64encode(box).decode())


def open_value(key: bytes, sealed: Sealed, event: UUID | None = None) -> Any:
    """Opens a JSON value; of this event alone, where one is given and the box is of any.

    Raises CannotOpenError unless key, person, field, event and box belong together.
    """
    try:
        box = base64.urlsafe_b64decode(sealed.box)
        head = _head(box)
        if event is not None and head[1:] not in (b"", event.bytes):
            raise CannotOpenError("the box is of another event")
        nonce, ciphertext = box[len(head) : len(head) + _NONCE_BYTES], box[len(head) + _NONCE_BYTES :]
        return orjson.loads(AESGCM(key).decrypt(nonce, ciphertext, _binding(head, sealed.subject, sealed.field)))
    except (InvalidTag, ValueError) as error:
        raise CannotOpenError("the box does not open with this person's key") from error


def _head(box: bytes) -> bytes:
    """The version, and the event of a box that has one."""
    if box[:1] == _OF_NO_EVENT:
        return _OF_NO_EVENT
    if box[:1] == _OF_AN_EVENT and len(box) > _EVENT_BYTES:
        return box[: 1 + _EVENT_BYTES]
    raise CannotOpenError("sealed with an unknown version")


def _binding(head: bytes, subject: UUID, field: str) -> bytes:
    """What a box is bound to. One of no event is bound as it always was: to person and field."""
    return (b"" if head == _OF_NO_EVENT else head) + subject.bytes + field.encode()
