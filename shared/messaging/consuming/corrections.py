"""A record that was mended and sent again: the dead letter of the one before it waits for nobody any more.

A party outside gives each record an id of its own and keeps it when it mends the record. A letter keeps a keyed hash of
that id, so that the letter says nothing of who is in it, and is found again when a record with the same id is taken.
"""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from shared.contracts.topics import is_outside
from shared.messaging.core.records import Received, Record
from shared.postgres.connection import Connection
from shared.privacy.keyring import Keyring

_OWN_IDS = ("submission_id", "update_id", "contact_id")
ACTOR = "its sender"


def reference(keyring: Keyring, record: Record) -> bytes | None:
    """The keyed hash of a record's own id; None where it has none that can be read, or is no record from outside."""
    if not is_outside(record.topic):
        return None
    try:
        said = json.loads(record.value or b"")
        found = {UUID(said[name]) for name in _OWN_IDS if name in said}
    except (ValueError, RecursionError, TypeError, AttributeError):
        return None
    return _hash(keyring, record.topic, found.pop()) if len(found) == 1 else None


async def resolve(connection: Connection, keyring: Keyring, subscription: str, taken: Sequence[Received[Any]]) -> None:
    """Resolves the open letters of earlier records with the ids of these, which were taken. Never commits."""
    found = [
        (_hash(keyring, each.record.topic, own_id), each.record.partition, each.record.offset)
        for each in taken
        if is_outside(each.record.topic) and (own_id := _own_id(each.event))
    ]
    if not found:
        return
    await connection.execute(
        """
        WITH mended AS (
            UPDATE dead_letter SET status = 'resolved', changed_at = now()
            FROM unnest($2::bytea[], $3::integer[], $4::bigint[]) AS taken (reference, partition, at)
            WHERE dead_letter.reference = taken.reference AND subscription = $1 AND status = 'open'
                AND (dead_letter.partition <> taken.partition OR dead_letter."offset" < taken.at)
            RETURNING dead_letter.id
        )
        INSERT INTO dead_letter_audit (dead_letter_id, actor, action, outcome)
        SELECT DISTINCT id, $5, 'sent-again', 'resolved' FROM mended
        """,
        subscription,
        [each for each, _, _ in found],
        [each for _, each, _ in found],
        [each for _, _, each in found],
        ACTOR,
    )


def _own_id(event: Any) -> UUID | None:
    # Some readers hand over more than the record that they have read.
    said = getattr(event, "submission", event)
    return next((each for name in _OWN_IDS if isinstance(each := getattr(said, name, None), UUID)), None)


def _hash(keyring: Keyring, topic: str, own_id: UUID) -> bytes:
    return keyring.fingerprint(b"own-id/" + topic.encode() + b"/" + own_id.bytes)
