"""Erases dead letters of records about somebody who was erased: who is in a refused record stands nowhere but in it."""

from collections.abc import Callable

from shared.contracts.base import Sealed
from shared.messaging.consuming.dead_letters import record_of
from shared.messaging.core.records import Record
from shared.postgres.connection import Connection
from shared.privacy.keyring import Keyring
from shared.privacy.sealing import CannotOpenError

_PAGE = 200


async def erase_letters(
    connection: Connection, keyring: Keyring, topic: str, is_about: Callable[[Record], bool]
) -> int:
    """Erases the sealed records among this topic's dead letters that are about somebody, open or not; returns how many.

    A letter stays, with its findings, discarded. The keys are this service's own.
    """
    after, erased = None, 0
    while True:
        rows = await connection.fetch(
            """
            SELECT id, topic, partition, "offset", sealed FROM dead_letter
            WHERE topic = $1 AND sealed IS NOT NULL AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3
            """,
            topic,
            after,
            _PAGE,
        )
        if not rows:
            return erased
        after = rows[-1]["id"]
        boxes = {row["id"]: Sealed.model_validate(row["sealed"]) for row in rows}
        keys = await keyring.for_opening(boxes.values())
        gone = []
        for row in rows:
            try:
                record = record_of(row, keys.open(boxes[row["id"]]))
            except CannotOpenError:
                continue
            if is_about(record):
                gone.append(row["id"])
        if gone:
            await keyring.erase(*gone)
            await connection.execute(
                """
                UPDATE dead_letter SET sealed = NULL, changed_at = now(),
                    status = CASE WHEN status = 'open' THEN 'discarded' ELSE status END
                WHERE id = ANY($1::uuid[])
                """,
                gone,
            )
            erased += len(gone)
