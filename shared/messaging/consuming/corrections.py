"""A record that was corrected and sent again resolves the dead letter of its earlier version.

Outside parties give each record an id and keep it when they correct the record. A dead letter stores a keyed hash of
that id: it reveals nothing about the people in the record, and the letter is found when a record with the same id is
accepted.
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
    """The keyed hash of a record's own id; None if it has no readable id or does not come from outside."""
    if not is_outside(record.topic):
        return None
    try:
        fields = json.loads(record.value or b"")
        found = {UUID(fields[name]) for name in _OWN_IDS if name in fields}
    except (ValueError, RecursionError, TypeError, AttributeError):
        return None
    return _hash(keyring, record.topic, found.pop()) if len(found) == 1 else None


async def resolve(connection: Connection, keyring: Keyring, subscription: str, taken: Sequence[Received[Any]]) -> None:
    """Resolves the open dead letters of earlier records with the same ids as these accepted ones. Never commits."""
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
    # Some readers wrap the record that they have read.
    fields = getattr(event, "submission", event)
    return next((each for name in _OWN_IDS if isinstance(each := getattr(fields, name, None), UUID)), None)


def _hash(keyring: Keyring, topic: str, own_id: UUID) -> bytes:
    return keyring.fingerprint(b"own-id/" + topic.encode() + b"/" + own_id.bytes)
