"""The outbox: events are written with the business change, in the same transaction, and sent by the relay.

The writer of a case's events holds that case's row lock from before it takes ids until it commits. So the ids of one
case are in the order of its commits, although ids of different cases are not.
"""

from collections.abc import Sequence

from shared.contracts.strict_json import StrictJsonError, check_json
from shared.contracts.topics import is_outside
from shared.messaging.core.envelope import for_outside
from shared.messaging.core.outgoing import Outgoing
from shared.messaging.publishing import set_aside
from shared.postgres.connection import Connection

__all__ = ["CHANNEL", "Outgoing", "UnreadableEventError", "add"]

CHANNEL = "outbox"


class UnreadableEventError(ValueError):
    """An event is no JSON: a number in it is not finite. Names the topic, never a value."""


def _check(record: Outgoing) -> None:
    try:
        check_json(record.value)
    except StrictJsonError as error:
        raise UnreadableEventError(f"an event for {record.topic} cannot be read: {error.rule}") from None


async def add(connection: Connection, records: Sequence[Outgoing]) -> None:
    """Writes records in order. Never commits: the caller's transaction decides, and a commit wakes the relay.

    One that is too large for any topic is set aside alone, and the rest go out. What a party outside reads gets headers
    of its own here, where nothing goes by, whatever it followed from.

    Raises UnreadableEventError for an event that its readers could not read. Nothing of the transaction is then done.
    """
    for record in records:
        if b"NaN" in record.value or b"Infinity" in record.value:
            _check(record)
    records = [
        record._replace(headers=for_outside(record.headers)) if is_outside(record.topic) else record
        for record in records
    ]
    if too_large := [record for record in records if set_aside.is_too_large(record)]:
        await set_aside.keep(connection, too_large)
        records = [record for record in records if not set_aside.is_too_large(record)]
    if not records:
        return
    await connection.copy_records_to_table(
        "outbox",
        columns=["topic", "key", "value", "headers"],
        records=records,
    )
